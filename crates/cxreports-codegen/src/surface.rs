//! What a normalised document offers, as a compact table: one line an operation, one a type. Made to be a snapshot.

use std::fmt::Write as _;

use serde_json::Value;

use crate::{
    document::{endpoints, operation, referenced},
    normalise::{ANY_JSON, WIRE},
};

/// The table.
#[must_use]
pub fn surface(document: &Value) -> String {
    let mut text = String::new();
    for endpoint in endpoints(document) {
        let operation = operation(document, &endpoint);
        let _ = writeln!(text, "{} = {endpoint}", operation["operationId"].as_str().unwrap_or_default());
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let name = parameter[WIRE].as_str().or(parameter["name"].as_str()).unwrap_or_default();
            let _ = writeln!(
                text,
                "    {} {name}{}: {}",
                parameter["in"].as_str().unwrap_or_default(),
                if parameter["required"] == true { "" } else { "?" },
                kind(&parameter["schema"])
            );
        }
        for (media_type, media) in operation["requestBody"]["content"].as_object().into_iter().flatten() {
            let _ =
                writeln!(text, "    body {}: {}", media[WIRE].as_str().unwrap_or(media_type), kind(&media["schema"]));
        }
        for (status, response) in
            operation["responses"].as_object().into_iter().flatten().filter(|(status, _)| status.starts_with('2'))
        {
            let content = response["content"].as_object().and_then(|content| content.iter().next());
            let carries = content.map_or_else(|| "nothing".to_owned(), |(_, media)| kind(&media["schema"]));
            let _ = writeln!(text, "    -> {status} {carries}");
        }
    }
    for (name, schema) in document.pointer("/components/schemas").and_then(Value::as_object).into_iter().flatten() {
        if name == ANY_JSON {
            continue;
        }
        let Some(properties) = schema["properties"].as_object() else {
            let _ = writeln!(text, "{name} = {}", kind(schema));
            continue;
        };
        let _ = writeln!(text, "{name} {{");
        for (property, schema_of) in properties {
            let required = schema["required"].as_array().into_iter().flatten().any(|name| name == property);
            let wire = schema[WIRE][property].as_str().unwrap_or(property);
            let _ = writeln!(text, "    {wire}{}: {}", if required { "" } else { "?" }, kind(schema_of));
        }
        let _ = writeln!(text, "}}");
    }
    text
}

/// A schema in a few words.
fn kind(schema: &Value) -> String {
    let many =
        |list: &Value, with: &str| list.as_array().into_iter().flatten().map(kind).collect::<Vec<_>>().join(with);
    let base = if let Some(name) = referenced(schema) {
        if name == ANY_JSON { "any".to_owned() } else { name }
    } else if let Some(values) = schema["enum"].as_array() {
        values.iter().map(Value::to_string).collect::<Vec<_>>().join(" | ")
    } else if schema["allOf"].is_array() {
        many(&schema["allOf"], " & ")
    } else if schema["oneOf"].is_array() {
        many(&schema["oneOf"], " | ")
    } else if schema["anyOf"].is_array() {
        many(&schema["anyOf"], " | ")
    } else {
        match (schema["type"].as_str(), schema["format"].as_str()) {
            (Some("array"), _) => format!("[{}]", kind(&schema["items"])),
            (Some("string"), Some("binary")) => "bytes".to_owned(),
            (Some(kind), Some(format)) => format!("{kind}/{format}"),
            (Some("object"), None) if schema["additionalProperties"].is_object() => {
                format!("{{*: {}}}", kind(&schema["additionalProperties"]))
            }
            (Some(kind), None) => kind.to_owned(),
            (None, _) => "any".to_owned(),
        }
    };
    if schema["nullable"] == true { format!("{base} or null") } else { base }
}
