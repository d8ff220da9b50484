//! Members of a JSON body, as System.Text.Json reads them with the options of ASP.NET (`JsonSerializerDefaults.Web`).

use cxreports_core::Kind;
use serde_json::Value;

use super::text;

/// The depth of nesting that ASP.NET reads (`MvcOptions.DefaultMaxModelBindingRecursionDepth`).
pub(super) const MAX_DEPTH: usize = 32;

/// The value of a member, or the path and the .NET type of what cannot be converted.
pub(super) fn value(kind: &Kind, value: Value, path: &str) -> Result<Value, (String, &'static str)> {
    let refuse = |net: &'static str| Err((path.to_owned(), net));
    match (kind, value) {
        (Kind::Int32, value) => match integer(&value).filter(|number| i32::try_from(*number).is_ok()) {
            Some(number) => Ok(number.into()),
            None => refuse("System.Int32"),
        },
        (Kind::Int64, value) => integer(&value).map_or_else(|| refuse("System.Int64"), |number| Ok(number.into())),
        (Kind::Bool, value @ Value::Bool(_)) => Ok(value),
        (Kind::Bool, _) => refuse("System.Boolean"),
        (Kind::String | Kind::IdOrCode | Kind::JsonText, value @ Value::String(_)) => Ok(value),
        (Kind::String | Kind::IdOrCode | Kind::JsonText, _) => refuse("System.String"),
        (Kind::DateTime, Value::String(text)) if crate::time::from_json(&text).is_some() => Ok(text.into()),
        (Kind::DateTime, _) => refuse("System.DateTime"),
        (Kind::Enum(spec), value) => {
            let given = match &value {
                Value::String(text) => text.trim().to_owned(),
                Value::Number(number) => number.to_string(),
                _ => return refuse(spec.rust),
            };
            text::enumeration(spec, &given).map_or_else(|| refuse(spec.rust), |wire| Ok(wire.into()))
        }
        (Kind::List(kind), Value::Array(items)) => {
            let items = items.into_iter().enumerate();
            items.map(|(place, item)| self::value(kind, item, &format!("{path}[{place}]"))).collect()
        }
        (Kind::List(_), _) => refuse("System.Collections.Generic.List"),
        (_, value) => Ok(value),
    }
}

/// An integer, or text that is one (`JsonNumberHandling.AllowReadingFromString`).
fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) if !text.starts_with('+') => text.parse().ok(),
        _ => None,
    }
}

/// Whether a document is nested more deeply than ASP.NET reads.
pub(super) fn is_too_deep(value: &Value) -> bool {
    fn exceeds(value: &Value, left: usize) -> bool {
        match value {
            Value::Object(members) => left == 0 || members.values().any(|value| exceeds(value, left - 1)),
            Value::Array(items) => left == 0 || items.iter().any(|item| exceeds(item, left - 1)),
            _ => false,
        }
    }
    exceeds(value, MAX_DEPTH)
}
