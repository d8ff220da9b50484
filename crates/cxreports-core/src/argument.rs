use std::borrow::Cow;

use chrono::{DateTime, Utc};

use crate::{json::Json, payload::Payload, value::WireValue};

/// The value of a parameter or a member, before it is written as an instance wants it ([`Encoding`](crate::Encoding)).
#[derive(Debug, Clone, PartialEq)]
pub enum Argument<'a> {
    /// A boolean.
    Bool(bool),
    /// An integer.
    Integer(i64),
    /// Text.
    Text(&'a str),
    /// A date and time.
    Time(DateTime<Utc>),
    /// A JSON document.
    Json(&'a Json),
    /// A JSON document that may be written while it is sent.
    Payload(&'a Payload),
    /// A value of an enumeration, as the documentation spells it.
    Value(&'static str),
    /// A value of an enumeration that this release does not know.
    Unknown(&'a WireValue),
    /// A list.
    List(Vec<Argument<'a>>),
}

impl<'a> Argument<'a> {
    /// The value as text, for a path, a query or a header: lists are joined by commas.
    #[must_use]
    pub fn to_text(&self) -> Cow<'a, str> {
        match self {
            Self::Bool(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
            Self::Integer(value) => value.to_string().into(),
            Self::Text(text) => Cow::Borrowed(text),
            Self::Time(time) => time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true).into(),
            Self::Json(json) => Cow::Borrowed(json.as_str()),
            // No path, query or header has one.
            Self::Payload(_) => Cow::Borrowed(""),
            Self::Value(value) => Cow::Borrowed(value),
            Self::Unknown(value) => value.to_string().into(),
            Self::List(items) => items.iter().map(Self::to_text).collect::<Vec<_>>().join(",").into(),
        }
    }
}
