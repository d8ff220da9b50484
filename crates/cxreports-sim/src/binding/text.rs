//! Text of a query or a route, as .NET's type converters read it.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use cxreports_core::{EnumSpec, Kind, parse_time};
use serde_json::value::RawValue;

use super::arguments::Argument;
use crate::{json::Json, time};

/// The value of a parameter; `None` when the text is not one of its type.
pub(super) fn value(kind: &Kind, text: &str) -> Option<Argument> {
    match kind {
        Kind::Int32 => integer(text).filter(|number| i32::try_from(*number).is_ok()).map(Argument::Integer),
        Kind::Int64 => integer(text).map(Argument::Integer),
        Kind::Bool => {
            let word = ["true", "false"].iter().position(|word| word.eq_ignore_ascii_case(text.trim()));
            word.map(|at| Argument::Bool(at == 0))
        }
        Kind::Enum(spec) => enumeration(spec, text.trim()).map(|wire| Argument::Text(wire.to_owned())),
        Kind::DateTime => parse_time(text.trim()).or_else(|| time::from_json(text.trim())).map(Argument::Time),
        Kind::Json | Kind::JsonText => json(text).map(Argument::Json),
        _ => Some(Argument::Text(text.to_owned())),
    }
}

/// An integer of a query, with a sign or spaces around it, or in hexadecimal (`BaseNumberConverter`).
fn integer(text: &str) -> Option<i64> {
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    match ["0x", "&h", "#"].iter().find_map(|prefix| lower.strip_prefix(prefix)) {
        Some(digits) if !digits.starts_with(['+', '-']) => i64::from_str_radix(digits, 16).ok(),
        Some(_) => None,
        None => text.parse().ok(),
    }
}

/// An integer of a route, with a sign or spaces around it (`IntRouteConstraint`).
pub(crate) fn route_integer(text: &str) -> Option<i32> {
    text.trim().parse().ok()
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
fn json(text: &str) -> Option<Json> {
    let valid = |bytes: Bytes| serde_json::from_slice::<&RawValue>(&bytes).is_ok().then(|| Json::new(bytes.clone()));
    let encoded = || valid(URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()?.into());
    valid(text.to_owned().into()).or_else(encoded)
}
