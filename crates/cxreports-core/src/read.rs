//! Reading responses, tolerantly: a release may write names in another case, numbers as text, enumerations as numbers, and
//! members that this release does not know.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{
    Deserializer,
    de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use crate::{
    download::Download,
    shape::Field,
    value::{WireValue, parse_time},
};

/// Visitor methods for the values that a type does not read: they give `None`.
macro_rules! scalars {
    (none) => {
        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
    };
}
pub(crate) use scalars;

/// What a successful call gives.
pub trait Output: Sized + Send {
    /// What the response has to carry for it.
    const CONTENT: Content;

    /// The output of a JSON body; of no body at all where [`CONTENT`](Self::CONTENT) is [`Content::Nothing`].
    ///
    /// # Errors
    ///
    /// What is wrong in the body, without its content.
    fn from_json(body: &[u8]) -> Result<Self, String>;

    /// The output of a file.
    fn from_file(_: Download) -> Option<Self> {
        None
    }
}

/// What a response carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// JSON.
    Json,
    /// A file, streamed.
    File,
    /// Nothing that is read.
    Nothing,
}

impl Output for () {
    const CONTENT: Content = Content::Nothing;

    fn from_json(_: &[u8]) -> Result<Self, String> {
        Ok(())
    }
}

impl Output for Download {
    const CONTENT: Content = Content::File;

    fn from_json(_: &[u8]) -> Result<Self, String> {
        Err("JSON instead of a file".to_owned())
    }

    fn from_file(file: Download) -> Option<Self> {
        Some(file)
    }
}

impl<T: Lenient + Send> Output for T {
    const CONTENT: Content = Content::Json;

    fn from_json(body: &[u8]) -> Result<Self, String> {
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        let mut json = serde_json::Deserializer::from_slice(body);
        let value = T::read(&mut json).and_then(|value| json.end().map(|()| value));
        value.map_err(|error| describe(&error))?.ok_or_else(|| format!("it is not {}", T::EXPECTED))
    }
}

/// An error without what it quotes of the body: only our own texts and the place are kept.
fn describe(error: &serde_json::Error) -> String {
    match error.classify() {
        serde_json::error::Category::Data => error.to_string(),
        category => format!("{category:?} error in its JSON at line {}, column {}", error.line(), error.column()),
    }
}

/// Whether a media type is JSON by name: `application/json`, `text/json` or `*+json` (RFC 6839, 3.1).
#[must_use]
pub fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    matches!(essence.as_str(), "application/json" | "text/json") || essence.ends_with("+json")
}

/// A type that is read tolerantly.
pub trait Lenient: Sized {
    /// What it is, for errors.
    const EXPECTED: &'static str;

    /// Reads it; `None` when the value is null, or something else that cannot be it.
    ///
    /// # Errors
    ///
    /// When the JSON is broken, or a member of an object is missing that cannot be done without.
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error>;

    /// What a member that is not there is; `None` when it cannot be done without.
    #[must_use]
    fn absent() -> Option<Self> {
        None
    }
}

impl<T: Lenient> Lenient for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        T::read(deserializer).map(Some)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl<T: Lenient> Lenient for Vec<T> {
    const EXPECTED: &'static str = "a list";

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        struct Items<T>(std::marker::PhantomData<T>);
        impl<'de, T: Lenient> Visitor<'de> for Items<T> {
            type Value = Option<Vec<T>>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
                let mut read = Vec::new();
                while let Some(item) = items.next_element_seed(Value::<T>::new())? {
                    let unreadable = || A::Error::custom(format_args!("an item is not {}", T::EXPECTED));
                    read.push(item.ok_or_else(unreadable)?);
                }
                Ok(Some(read))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
                while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(None)
            }

            scalars!(none);
        }
        deserializer.deserialize_any(Items(std::marker::PhantomData))
    }
}

/// Reads a value where serde wants a seed.
pub(crate) struct Value<T>(std::marker::PhantomData<T>);

impl<T> Value<T> {
    pub(crate) fn new() -> Self {
        Self(std::marker::PhantomData)
    }
}

impl<'de, T: Lenient> DeserializeSeed<'de> for Value<T> {
    type Value = Option<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        T::read(deserializer)
    }
}

/// The place of a member in a model's fields, by its name or else without regard to case.
pub(crate) struct Key(pub(crate) &'static [Field]);

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        let exact = self.0.iter().position(|field| field.wire == name);
        Ok(exact.or_else(|| self.0.iter().position(|field| field.wire.eq_ignore_ascii_case(name))))
    }
}

/// Every JSON value that is neither an object nor a list.
#[derive(Debug)]
pub(crate) enum Scalar {
    Bool(bool),
    Integer(i64),
    Text(String),
    /// A number that is no integer, null, an object or a list.
    Other,
}

impl Scalar {
    pub(crate) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Scalar;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_bool<E>(self, value: bool) -> Result<Scalar, E> {
                Ok(Scalar::Bool(value))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Scalar, E> {
                Ok(Scalar::Integer(value))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Scalar, E> {
                Ok(i64::try_from(value).map_or(Scalar::Other, Scalar::Integer))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Scalar, E> {
                // What fits is exact up to 2^53, which no id and no count exceeds.
                let exact = value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0;
                #[allow(clippy::cast_possible_truncation)]
                Ok(if exact { Scalar::Integer(value as i64) } else { Scalar::Other })
            }

            fn visit_str<E>(self, text: &str) -> Result<Scalar, E> {
                Ok(Scalar::Text(text.to_owned()))
            }

            fn visit_string<E>(self, text: String) -> Result<Scalar, E> {
                Ok(Scalar::Text(text))
            }

            fn visit_unit<E>(self) -> Result<Scalar, E> {
                Ok(Scalar::Other)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Scalar, A::Error> {
                while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Scalar::Other)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Scalar, A::Error> {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Scalar::Other)
            }
        }
        deserializer.deserialize_any(Any)
    }
}

macro_rules! lenient {
    ($($type:ty, $expected:literal, $scalar:ident => $read:expr;)*) => { $(
        impl Lenient for $type {
            const EXPECTED: &'static str = $expected;

            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
                let $scalar = Scalar::read(deserializer)?;
                Ok($read)
            }
        }
    )* };
}

lenient! {
    bool, "a boolean", scalar => match scalar {
        Scalar::Bool(value) => Some(value),
        Scalar::Integer(0) => Some(false),
        Scalar::Integer(1) => Some(true),
        Scalar::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Scalar::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    };
    i64, "a 64-bit integer", scalar => match scalar {
        Scalar::Integer(value) => Some(value),
        Scalar::Text(text) => text.trim().parse().ok(),
        _ => None,
    };
    i32, "a 32-bit integer", scalar => match scalar {
        Scalar::Integer(value) => value.try_into().ok(),
        Scalar::Text(text) => text.trim().parse().ok(),
        _ => None,
    };
    String, "text", scalar => match scalar {
        Scalar::Text(text) => Some(text),
        Scalar::Integer(value) => Some(value.to_string()),
        Scalar::Bool(value) => Some(value.to_string()),
        Scalar::Other => None,
    };
    DateTime<Utc>, "a time", scalar => match scalar {
        Scalar::Text(text) => parse_time(&text),
        _ => None,
    };
    WireValue, "a value of an enumeration", scalar => match scalar {
        Scalar::Text(text) => match text.trim().parse() {
            Ok(number) => Some(WireValue::Integer(number)),
            Err(_) => Some(WireValue::String(text.into())),
        },
        Scalar::Integer(value) => Some(WireValue::Integer(value)),
        _ => None,
    };
}

#[cfg(test)]
mod tests {
    use crate::{
        model::{ExportState, ExportStatus, Job, Report},
        read::Output as _,
    };

    #[test]
    fn responses_are_read_however_they_are_written() {
        let status = br#"{"ID":"7","Status":"1","IsReady":"True","ContentSize":"12","ExpiryTime":"soon","New":[{}]}"#;
        let status = ExportStatus::from_json(status).unwrap();
        assert_eq!((status.id.get(), status.is_ready, status.content_size), (7, true, Some(12)));
        assert_eq!((status.status, status.expiry_time), (Some(ExportState::Completed), None));
        // One time that cannot be read does not take the list away.
        let jobs = br#"[{"id":1,"lastRunTime":"yesterday"},{"id":2.0,"lastRunTime":null,"code":17}]"#;
        let jobs = Vec::<Job>::from_json(jobs).unwrap();
        assert_eq!((jobs[1].id.get(), jobs[1].code.as_deref()), (2, Some("17")));
    }

    #[test]
    fn what_cannot_be_done_without_is_named_and_nothing_is_quoted() {
        let read = |body: &str| Vec::<Report>::from_json(body.as_bytes()).unwrap_err();
        assert!(read(r#"[{"name":"secret"}]"#).starts_with("Report.id is missing"));
        assert!(read(r#"[{"id":"secret"}]"#).starts_with("Report.id is missing or cannot be read"));
        assert_eq!(read(r#"{"error":"secret"}"#), "it is not a list");
        assert!(read(r#"["secret"]"#).starts_with("an item is not an object"));
        assert!(read("[secret").starts_with("Syntax error in its JSON at line 1"));
        assert!(read(r#"[{"id":1,"name":"secr"#).starts_with("Eof error"));
    }
}
