//! What an operation is sent.

use serde_json::{Map, Value, json};

use super::{
    components, forms,
    media::{Encoding, essence, is_binary},
    pass::Pass,
    wire::{FORM, WIRE},
};
use crate::ident;

pub(super) const REQUEST_MEDIA_TYPES: Pass = Pass {
    name: "request-media-types",
    why: "ASP.NET lists several media types for one body; progenitor takes one: JSON where it is offered, else a form, else the bytes under the type that the server named",
    run: |context| {
        let document = context.document.clone();
        let mut forms = Map::new();
        context.each_operation(|_, operation| {
            let name = ident::pascal(operation.get("operationId").and_then(Value::as_str).unwrap_or_default());
            let Some(body) = operation.get_mut("requestBody").and_then(Value::as_object_mut) else {
                operation.remove("requestBody");
                return Ok(());
            };
            if body.get("required").is_some_and(|required| !required.is_boolean()) {
                body.remove("required");
            }
            let content = match body.remove("content") {
                Some(Value::Object(content)) if !content.is_empty() => content,
                _ => {
                    operation.remove("requestBody");
                    return Ok(());
                }
            };
            if content.values().any(|media| media.get(WIRE).is_some() || media.get(FORM).is_some()) {
                body.insert("content".into(), content.into());
                return Ok(());
            }
            let best = content.keys().map(|name| Encoding::of(name)).min();
            let (media_type, media) = match best {
                Some(Encoding::Form | Encoding::Multipart) => {
                    let form = forms::read(&document, &content);
                    let name = ident::free(&format!("{name}Form"), "", |name| {
                        forms.contains_key(name) || document["components"]["schemas"].get(name).is_some()
                    });
                    forms.insert(name.clone(), form);
                    (
                        "application/octet-stream".to_owned(),
                        json!({ "schema": { "type": "string", "format": "binary" }, FORM: name }),
                    )
                }
                _ => choose(content)?,
            };
            body.insert("content".into(), json!({ media_type: media }));
            Ok(())
        });
        if !forms.is_empty() {
            components::components(&mut context.document).append(&mut forms);
        }
    },
};

/// The best of several media types of one body, as progenitor writes it.
fn choose(content: Map<String, Value>) -> Result<(String, Value), String> {
    let rank =
        |name: &str| (Encoding::of(name), essence(name) != "application/json", name.contains('*'), name.to_owned());
    let (offered, media) =
        content.into_iter().min_by_key(|(name, _)| rank(name)).ok_or("it has a body of no media type")?;
    let schema = media.get("schema").filter(|schema| schema.is_object()).cloned();
    let concrete = (!offered.contains('*')).then(|| essence(&offered));
    let raw = |wire: Option<String>| {
        let mut media = json!({ "schema": { "type": "string", "format": "binary" } });
        if let Some(wire) = wire.filter(|wire| wire != "application/octet-stream") {
            media[WIRE] = wire.into();
        }
        ("application/octet-stream".to_owned(), media)
    };
    Ok(match Encoding::of(&offered) {
        Encoding::Json if schema.as_ref().is_some_and(is_binary) => raw(concrete),
        Encoding::Json => {
            let mut media = json!({ "schema": schema.unwrap_or_else(|| json!({})) });
            if let Some(wire) = concrete.filter(|wire| wire != "application/json") {
                media[WIRE] = wire.into();
            }
            ("application/json".to_owned(), media)
        }
        Encoding::Text => ("text/plain".to_owned(), json!({ "schema": { "type": "string" } })),
        Encoding::Form | Encoding::Multipart | Encoding::Bytes => raw(concrete),
    })
}
