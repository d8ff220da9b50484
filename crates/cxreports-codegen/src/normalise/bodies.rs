//! What an operation is sent.

use serde_json::{Map, Value, json};

use super::{Pass, WIRE};

pub(super) const REQUEST_MEDIA_TYPES: Pass = Pass {
    name: "request-media-types",
    why: "ASP.NET lists several media types for one body; progenitor takes one: JSON where it is offered, else a form, else the bytes under the type that the server named",
    run: |working| {
        working.each_operation(|_, operation| {
            let Some(body) = operation.get_mut("requestBody").and_then(Value::as_object_mut) else {
                operation.remove("requestBody");
                return Ok(());
            };
            let content = match body.remove("content") {
                Some(Value::Object(content)) if !content.is_empty() => content,
                _ => {
                    operation.remove("requestBody");
                    return Ok(());
                }
            };
            let (name, media) = choose(content)?;
            body.insert("content".into(), json!({ name: media }));
            Ok(())
        });
    },
};

/// How a body of a media type is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Writing {
    Json,
    Form,
    Multipart,
    Text,
    Bytes,
}

impl Writing {
    pub(super) fn of(media_type: &str) -> Self {
        let essence = essence(media_type);
        match essence.as_str() {
            "application/json" | "text/json" | "*/*" | "application/*" => Self::Json,
            "application/x-www-form-urlencoded" => Self::Form,
            "multipart/form-data" => Self::Multipart,
            "text/plain" => Self::Text,
            other if other.ends_with("+json") => Self::Json,
            _ => Self::Bytes,
        }
    }
}

/// A media type without its parameters, in lower case.
pub(super) fn essence(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether a schema is a file: a string of bytes.
pub(super) fn is_binary(schema: &Value) -> bool {
    schema["format"] == "binary" || schema["type"] == "file"
}

/// The best of several media types of one body, as progenitor writes it.
fn choose(content: Map<String, Value>) -> Result<(String, Value), String> {
    let rank =
        |name: &str| (Writing::of(name), essence(name) != "application/json", name.contains('*'), name.to_owned());
    let (offered, media) =
        content.into_iter().min_by_key(|(name, _)| rank(name)).ok_or("it has a body of no media type")?;
    if media.get(WIRE).is_some() {
        return Ok((offered, media));
    }
    let schema = media.get("schema").filter(|schema| schema.is_object()).cloned();
    let concrete = (!offered.contains('*')).then(|| essence(&offered));
    let raw = |wire: Option<String>| {
        let mut media = json!({ "schema": { "type": "string", "format": "binary" } });
        if let Some(wire) = wire.filter(|wire| wire != "application/octet-stream") {
            media[WIRE] = wire.into();
        }
        ("application/octet-stream".to_owned(), media)
    };
    Ok(match Writing::of(&offered) {
        Writing::Json if schema.as_ref().is_some_and(is_binary) => raw(concrete),
        Writing::Json => {
            let mut media = json!({ "schema": schema.unwrap_or_else(|| json!({})) });
            if let Some(wire) = concrete.filter(|wire| wire != "application/json") {
                media[WIRE] = wire.into();
            }
            ("application/json".to_owned(), media)
        }
        Writing::Form => {
            ("application/x-www-form-urlencoded".to_owned(), json!({ "schema": schema.unwrap_or_else(|| json!({})) }))
        }
        Writing::Multipart => return Err("its body is multipart/form-data, which is not supported yet".to_owned()),
        Writing::Text => ("text/plain".to_owned(), json!({ "schema": { "type": "string" } })),
        Writing::Bytes => raw(concrete),
    })
}
