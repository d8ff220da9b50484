//! The body of a request as JSON: media type, encoding, byte order mark.

use std::borrow::Cow;

use hyper::{HeaderMap, StatusCode, header};
use serde_json::Value;

use super::json;
use crate::problem::Problem;

/// The JSON of a body, as ASP.NET's input formatter reads it.
pub(super) fn read(headers: &HeaderMap, body: &[u8]) -> Result<Value, Problem> {
    let text = text(headers, body)?;
    if text.is_empty() {
        return Err(invalid("", "A non-empty request body is required."));
    }
    let json = serde_json::from_slice(&text).map_err(|error| {
        let place = format!("LineNumber: {} | BytePositionInLine: {}", error.line().saturating_sub(1), error.column());
        invalid("$", &format!("The body is not valid JSON: {error}. Path: $ | {place}."))
    })?;
    if json::is_too_deep(&json) {
        let message = format!("The maximum configured depth of {} has been exceeded. Path: $.", json::MAX_DEPTH);
        return Err(invalid("$", &message));
    }
    Ok(json)
}

/// The errors of a body that cannot be read: its own, and that of the parameter that stays empty.
pub(super) fn invalid(path: &str, message: &str) -> Problem {
    let missing = ("request".to_owned(), "The request field is required.".to_owned());
    Problem::invalid([(path.to_owned(), message.to_owned()), missing])
}

/// The body in UTF-8, without a byte order mark.
fn text<'a>(headers: &HeaderMap, body: &'a [u8]) -> Result<Cow<'a, [u8]>, Problem> {
    let unsupported = || Problem::status(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).ok_or_else(unsupported)?;
    let (essence, parameters) = given.split_once(';').unwrap_or((given, ""));
    if !is_json(essence.trim()) {
        return Err(unsupported());
    }
    let mut parameters = parameters.split(';').filter_map(|parameter| parameter.trim().split_once('='));
    let charset = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
    match charset.map(|(_, value)| value.trim().trim_matches('"').to_ascii_lowercase()).as_deref() {
        None | Some("utf-8") => Ok(Cow::Borrowed(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body))),
        Some("utf-16") => {
            let units: Vec<u16> =
                body.chunks(2).map(|pair| u16::from_le_bytes([pair[0], *pair.get(1).unwrap_or(&0)])).collect();
            let text = String::from_utf16_lossy(&units);
            Ok(Cow::Owned(text.trim_start_matches('\u{feff}').as_bytes().to_owned()))
        }
        Some(_) => Err(unsupported()),
    }
}

/// The media types that ASP.NET's input formatter takes.
fn is_json(essence: &str) -> bool {
    let essence = essence.to_ascii_lowercase();
    matches!(essence.as_str(), "application/json" | "text/json")
        || (essence.starts_with("application/") && essence.ends_with("+json"))
}
