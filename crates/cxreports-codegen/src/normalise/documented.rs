//! What the API documentation says of an instance's operations and documents leave out.

use cxreports_core::Kind;
use serde_json::{Value, json};

use crate::contract::Contract;

/// Files are bytes, however the document writes file results; nonces are secrets.
pub(super) fn apply(document: &mut Value, contract: &Contract) {
    for matched in contract.operations.iter().filter(|matched| matches!(matched.spec.output, Kind::File)) {
        let operation = &mut document["paths"][&matched.endpoint.path][&matched.endpoint.method];
        if !operation["responses"].is_object() {
            operation["responses"] = json!({});
        }
        let Some(responses) = operation["responses"].as_object_mut() else { continue };
        responses.retain(|status, _| !status.starts_with('2'));
        let content = json!({ "application/octet-stream": { "schema": { "type": "string", "format": "binary" } } });
        responses.insert("200".to_owned(), json!({ "description": "The file.", "content": content }));
    }
    for pointer in &contract.secrets {
        if let Some(schema) = document.pointer_mut(pointer).filter(|schema| schema["type"] == "string") {
            schema["format"] = "password".into();
        }
    }
}
