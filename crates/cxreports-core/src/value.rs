use std::{borrow::Cow, fmt};

use serde::{Deserialize, Serialize};

/// An enumeration's value as the server writes it: a string, or an integer on instances that serialise enumerations as
/// numbers.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum WireValue {
    /// An integer.
    Integer(i64),
    /// A string.
    String(Cow<'static, str>),
}

impl fmt::Display for WireValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(value) => value.fmt(f),
            Self::String(value) => value.fmt(f),
        }
    }
}

/// Reads a time as ASP.NET writes it: RFC 3339, or the same without an offset, which is then UTC.
///
/// ```
/// use cxreports_core::parse_time;
///
/// assert_eq!(parse_time("2026-03-04T13:00:00.5+01:00"), parse_time("2026-03-04T12:00:00.5"));
/// assert_eq!(parse_time("soon"), None);
/// ```
#[must_use]
pub fn parse_time(text: &str) -> Option<chrono::DateTime<chrono::Utc>> {
    let with_offset = chrono::DateTime::parse_from_rfc3339(text).map(|time| time.to_utc());
    with_offset.or_else(|_| text.parse::<chrono::NaiveDateTime>().map(|time| time.and_utc())).ok()
}
