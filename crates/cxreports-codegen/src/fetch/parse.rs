//! Documents as text.

use std::borrow::Cow;

use serde::de::DeserializeSeed as _;
use serde_json::Value;

use super::{
    error::FetchError,
    tree::{self, Repeated, Tree},
};

/// Parses a document: JSON, or YAML that begins like OpenAPI. It is in UTF-8, or in UTF-16 with a byte order mark, as Windows
/// PowerShell saves text.
///
/// # Errors
///
/// [`FetchError::Truncated`], [`FetchError::NotJson`], [`FetchError::Malformed`] or [`FetchError::NotOpenApi`].
pub fn parse(bytes: &[u8], name: &str) -> Result<Value, FetchError> {
    parse_watching(bytes, name).map(|(document, _)| document)
}

/// Parses a document as [`parse`] does, and says what its text has more than once.
///
/// # Errors
///
/// Those of [`parse`].
pub fn parse_watching(bytes: &[u8], name: &str) -> Result<(Value, Vec<Repeated>), FetchError> {
    let not_json = |reason: &str| FetchError::NotJson { url: name.to_owned(), reason: reason.to_owned() };
    let text = utf8(bytes).ok_or_else(|| not_json("not valid UTF-16"))?;
    let text = text.as_ref();
    let (value, repeated) = match json(text) {
        Ok(found) => found,
        Err(_) if looks_like_yaml(text) => yaml(text).map_err(|error| malformed(name, "YAML", &error.to_string()))?,
        Err(error) if error.is_eof() && !text.trim_ascii().is_empty() => {
            return Err(FetchError::Truncated { url: name.to_owned(), bytes: bytes.len() });
        }
        Err(_) if text.trim_ascii().is_empty() => return Err(not_json("it is empty")),
        Err(error) if matches!(text.trim_ascii_start(), [b'{' | b'[', ..]) => {
            return Err(malformed(name, "JSON", &error.to_string()));
        }
        Err(error) => return Err(not_json(&error.to_string())),
    };
    is_openapi(&value, name)?;
    Ok((value, repeated))
}

fn json(text: &[u8]) -> Result<(Value, Vec<Repeated>), serde_json::Error> {
    let read = |tree: Tree<'_>| {
        let mut deserializer = serde_json::Deserializer::from_slice(text);
        let value = tree.deserialize(&mut deserializer)?;
        deserializer.end().map(|()| value)
    };
    tree::read(read, |error| Some(error.line()))
}

fn yaml(text: &[u8]) -> Result<(Value, Vec<Repeated>), serde_yaml_ng::Error> {
    let read = |tree: Tree<'_>| tree.deserialize(serde_yaml_ng::Deserializer::from_slice(text));
    tree::read(read, |error| error.location().map(|location| location.line()))
}

/// What the parsers say in their own words, in ours.
fn malformed(name: &str, language: &'static str, reason: &str) -> FetchError {
    let reason = reason
        .replace(
            "recursion limit exceeded",
            "nested more than 127 levels deep, which no generator of documents writes,",
        )
        .replace("number out of range", "a number that does not fit into 64 bits")
        .replace("repetition limit exceeded", "its aliases repeat too much");
    FetchError::Malformed { url: name.to_owned(), language, reason }
}

fn is_openapi(value: &Value, name: &str) -> Result<(), FetchError> {
    let found = match value {
        Value::Object(map) if map.contains_key("openapi") || map.contains_key("swagger") => return Ok(()),
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

    #[test]
    fn what_is_written_twice_is_said_with_its_line() {
        let found = |text: &str| -> Vec<String> {
            parse_watching(text.as_bytes(), "d").unwrap().1.iter().map(ToString::to_string).collect()
        };
        let json = "{\"openapi\": \"3.0.1\", \"paths\": {\n\"/a~b\": {\"get\": {}},\n\"/a~b\": {\n\"post\": [{}, {\"x\": 1,\n\"x\": 2}]}}}";
        assert_eq!(found(json), ["/paths/~1a~0b in line 3", "/paths/~1a~0b/post/1/x in line 5"]);
        assert_eq!(parse(json.as_bytes(), "d").unwrap()["paths"]["/a~b"]["post"][1]["x"], 2, "the last one counts");
        let yaml = "openapi: 3.0.1\npaths:\n  /a:\n    get:\n      responses: {200: {}}\n      deprecated: true\n      deprecated: false\n  /a:\n    post: {}\n";
        assert_eq!(found(yaml), ["/paths/~1a/get/deprecated in line 7", "/paths/~1a in line 8"]);
        let many = format!("{{\"openapi\": \"3.0.1\"{}}}", ", \"a\": 1".repeat(30));
        let many = parse_watching(many.as_bytes(), "d").unwrap().1;
        assert_eq!((many.len(), many[19].line, many[20].line), (29, Some(1), None));
        assert_eq!(found("{\"openapi\": \"3.0.1\"}"), [""; 0]);
    }

    #[test]
    fn values_are_those_that_serde_json_reads() {
        let text = r#"{"openapi": "3.0.1", "a": [null, true, -1, 18446744073709551615, 1.5, 1e300, "\u00fc", {}, []]}"#;
        assert_eq!(parse(text.as_bytes(), "d").unwrap(), serde_json::from_str::<Value>(text).unwrap());
    }

    #[test]
    fn what_is_wrong_is_said_where_it_is() {
        let error = |text: &str| parse(text.as_bytes(), "d").unwrap_err().to_string();
        assert_eq!(
            error(&"[".repeat(200)),
            "d: invalid JSON: nested more than 127 levels deep, which no generator of documents writes, at line 1 column 128"
        );
        assert_eq!(
            error("{\n\"maximum\": 1e400}"),
            "d: invalid JSON: a number that does not fit into 64 bits at line 2 column 16"
        );
        assert_eq!(error("{\n\"a\": x}"), "d: invalid JSON: expected value at line 2 column 6");
        assert!(
            error("openapi: 3.0.1\n  a: [\n").starts_with("d: invalid YAML: "),
            "{}",
            error("openapi: 3.0.1\n  a: [\n")
        );
        assert!(error("Hello").starts_with("d: neither JSON nor YAML: "));
    }
}
