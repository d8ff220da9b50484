//! OpenAPI 3.1, and what 3.2 shares with it, to 3.0.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::json_schema::{ABOUT_THE_SCHEMA, LOST, for_each_schema};

/// The document as OpenAPI 3.0. What that has no member for stays: webhooks, path items and media types among the components.
pub(super) fn convert(mut document: Value) -> Value {
    let Some(root) = document.as_object_mut() else { return document };
    root.insert("openapi".into(), "3.0.4".into());
    root.remove("jsonSchemaDialect");
    // A document may describe webhooks or components alone.
    root.entry("paths").or_insert_with(|| json!({}));
    anchors(&mut document);
    for_each_schema(&mut document, &mut |schema, _| convert_schema(schema));
    document
}

/// References to the names that schemas give themselves become pointers. The names of a schema with an identifier of its own are
/// apart from these (JSON Schema 2020-12, 8.2).
fn anchors(document: &mut Value) {
    let mut places: BTreeMap<String, String> = BTreeMap::new();
    for_each_schema(document, &mut |schema, pointer| {
        for keyword in ["$anchor", "$dynamicAnchor"] {
            if let Some(name) = schema.get(keyword).and_then(Value::as_str) {
                places.entry(format!("#{name}")).or_insert_with(|| format!("#{}", pointer.replace('%', "%25")));
            }
        }
    });
    if places.is_empty() {
        return;
    }
    for_each_schema(document, &mut |schema, _| {
        let target = schema.get("$ref").and_then(Value::as_str).and_then(|reference| places.get(reference));
        if let Some(target) = target.cloned() {
            schema["$ref"] = target.into();
        }
    });
}

/// Converts a schema itself; those inside it come after it.
fn convert_schema(schema: &mut Value) {
    if schema.is_boolean() {
        *schema = json!({});
    }
    let Some(object) = schema.as_object_mut() else { return };
    reference_with_siblings(object);
    kind(object);
    null_alternative(object);
    if let Some(value) = object.remove("const") {
        object.insert("enum".into(), json!([value]));
    }
    for (bound, exclusive) in [("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")] {
        let Some(value) = object.get(exclusive).filter(|value| value.is_number()).cloned() else { continue };
        let inclusive = object.get(bound).and_then(Value::as_f64);
        let is_looser = |value: f64, inclusive: f64| {
            if bound == "minimum" { value < inclusive } else { value > inclusive }
        };
        if inclusive.zip(value.as_f64()).is_some_and(|(inclusive, value)| is_looser(value, inclusive)) {
            object.remove(exclusive);
        } else {
            object.insert(bound.into(), value);
            object.insert(exclusive.into(), true.into());
        }
    }
    content(object);
    if object.contains_key("prefixItems") {
        // A tuple's places have types of their own; 3.0 has one for all.
        object.insert("items".into(), json!({}));
    }
    if let Some(Value::Object(patterns)) = object.remove("patternProperties") {
        let mut schemas: Vec<Value> = patterns.into_iter().map(|(_, schema)| schema).collect();
        schemas.dedup();
        let any = if schemas.len() == 1 { schemas.swap_remove(0) } else { json!({}) };
        object.entry("additionalProperties").or_insert(any);
    }
    if object.remove("unevaluatedProperties").is_some_and(|value| value == false) {
        object.entry("additionalProperties").or_insert(false.into());
    }
    object.retain(|keyword, _| !LOST.contains(&keyword.as_str()) && !ABOUT_THE_SCHEMA.contains(&keyword.as_str()));
}

/// 3.0 ignores what stands beside a reference.
fn reference_with_siblings(object: &mut Map<String, Value>) {
    if object.len() > 1
        && let Some(reference) = object.remove("$ref")
    {
        // A nullable reference is written with the types that it may have.
        let nullable =
            object.get("type").and_then(Value::as_array).is_some_and(|kinds| kinds.iter().any(|kind| kind == "null"));
        object.retain(|member, _| {
            matches!(member.as_str(), "description" | "title" | "default" | "deprecated" | "readOnly" | "writeOnly")
        });
        if nullable {
            object.insert("nullable".into(), true.into());
        }
        if object.is_empty() {
            object.insert("$ref".into(), reference);
        } else {
            object.insert("allOf".into(), json!([{ "$ref": reference }]));
        }
    }
}

/// `type` may be a list, with null in it.
fn kind(object: &mut Map<String, Value>) {
    let kinds: Vec<String> = match object.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(Value::String(kind)) if kind == "null" => vec!["null".to_owned()],
        _ => return,
    };
    object.remove("type");
    if kinds.iter().any(|kind| kind == "null") {
        object.insert("nullable".into(), true.into());
    }
    let mut kinds: Vec<&str> = kinds.iter().map(String::as_str).filter(|kind| *kind != "null").collect();
    kinds.dedup();
    // ASP.NET says of numbers that it reads from strings, too, that they are both: it writes numbers.
    if let [a, b] = kinds[..] {
        let number = [a, b].into_iter().find(|kind| matches!(*kind, "integer" | "number"));
        if let (Some(number), true) = (number, [a, b].contains(&"string")) {
            object.remove("pattern");
            kinds = vec![number];
        }
    }
    if let [kind] = kinds[..] {
        object.insert("type".into(), kind.into());
    } else {
        // Several types: any value. What belongs to one of them says nothing any more.
        for keyword in ["format", "items", "properties", "required", "additionalProperties", "enum", "pattern"] {
            object.remove(keyword);
        }
    }
}

/// A choice between null and one thing is that thing, nullable.
fn null_alternative(object: &mut Map<String, Value>) {
    for list in ["oneOf", "anyOf"] {
        let Some(alternatives) = object.get_mut(list).and_then(Value::as_array_mut) else { continue };
        let before = alternatives.len();
        alternatives.retain(|alternative| alternative["type"] != "null");
        if alternatives.len() == before {
            continue;
        }
        if let [only] = &mut alternatives[..] {
            let only = only.take();
            object.remove(list);
            object.insert("allOf".into(), json!([only]));
        }
        object.insert("nullable".into(), true.into());
    }
}

/// Bytes have a media type or an encoding in 3.1, a format in 3.0.
fn content(object: &mut Map<String, Value>) {
    let encoding = object.remove("contentEncoding");
    let media_type = object.remove("contentMediaType");
    object.remove("contentSchema");
    if encoding.is_some() {
        object.insert("format".into(), "byte".into());
    } else if media_type
        .as_ref()
        .and_then(Value::as_str)
        .is_some_and(|name| !name.starts_with("text/") && !name.ends_with("json"))
    {
        object.entry("type").or_insert("string".into());
        object.insert("format".into(), "binary".into());
    }
}
