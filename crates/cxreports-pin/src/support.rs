//! What generated code shares: setters that convert their argument, sending, and ways of reading and writing values.
//!
//! Pins import this module; a generated crate that does without `cxreports-pin` has a copy of its files.

pub mod members;

use std::ops::RangeInclusive;

use progenitor_client::{ByteStream, ClientHooks, Error, OperationInfo, ResponseValue};
use serde::de::DeserializeOwned;

/// A type with a builder.
pub trait Object {
    /// The builder.
    type Builder;
}

/// Converts what a setter is given.
pub fn converted<V: TryInto<T>, T>(value: V, failure: &str) -> Result<T, String> {
    value.try_into().map_err(|_| failure.to_owned())
}

/// Converts what a setter is given, and says why it cannot be.
pub fn converted_to<V, T>(value: V, failure: &str) -> Result<T, String>
where
    V: TryInto<T>,
    V::Error: std::fmt::Display,
{
    value.try_into().map_err(|error| format!("{failure}: {error}"))
}

/// Declares the builder of a type: a setter for each member. Where a member is required, each says whether it is.
#[doc(hidden)]
#[macro_export]
macro_rules! builder {
    (@unset optional $member:ident) => {
        Ok(Default::default())
    };
    (@unset required $member:ident) => {
        Err(concat!("no value supplied for ", stringify!($member)).to_owned())
    };
    (@object $name:ident) => {
        impl super::$name {
            pub fn builder() -> $name {
                Default::default()
            }
        }

        impl $crate::support::Object for super::$name {
            type Builder = $name;
        }
    };
    ($name:ident { $($member:ident: $type:ty,)* }) => {
        #[derive(Clone, Debug, Default)]
        pub struct $name {
            value: super::$name,
            error: Option<String>,
        }

        impl $name {
            $(pub fn $member<T>(mut self, value: T) -> Self
            where
                T: TryInto<$type>,
                T::Error: std::fmt::Display,
            {
                match $crate::support::converted_to(value, concat!("error converting supplied value for ", stringify!($member))) {
                    Ok(value) => self.value.$member = value,
                    Err(error) => self.error = Some(error),
                }
                self
            })*
        }

        impl TryFrom<$name> for super::$name {
            type Error = super::error::ConversionError;

            fn try_from(builder: $name) -> Result<Self, Self::Error> {
                builder.error.map_or(Ok(builder.value), |error| Err(error.into()))
            }
        }

        impl From<super::$name> for $name {
            fn from(value: super::$name) -> Self {
                Self { value, error: None }
            }
        }

        $crate::support::builder!(@object $name);
    };
    ($name:ident { $($kind:ident $member:ident: $type:ty,)* }) => {
        #[derive(Clone)]
        pub struct $name {
            $($member: Result<$type, String>,)*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($member: $crate::support::builder!(@unset $kind $member),)* }
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }

        impl $name {
            $(pub fn $member<T>(mut self, value: T) -> Self
            where
                T: TryInto<$type>,
                T::Error: std::fmt::Display,
            {
                self.$member = $crate::support::converted_to(value, concat!("error converting supplied value for ", stringify!($member)));
                self
            })*
        }

        impl TryFrom<$name> for super::$name {
            type Error = super::error::ConversionError;

            fn try_from(builder: $name) -> Result<Self, Self::Error> {
                Ok(Self { $($member: builder.$member?,)* })
            }
        }

        impl From<super::$name> for $name {
            fn from(value: super::$name) -> Self {
                Self { $($member: Ok(value.$member),)* }
            }
        }

        $crate::support::builder!(@object $name);
    };
}

/// A request that is being built.
pub trait Operation {
    /// The client, and each argument.
    type Taken;

    /// Takes the arguments, or says which one is missing or could not be converted.
    fn take(self) -> Result<Self::Taken, Error<ByteStream>>;
}

/// Declares the builder of a request: a setter for each argument.
#[doc(hidden)]
#[macro_export]
macro_rules! operation {
    (@stored required $type:ty) => { $type };
    (@stored optional $type:ty) => { Option<$type> };
    (@stored object $type:ty) => { <$type as $crate::support::Object>::Builder };
    (@taken object $type:ty) => { $type };
    (@taken $kind:ident $type:ty) => { $crate::support::operation!(@stored $kind $type) };
    (@unset required $argument:ident) => { Err(concat!(stringify!($argument), " was not initialized").to_owned()) };
    (@unset optional $argument:ident) => { Ok(None) };
    (@unset object $argument:ident) => { Ok(Default::default()) };
    (@take object $type:ty, $self:ident.$argument:ident) => {
        $self.$argument.and_then(|body| <$type>::try_from(body).map_err(|error| error.to_string()))
    };
    (@take $kind:ident $type:ty, $self:ident.$argument:ident) => { $self.$argument };
    (@setter required $argument:ident: $type:ty) => {
        pub fn $argument<V: TryInto<$type>>(mut self, value: V) -> Self {
            self.$argument = $crate::support::converted(value, concat!("conversion to `", stringify!($type), "` for ", stringify!($argument), " failed"));
            self
        }
    };
    (@setter optional $argument:ident: $type:ty) => {
        pub fn $argument<V: TryInto<$type>>(mut self, value: V) -> Self {
            self.$argument = $crate::support::converted(value, concat!("conversion to `", stringify!($type), "` for ", stringify!($argument), " failed")).map(Some);
            self
        }
    };
    (@setter object $argument:ident: $type:ty) => {
        pub fn $argument<V>(mut self, value: V) -> Self
        where
            V: TryInto<$type>,
            V::Error: std::fmt::Display,
        {
            self.$argument = $crate::support::converted_to(value, concat!("conversion to `", stringify!($type), "` for ", stringify!($argument), " failed")).map(<$type>::into);
            self
        }

        pub fn body_map<F>(mut self, f: F) -> Self
        where
            F: FnOnce($crate::support::operation!(@stored object $type)) -> $crate::support::operation!(@stored object $type),
        {
            self.$argument = self.$argument.map(f);
            self
        }
    };
    ($(#[$attribute:meta])* $name:ident($client:ident) { $($kind:ident $argument:ident: $type:ty,)* }) => {
        $(#[$attribute])*
        pub struct $name<'a> {
            $client: &'a Client,
            $($argument: Result<$crate::support::operation!(@stored $kind $type), String>,)*
        }

        impl<'a> $name<'a> {
            pub fn new(client: &'a Client) -> Self {
                Self { $client: client, $($argument: $crate::support::operation!(@unset $kind $argument),)* }
            }

            $($crate::support::operation!(@setter $kind $argument: $type);)*
        }

        impl std::fmt::Debug for $name<'_> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }

        impl<'a> $crate::support::Operation for $name<'a> {
            type Taken = (&'a Client, $($crate::support::operation!(@taken $kind $type),)*);

            fn take(self) -> Result<Self::Taken, Error<ByteStream>> {
                Ok((self.$client, $($crate::support::operation!(@take $kind $type, self.$argument).map_err(Error::InvalidRequest)?,)*))
            }
        }
    };
}

pub use {builder, operation};

/// Sends a request. Any other status is an error; the body of an error response is a stream.
async fn send<C: ClientHooks<I>, I>(
    client: C,
    operation_id: &'static str,
    success: RangeInclusive<u16>,
    request: Result<reqwest::Request, Error<ByteStream>>,
) -> Result<reqwest::Response, Error<ByteStream>> {
    let mut request = request?;
    let info = OperationInfo { operation_id };
    client.pre(&mut request, &info).await?;
    let result = client.exec(request, &info).await;
    client.post(&result, &info).await?;
    let response = result?;
    match response.status().as_u16() {
        status if success.contains(&status) => Ok(response),
        400..=599 => Err(Error::ErrorResponse(ResponseValue::stream(response))),
        _ => Err(Error::UnexpectedResponse(response)),
    }
}

/// Sends a request whose success is JSON. The request is built at once, not when the future is polled.
pub fn json<C: ClientHooks<I>, I, T: DeserializeOwned>(
    client: C,
    operation_id: &'static str,
    success: RangeInclusive<u16>,
    request: impl FnOnce() -> Result<reqwest::Request, Error<ByteStream>>,
) -> impl Future<Output = Result<ResponseValue<T>, Error<ByteStream>>> {
    let request = request();
    async move {
        let response = send(client, operation_id, success, request).await?;
        ResponseValue::from_response(response).await
    }
}

/// Sends a request whose success is bytes. The request is built at once, not when the future is polled.
pub fn stream<C: ClientHooks<I>, I>(
    client: C,
    operation_id: &'static str,
    success: RangeInclusive<u16>,
    request: impl FnOnce() -> Result<reqwest::Request, Error<ByteStream>>,
) -> impl Future<Output = Result<ResponseValue<ByteStream>, Error<ByteStream>>> {
    let request = request();
    async move {
        let response = send(client, operation_id, success, request).await?;
        Ok(ResponseValue::stream(response))
    }
}

/// Sends a request whose success has no content. The request is built at once, not when the future is polled.
pub fn empty<C: ClientHooks<I>, I>(
    client: C,
    operation_id: &'static str,
    success: RangeInclusive<u16>,
    request: impl FnOnce() -> Result<reqwest::Request, Error<ByteStream>>,
) -> impl Future<Output = Result<ResponseValue<()>, Error<ByteStream>>> {
    let request = request();
    async move {
        let response = send(client, operation_id, success, request).await?;
        Ok(ResponseValue::empty(response))
    }
}

/// All but the unreserved characters of RFC 3986, 2.3.
const SEGMENT: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Encodes a value as one segment of a path. URL parsers take dot segments away even when they are encoded once, so those
/// are encoded twice: the server sees a name that it does not have, not another path.
pub fn encode_path(segment: &str) -> String {
    match segment {
        "." => "%252E".to_owned(),
        ".." => "%252E%252E".to_owned(),
        _ => percent_encoding::utf8_percent_encode(segment, SEGMENT).to_string(),
    }
}

/// What a cookie's value cannot have (RFC 6265, 4.1.1), and the percent sign.
const COOKIE_VALUE: &percent_encoding::AsciiSet =
    &percent_encoding::CONTROLS.add(b' ').add(b'"').add(b',').add(b';').add(b'\\').add(b'%');

/// Adds a cookie to the one `Cookie` header that a request may have (RFC 6265, 5.4).
pub fn add_cookie(
    headers: &mut reqwest::header::HeaderMap,
    name: &str,
    value: &str,
) -> Result<(), reqwest::header::InvalidHeaderValue> {
    let cookie = format!("{name}={}", percent_encoding::utf8_percent_encode(value, COOKIE_VALUE));
    let all = match headers.get(reqwest::header::COOKIE).and_then(|cookies| cookies.to_str().ok()) {
        Some(before) => format!("{before}; {cookie}"),
        None => cookie,
    };
    headers.insert(reqwest::header::COOKIE, all.try_into()?);
    Ok(())
}

/// A list that may be left out.
pub trait List {
    fn texts(&self) -> Option<Vec<String>>;
}

impl<T: ToString> List for Vec<T> {
    fn texts(&self) -> Option<Vec<String>> {
        Some(self.iter().map(ToString::to_string).collect())
    }
}

impl<T: ToString> List for Option<Vec<T>> {
    fn texts(&self) -> Option<Vec<String>> {
        self.as_ref().and_then(List::texts)
    }
}

/// A list as one value of a query.
pub fn joined<'a>(name: &'a str, list: &impl List, separator: &str) -> Vec<(&'a str, String)> {
    list.texts().map(|texts| (name, texts.join(separator))).into_iter().collect()
}

/// The members of an object as values of a query: `name[member]=value`.
pub fn deep(name: &str, value: &impl serde::Serialize) -> Result<Vec<(String, String)>, String> {
    fn flatten(name: String, value: serde_json::Value, pairs: &mut Vec<(String, String)>) {
        match value {
            serde_json::Value::Null => {}
            serde_json::Value::Object(members) => {
                for (member, value) in members {
                    flatten(format!("{name}[{member}]"), value, pairs);
                }
            }
            serde_json::Value::Array(values) => {
                for (index, value) in values.into_iter().enumerate() {
                    flatten(format!("{name}[{index}]"), value, pairs);
                }
            }
            serde_json::Value::String(text) => pairs.push((name, text)),
            other => pairs.push((name, other.to_string())),
        }
    }
    let mut pairs = Vec::new();
    flatten(name.to_owned(), serde_json::to_value(value).map_err(|error| error.to_string())?, &mut pairs);
    Ok(pairs)
}
