//! Documents as text.

use serde_json::Value;

use super::error::FetchError;

/// Parses a document: JSON, or YAML that begins like OpenAPI.
///
/// # Errors
///
/// [`FetchError::Truncated`], [`FetchError::NotJson`] or [`FetchError::NotOpenApi`].
pub fn parse(bytes: &[u8], name: &str) -> Result<Value, FetchError> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let value: Value = match serde_json::from_slice(text) {
        Ok(value) => value,
        Err(_) if looks_like_yaml(text) => serde_yaml_ng::from_slice(text)
            .map_err(|error| FetchError::NotJson { url: name.to_owned(), reason: error.to_string() })?,
        Err(error) if error.is_eof() && !text.trim_ascii().is_empty() => {
            return Err(FetchError::Truncated { url: name.to_owned(), bytes: bytes.len() });
        }
        Err(error) => {
            let reason = if text.trim_ascii().is_empty() { "it is empty".to_owned() } else { error.to_string() };
            return Err(FetchError::NotJson { url: name.to_owned(), reason });
        }
    };
    let found = match &value {
        Value::Object(map) if map.contains_key("openapi") || map.contains_key("swagger") => return Ok(value),
        Value::Object(map) => {
            let keys: Vec<_> = map.keys().take(5).map(|key| format!("`{key}`")).collect();
            if keys.is_empty() { "an empty object".to_owned() } else { format!("an object with {}", keys.join(", ")) }
        }
        Value::Array(_) => "an array".to_owned(),
        Value::String(_) => "a string".to_owned(),
        Value::Number(_) => "a number".to_owned(),
        Value::Bool(_) => "a boolean".to_owned(),
        Value::Null => "null".to_owned(),
    };
    Err(FetchError::NotOpenApi { url: name.to_owned(), found })
}

fn looks_like_yaml(text: &[u8]) -> bool {
    let begins = |line: &[u8]| line.starts_with(b"openapi:") || line.starts_with(b"swagger:");
    text.split(|byte| *byte == b'\n').take(50).any(begins)
}
