//! Documents as text.

use std::borrow::Cow;

use serde_json::Value;

use super::error::FetchError;

/// Parses a document: JSON, or YAML that begins like OpenAPI. It is in UTF-8, or in UTF-16 with a byte order mark, as Windows
/// PowerShell saves text.
///
/// # Errors
///
/// [`FetchError::Truncated`], [`FetchError::NotJson`] or [`FetchError::NotOpenApi`].
pub fn parse(bytes: &[u8], name: &str) -> Result<Value, FetchError> {
    let text = utf8(bytes)
        .ok_or_else(|| FetchError::NotJson { url: name.to_owned(), reason: "not valid UTF-16".to_owned() })?;
    let text = text.as_ref();
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

/// A text without its byte order mark, in UTF-8.
fn utf8(bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
    let (unit, rest): (fn([u8; 2]) -> u16, _) = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => return Some(rest.into()),
        [0xff, 0xfe, rest @ ..] => (u16::from_le_bytes, rest),
        [0xfe, 0xff, rest @ ..] => (u16::from_be_bytes, rest),
        _ => return Some(bytes.into()),
    };
    let (pairs, []) = rest.as_chunks() else { return None };
    let units: Vec<u16> = pairs.iter().copied().map(unit).collect();
    Some(String::from_utf16(&units).ok()?.into_bytes().into())
}

fn looks_like_yaml(text: &[u8]) -> bool {
    let begins = |line: &[u8]| line.starts_with(b"openapi:") || line.starts_with(b"swagger:");
    text.split(|byte| *byte == b'\n').take(50).any(begins)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf_16_is_read_by_its_byte_order_mark() {
        const TEXT: &str = "{\"openapi\": \"3.0.1\", \"info\": {\"title\": \"M\u{fc}ller \u{1f600}\"}}";
        let little: Vec<u8> = [0xff, 0xfe].into_iter().chain(TEXT.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let big: Vec<u8> = [0xfe, 0xff].into_iter().chain(TEXT.encode_utf16().flat_map(u16::to_be_bytes)).collect();
        let plain = parse(TEXT.as_bytes(), "d").unwrap();
        assert_eq!(parse(&little, "d").unwrap(), plain);
        assert_eq!(parse(&big, "d").unwrap(), plain);
        assert!(parse(&little[..little.len() - 1], "d").unwrap_err().to_string().contains("not valid UTF-16"));
        assert!(parse(&[0xff, 0xfe, 0x00, 0xd8], "d").unwrap_err().to_string().contains("not valid UTF-16"));
    }
}
