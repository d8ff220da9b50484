//! How a field is written where a document has a shape for it.

use std::borrow::Cow;

use cxreports_core::{Absent, BoundField, Encoding, EnumSpec, Field, Kind, Location, WireValue};
use serde_json::Value;

use crate::shape::Shape;

pub(super) fn bound(field: &Field, location: Location, name: &str, encoding: Encoding, absent: Absent) -> BoundField {
    let name = if name == field.wire { Cow::Borrowed(field.wire) } else { Cow::Owned(name.to_owned()) };
    BoundField { field: Cow::Borrowed(field.wire), location, name, encoding, absent }
}

/// What is sent when the field is not set.
pub(super) fn absent(field: &Field, required: bool, shape: &Shape<'_>, encoding: &Encoding) -> Absent {
    if !required || field.required {
        return Absent::Omit;
    }
    match (shape.nullable, field.default, encoding) {
        (true, ..) => Absent::Null,
        (false, None, _) => Absent::Refuse,
        (false, Some(default), Encoding::Values(values)) => {
            let own = values.iter().find(|(value, _)| default.trim_matches('"') == value);
            own.map_or(Absent::Refuse, |(_, own)| Absent::Default(json(own).into()))
        }
        (false, Some(default), Encoding::Text) => {
            Absent::Default(Value::from(default.trim_matches('"')).to_string().into())
        }
        (false, Some(default), _) => Absent::Default(default.into()),
    }
}

fn json(value: &WireValue) -> String {
    match value {
        WireValue::Integer(number) => number.to_string(),
        WireValue::String(text) => Value::from(&**text).to_string(),
    }
}

/// How a value is written where the document has that shape; `None` when it cannot be.
pub(super) fn encode(kind: Kind, shape: &Shape<'_>, document: &Value) -> Option<Encoding> {
    let takes = |kinds: &[&str]| kinds.iter().any(|kind| shape.takes(kind));
    let native = |kinds: &[&str]| takes(kinds).then_some(Encoding::Native);
    let or_text = |kinds: &[&str]| native(kinds).or_else(|| takes(&["string"]).then_some(Encoding::Text));
    match kind {
        Kind::Bool => or_text(&["boolean"]),
        Kind::Int32 | Kind::Int64 => or_text(&["integer", "number"]),
        Kind::String | Kind::IdOrCode => {
            native(&["string"]).or_else(|| takes(&["integer", "number"]).then_some(Encoding::Integer))
        }
        Kind::DateTime => native(&["string"]),
        Kind::Json | Kind::JsonText => or_text(&["object", "array"]),
        Kind::Enum(spec) => takes(&["string", "integer", "number"]).then(|| encode_enum(spec, shape, false)),
        Kind::List(item) if takes(&["array"]) => match &shape.items {
            Some((items, at)) => encode(*item, &Shape::of(document, items, at), document),
            None => Some(Encoding::Native),
        },
        Kind::List(_) | Kind::Object(_) | Kind::File | Kind::Nothing => None,
    }
}

/// How an enumeration is written: by the values that the document lists, or by its integers.
pub(super) fn encode_enum(spec: &'static EnumSpec, shape: &Shape<'_>, in_query: bool) -> Encoding {
    let known = spec.variants.iter().map(|(_, text)| *text);
    let places = || known.clone().zip(0..).map(|(text, place)| (Cow::Borrowed(text), WireValue::Integer(place)));
    if shape.values.is_empty() {
        let numbers = !shape.takes("string") && shape.takes("integer");
        return if numbers && !in_query { Encoding::Values(places().collect()) } else { Encoding::Native };
    }
    let own = |(place, text): (usize, &'static str)| {
        let named = shape.values.iter().find(|(name, value)| {
            value.as_str().is_some_and(|value| like(value, text)) || name.is_some_and(|name| like(name, text))
        });
        let numbered =
            || shape.values.iter().find(|(name, value)| name.is_none() && value.as_u64() == Some(place as u64));
        let (_, value) = named.or_else(numbered)?;
        let value = match value {
            Value::String(text) => WireValue::String(text.clone().into()),
            other => WireValue::Integer(other.as_i64()?),
        };
        Some((Cow::Borrowed(text), value))
    };
    let values: Vec<(Cow<'static, str>, WireValue)> = known.clone().enumerate().filter_map(own).collect();
    let same = values.len() == spec.variants.len()
        && values.iter().all(|(text, own)| matches!(own, WireValue::String(own) if own == text));
    if same { Encoding::Native } else { Encoding::Values(values.into()) }
}

/// Whether two names of a value are one: `document-merge`, `DocumentMerge`.
fn like(one: &str, other: &str) -> bool {
    let letters = |text: &str| {
        text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect::<String>()
    };
    letters(one) == letters(other)
}
