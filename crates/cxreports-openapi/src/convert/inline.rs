//! Path items and media types that are references, written out where they are used.

use serde_json::{Map, Value};

use super::error::ConvertError;
use crate::document::{escape, resolve};

/// The most values that are copied, so that a small document cannot become one that fills the memory.
const MOST: usize = 1_000_000;

/// Writes out the path items and media types that are references: OpenAPI 3.0 has components for neither. What stands beside the
/// reference of a path item holds, too.
///
/// # Errors
///
/// [`ConvertError::Invalid`] when the document would get too large by it.
pub fn inline(document: &mut Value) -> Result<(), ConvertError> {
    let mut copied = 0;
    let references = |map: &Value| -> Vec<String> {
        let members = map.as_object().into_iter().flatten();
        members.filter(|(_, item)| item.get("$ref").is_some()).map(|(name, _)| escape(name)).collect()
    };
    for place in ["/paths", "/webhooks"] {
        let found = document.pointer(place).map(references).unwrap_or_default();
        for name in found {
            write_out(document, &format!("{place}/{name}"), &mut copied)?;
        }
    }
    let mut media_types = Vec::new();
    if document.pointer("/components/mediaTypes").is_some() {
        collect_media_types(document, String::new(), &mut media_types);
    }
    media_types.iter().try_for_each(|pointer| write_out(document, pointer, &mut copied))
}

/// Puts what a place refers to in that place. A reference that leads nowhere stays.
fn write_out(document: &mut Value, pointer: &str, copied: &mut usize) -> Result<(), ConvertError> {
    let Some(own) = document.pointer(pointer) else { return Ok(()) };
    let Ok((Value::Object(target), _)) = resolve(document, own, pointer) else { return Ok(()) };
    *copied += target.values().map(size).sum::<usize>();
    if *copied > MOST {
        return Err(ConvertError::Invalid {
            pointer: pointer.to_owned(),
            found: format!("a reference by which the document would have more than {MOST} values"),
            wanted: "what it refers to",
        });
    }
    let own = own.as_object().into_iter().flatten().filter(|(member, _)| *member != "$ref");
    let mut whole = target.clone();
    for (member, value) in own {
        let shared = whole.remove(member);
        whole.insert(member.clone(), together(value.clone(), shared));
    }
    if let Some(place) = document.pointer_mut(pointer) {
        *place = whole.into();
    }
    Ok(())
}

/// Lists of parameters add up; the own one holds where both have the same. Anything else is what stands beside the reference.
fn together(own: Value, shared: Option<Value>) -> Value {
    let (Value::Array(mut own), Some(Value::Array(shared))) = (own.clone(), shared) else { return own };
    let is_own = |parameter: &Value| {
        own.iter().any(|other| ["name", "in", "$ref"].iter().all(|member| other.get(member) == parameter.get(member)))
    };
    let more: Vec<Value> = shared.into_iter().filter(|parameter| !is_own(parameter)).collect();
    own.extend(more);
    own.into()
}

fn size(value: &Value) -> usize {
    match value {
        Value::Object(members) => 1 + members.values().map(size).sum::<usize>(),
        Value::Array(values) => 1 + values.iter().map(size).sum::<usize>(),
        _ => 1,
    }
}

/// The places of media types that are references (OpenAPI 3.2, "Media Type Object").
fn collect_media_types(value: &Value, pointer: String, found: &mut Vec<String>) {
    let is_reference = |media: &Value| {
        media.get("$ref").and_then(Value::as_str).is_some_and(|target| target.starts_with("#/components/mediaTypes/"))
    };
    match value {
        Value::Object(members) => {
            for (member, value) in members {
                let pointer = format!("{pointer}/{}", escape(member));
                if member == "content" {
                    let content: Option<&Map<String, Value>> = value.as_object();
                    let references = content.into_iter().flatten().filter(|(_, media)| is_reference(media));
                    found.extend(references.map(|(name, _)| format!("{pointer}/{}", escape(name))));
                }
                collect_media_types(value, pointer, found);
            }
        }
        Value::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                collect_media_types(value, format!("{pointer}/{index}"), found);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_stands_beside_a_reference_holds() {
        let mut document = json!({
            "paths": {
                "/a": { "$ref": "#/components/pathItems/A", "post": {}, "parameters": [{ "name": "q", "in": "query" }] },
                "/b": { "$ref": "#/paths/~1a" },
                "/c": { "$ref": "#/paths/~1c" },
                "/d": { "$ref": "other.json" }
            },
            "components": { "pathItems": { "A": {
                "get": {}, "post": { "deprecated": true }, "parameters": [{ "name": "q", "in": "query", "required": true }, { "name": "r", "in": "query" }]
            } } }
        });
        inline(&mut document).unwrap();
        let a = json!({ "get": {}, "post": {}, "parameters": [{ "name": "q", "in": "query" }, { "name": "r", "in": "query" }] });
        assert_eq!(document["paths"]["/a"], a);
        assert_eq!(document["paths"]["/b"], a);
        assert_eq!(document["paths"]["/c"], json!({ "$ref": "#/paths/~1c" }));
        assert_eq!(document["paths"]["/d"], json!({ "$ref": "other.json" }));
    }

    #[test]
    fn a_small_document_does_not_become_a_large_one() {
        let item = json!({ "get": { "tags": vec![0; 10_000] } });
        let paths: Map<String, Value> =
            (0..1_000).map(|index| (format!("/{index}"), json!({ "$ref": "#/components/pathItems/A" }))).collect();
        let mut document = json!({ "paths": paths, "components": { "pathItems": { "A": item } } });
        let error = inline(&mut document).unwrap_err().to_string();
        assert!(error.contains("more than 1000000 values"), "{error}");
    }
}
