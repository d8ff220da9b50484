//! A large document: the one of a pin, many times over, with other paths and schemas.

use serde_json::{Map, Value};

const SCHEMAS: &str = "#/components/schemas/";

/// The document of edition 2026.5 so many times over: 19 give 342 operations and 620 KiB.
pub(crate) fn document(copies: usize) -> Value {
    let mut document: Value = serde_json::from_str(include_str!("../../../../spec/2026.5/swagger.json")).unwrap();
    let paths = std::mem::take(document["paths"].as_object_mut().unwrap());
    let schemas = std::mem::take(document["components"]["schemas"].as_object_mut().unwrap());
    for copy in 0..copies {
        let part = format!("Part{copy}");
        let renamed = |members: &Map<String, Value>, prefix: &str| -> Map<String, Value> {
            members.iter().map(|(name, value)| (format!("{prefix}{name}"), rename(value, &part))).collect()
        };
        document["paths"].as_object_mut().unwrap().extend(renamed(&paths, &format!("/part{copy}")));
        document["components"]["schemas"].as_object_mut().unwrap().extend(renamed(&schemas, &part));
    }
    document
}

/// A value whose references are those of a copy.
fn rename(value: &Value, part: &str) -> Value {
    match value {
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), rename(value, part))).collect(),
        Value::Array(values) => values.iter().map(|value| rename(value, part)).collect(),
        Value::String(text) if text.starts_with(SCHEMAS) => text.replace(SCHEMAS, &format!("{SCHEMAS}{part}")).into(),
        other => other.clone(),
    }
}
