//! Bodies that are forms.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{
    media::{Encoding, is_binary},
    wire::{FILE, FORM, WIRE},
};
use crate::document::referenced;

/// The component of a form: its members with those of the schemas that it is composed of, its files marked.
pub(super) fn read(document: &Value, content: &Map<String, Value>) -> Value {
    let offered = |encoding| content.iter().find(|(name, _)| Encoding::of(name) == encoding).map(|(_, media)| media);
    let (multipart, urlencoded) = (offered(Encoding::Multipart), offered(Encoding::Form));
    let media = multipart.or(urlencoded).unwrap_or(&Value::Null);
    let mut form = Members::default();
    form.collect(document, &media["schema"], &mut BTreeSet::new());
    let has_files = form.properties.values().any(|property| property.get(FILE).is_some());
    // A file needs parts, whatever the document says.
    let kind = if has_files || urlencoded.is_none() { "multipart" } else { "urlencoded" };
    for (name, encoding) in media["encoding"].as_object().into_iter().flatten() {
        if let (Some(property), Some(media_type)) = (form.properties.get_mut(name), encoding["contentType"].as_str())
            && !media_type.contains([',', '*'])
        {
            property[WIRE] = media_type.into();
        }
    }
    let mut schema = json!({ "type": "object", "properties": form.properties, FORM: kind });
    if !form.required.is_empty() {
        schema["required"] = form.required.into();
    }
    schema
}

#[derive(Default)]
struct Members {
    properties: Map<String, Value>,
    required: Vec<Value>,
}

impl Members {
    /// Each component is read once, however often it is a part.
    fn collect(&mut self, document: &Value, schema: &Value, read: &mut BTreeSet<String>) {
        if let Some(name) = referenced(schema) {
            if read.insert(name.clone()) {
                self.collect(document, &document["components"]["schemas"][name], read);
            }
            return;
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.collect(document, part, read);
        }
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            self.properties.insert(name.clone(), mark_files(property.clone()));
        }
        self.required.extend(schema["required"].as_array().cloned().unwrap_or_default());
    }
}

fn mark_files(mut property: Value) -> Value {
    if !property.is_object() {
        return json!({});
    }
    let files = if property["type"] == "array" { &mut property["items"] } else { &mut property };
    if files.is_object() && is_binary(files) {
        files[FILE] = true.into();
    }
    if property["items"].get(FILE).is_some() {
        property[FILE] = true.into();
    }
    property
}
