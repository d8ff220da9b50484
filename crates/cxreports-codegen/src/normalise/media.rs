//! Media types of bodies.

use serde_json::Value;

/// How a body of a media type is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Encoding {
    Json,
    Form,
    Multipart,
    Text,
    Bytes,
}

impl Encoding {
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
