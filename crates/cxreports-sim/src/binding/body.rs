//! The body of a request as JSON: media type, encoding, byte order mark.

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};

use super::json::{Body, MAX_DEPTH};
use crate::{json, problem::Problem};

/// How the text of a body is encoded.
#[derive(Clone, Copy)]
pub(crate) enum Encoding {
    Utf8,
    Utf16,
}

impl Encoding {
    /// The encoding that `Content-Type` names, as ASP.NET's input formatter chooses it; it refuses what is not JSON.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let unsupported = || Problem::status(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).ok_or_else(unsupported)?;
        let (essence, parameters) = given.split_once(';').unwrap_or((given, ""));
        if !is_json(essence.trim()) {
            return Err(unsupported());
        }
        let mut parameters = parameters.split(';').filter_map(|parameter| parameter.trim().split_once('='));
        let charset = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
        // The names that .NET has for its two encodings (`Encoding.GetEncoding`).
        match charset.map(|(_, value)| value.trim().trim_matches('"').to_ascii_lowercase()).as_deref() {
            None | Some("" | "utf-8" | "unicode-1-1-utf-8" | "unicode-2-0-utf-8") => Ok(Self::Utf8),
            Some("x-unicode-1-1-utf-8" | "x-unicode-2-0-utf-8") => Ok(Self::Utf8),
            Some("utf-16" | "utf-16le" | "ucs-2" | "unicode" | "iso-10646-ucs-2") => Ok(Self::Utf16),
            Some(_) => Err(unsupported()),
        }
    }

    /// A body in UTF-8, without a byte order mark.
    pub(crate) fn decode(self, body: Bytes) -> Bytes {
        match self {
            Self::Utf8 if body.starts_with(b"\xef\xbb\xbf") => body.slice(3..),
            Self::Utf8 => body,
            Self::Utf16 => {
                let units: Vec<u16> =
                    body.chunks(2).map(|pair| u16::from_le_bytes([pair[0], *pair.get(1).unwrap_or(&0)])).collect();
                let text = String::from_utf16_lossy(&units);
                Bytes::copy_from_slice(text.trim_start_matches('\u{feff}').as_bytes())
            }
        }
    }
}

/// Reads the JSON of a body, as ASP.NET's input formatter does.
pub(super) fn read(text: &Bytes) -> Result<Body<'_>, Problem> {
    if text.is_empty() {
        return Err(invalid("", "A non-empty request body is required."));
    }
    let body = serde_json::from_slice(text).map_err(|error| {
        let place = format!("LineNumber: {} | BytePositionInLine: {}", error.line().saturating_sub(1), error.column());
        invalid("$", &format!("The body is not valid JSON: {error}. Path: $ | {place}."))
    })?;
    if std::str::from_utf8(text).is_ok_and(|text| json::depth(text) > MAX_DEPTH) {
        let message = format!("The maximum configured depth of {MAX_DEPTH} has been exceeded. Path: $.");
        return Err(invalid("$", &message));
    }
    Ok(body)
}

/// The errors of a body that cannot be read: its own, and that of the parameter that stays empty.
pub(super) fn invalid(path: &str, message: &str) -> Problem {
    let missing = ("request".to_owned(), "The request field is required.".to_owned());
    Problem::invalid([(path.to_owned(), message.to_owned()), missing])
}

/// The media types that ASP.NET's input formatter takes.
fn is_json(essence: &str) -> bool {
    let essence = essence.to_ascii_lowercase();
    matches!(essence.as_str(), "application/json" | "text/json")
        || (essence.starts_with("application/") && essence.ends_with("+json"))
}
