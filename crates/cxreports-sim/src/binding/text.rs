//! Text of a query or a route, as .NET's type converters read it.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use cxreports_core::{EnumSpec, Kind, parse_time};
use serde_json::Value;

/// The value of a parameter; `None` when the text is not one of its type.
pub(super) fn value(kind: &Kind, text: &str) -> Option<Value> {
    match kind {
        Kind::Int32 => integer(text).and_then(|number| i32::try_from(number).ok()).map(Value::from),
        Kind::Int64 => integer(text).map(Value::from),
        Kind::Bool => {
            ["true", "false"].iter().position(|word| word.eq_ignore_ascii_case(text.trim())).map(|at| (at == 0).into())
        }
        Kind::Enum(spec) => enumeration(spec, text.trim()).map(Value::from),
        Kind::DateTime => {
            parse_time(text.trim()).or_else(|| crate::time::from_json(text.trim())).map(|_| text.trim().into())
        }
        Kind::Json | Kind::JsonText => json(text),
        _ => Some(text.into()),
    }
}

/// An integer, with a sign or spaces around it, or in hexadecimal (`BaseNumberConverter`).
pub(crate) fn integer(text: &str) -> Option<i64> {
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    match ["0x", "&h", "#"].iter().find_map(|prefix| lower.strip_prefix(prefix)) {
        Some(digits) if !digits.starts_with(['+', '-']) => i64::from_str_radix(digits, 16).ok(),
        Some(_) => None,
        None => text.parse().ok(),
    }
}

/// The value of an enumeration, by its name without regard to case or by its number (`Enum.Parse`). In .NET,
/// `document-merge` is called `DocumentMerge`.
pub(super) fn enumeration(spec: &EnumSpec, text: &str) -> Option<&'static str> {
    let named =
        spec.variants.iter().find(|(name, wire)| name.eq_ignore_ascii_case(text) || wire.eq_ignore_ascii_case(text));
    let numbered = || spec.variants.get(text.parse::<usize>().ok()?);
    named.or_else(numbered).map(|(_, wire)| *wire)
}

/// JSON in a query: as it is, or as base64url, which the vendor's Python client sends.
fn json(text: &str) -> Option<Value> {
    let encoded = || {
        let bytes = URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()?;
        serde_json::from_slice(&bytes).ok()
    };
    serde_json::from_str(text).ok().or_else(encoded)
}
