//! Members of a JSON body, as System.Text.Json reads them with the options of ASP.NET (`JsonSerializerDefaults.Web`).

use std::fmt;

use bytes::Bytes;
use cxreports_core::Kind;
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{arguments::Argument, text};
use crate::{json::Json, time};

/// The depth of nesting that ASP.NET reads (`MvcOptions.DefaultMaxModelBindingRecursionDepth`).
pub(super) const MAX_DEPTH: usize = 32;

/// A body, whose members are in their order and not yet read.
pub(super) enum Body<'a> {
    Members(Vec<(String, &'a RawValue)>),
    Null,
    /// Something else than an object.
    Other,
}

impl<'de> Deserialize<'de> for Body<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Body<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Body<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Body::Members(members))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Body<'de>, A::Error> {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Body::Other)
            }
            fn visit_unit<E>(self) -> Result<Body<'de>, E> {
                Ok(Body::Null)
            }
            fn visit_bool<E>(self, _: bool) -> Result<Body<'de>, E> {
                Ok(Body::Other)
            }
            fn visit_i64<E>(self, _: i64) -> Result<Body<'de>, E> {
                Ok(Body::Other)
            }
            fn visit_u64<E>(self, _: u64) -> Result<Body<'de>, E> {
                Ok(Body::Other)
            }
            fn visit_f64<E>(self, _: f64) -> Result<Body<'de>, E> {
                Ok(Body::Other)
            }
            fn visit_str<E>(self, _: &str) -> Result<Body<'de>, E> {
                Ok(Body::Other)
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// The value of a member of `body`, or the path and the .NET type of what cannot be converted.
pub(super) fn value(body: &Bytes, kind: &Kind, raw: &RawValue, path: &str) -> Result<Argument, (String, &'static str)> {
    let refuse = |net: &'static str| (path.to_owned(), net);
    let json = raw.get();
    let string = || serde_json::from_str::<String>(json).ok();
    match kind {
        Kind::Int32 => {
            let number = integer(json).filter(|number| i32::try_from(*number).is_ok());
            number.map(Argument::Integer).ok_or_else(|| refuse("System.Int32"))
        }
        Kind::Int64 => integer(json).map(Argument::Integer).ok_or_else(|| refuse("System.Int64")),
        Kind::Bool => json.parse().map(Argument::Bool).map_err(|_| refuse("System.Boolean")),
        Kind::String | Kind::IdOrCode | Kind::JsonText => {
            string().map(Argument::Text).ok_or_else(|| refuse("System.String"))
        }
        Kind::DateTime => {
            let time = string().and_then(|text| time::from_json(&text));
            time.map(Argument::Time).ok_or_else(|| refuse("System.DateTime"))
        }
        Kind::Enum(spec) => {
            let given = string().unwrap_or_else(|| json.to_owned());
            let wire = text::enumeration(spec, given.trim());
            wire.map(|wire| Argument::Text(wire.to_owned())).ok_or_else(|| refuse(spec.rust))
        }
        Kind::List(kind) => {
            let items: Vec<&RawValue> =
                serde_json::from_str(json).map_err(|_| refuse("System.Collections.Generic.List"))?;
            let items = items.into_iter().enumerate();
            let items = items.map(|(place, item)| value(body, kind, item, &format!("{path}[{place}]")));
            items.collect::<Result<_, _>>().map(Argument::List)
        }
        _ => Ok(Argument::Json(Json::new(body.slice_ref(json.as_bytes())))),
    }
}

/// An integer, or text that is one (`JsonNumberHandling.AllowReadingFromString`).
fn integer(json: &str) -> Option<i64> {
    let text = if json.starts_with('"') { serde_json::from_str(json).ok()? } else { json.to_owned() };
    text.parse().ok()
}
