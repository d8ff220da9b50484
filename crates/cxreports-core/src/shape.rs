//! What an operation looks like on the wire, as data: the generator reads it to write the bridge of a pin, and refuses
//! a document that can no longer feed it.

use serde::{Deserialize, Serialize};

use crate::argument::Argument;

/// The shape of one API operation.
#[derive(Debug, Clone, Copy)]
pub struct OperationSpec {
    /// The operation's name in `spec/names.toml`, for example `list_reports`.
    pub name: &'static str,
    /// Its HTTP method, in capitals.
    pub method: &'static str,
    /// What sending it does.
    pub effect: Effect,
    /// Its path, with the names that the documentation gives its parameters.
    pub path: &'static str,
    /// The Rust name of the operation's struct in [`op`](crate::op).
    pub rust: &'static str,
    /// The methods of the `cxreports` crate that send it, for example `Client::reports`.
    pub sent_by: &'static [&'static str],
    /// Path and query parameters.
    pub parameters: &'static [Parameter],
    /// Fields of the JSON body; empty when the operation has none.
    pub body: &'static [Field],
    /// What a successful response carries.
    pub output: Kind,
}

impl OperationSpec {
    /// The path parameters, in the order of the path.
    pub fn path_parameters(&self) -> impl Iterator<Item = &'static Parameter> + use<> {
        self.parameters.iter().filter(|parameter| parameter.location == Location::Path)
    }
}

/// What sending an operation does, which decides whether it may be sent again (RFC 9110, 9.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It only reads.
    Reads,
    /// It only reads, and has the server render a report for it.
    Renders,
    /// Each request creates something.
    Acts,
    /// It sends documents to customers: it is sent once, whatever becomes of the request.
    Delivers,
}

/// A path or query parameter of an operation.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// Where it is sent.
    pub location: Location,
    /// Its name, type and Rust field.
    pub field: Field,
    /// Of a path parameter: the operation that lists the values it takes, as the `id` of each item.
    pub listed_by: Option<&'static str>,
}

/// Where a parameter is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Location {
    /// In the path, percent-encoded.
    Path,
    /// In the query string.
    Query,
    /// A member of the JSON body.
    Body,
    /// In a header.
    Header,
    /// In a cookie.
    Cookie,
}

/// One field of an operation or a model.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The name on the wire, for example `reportTypeId`.
    pub wire: &'static str,
    /// The name of the Rust field, for example `report_type_id`.
    pub rust: &'static str,
    /// Its type.
    pub kind: Kind,
    /// Whether it must be there.
    pub required: bool,
    /// What it is, as JSON, when it is left out: for instances that require it nevertheless.
    pub default: Option<&'static str>,
}

/// The type of a field, as far as the wire is concerned.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A boolean.
    Bool,
    /// A 32-bit integer.
    Int32,
    /// A 64-bit integer.
    Int64,
    /// A string.
    String,
    /// An id or a code in a path: see [`IdOrCode`](crate::IdOrCode).
    IdOrCode,
    /// A date and time.
    DateTime,
    /// Any JSON value.
    Json,
    /// A JSON value sent as text, in a query.
    JsonText,
    /// An enumeration.
    Enum(&'static EnumSpec),
    /// An object.
    Object(&'static ObjectSpec),
    /// An array.
    List(&'static Kind),
    /// A file, streamed.
    File,
    /// Nothing.
    Nothing,
}

/// The shape of a model.
#[derive(Debug)]
pub struct ObjectSpec {
    /// The Rust name of the model in [`model`](crate::model).
    pub rust: &'static str,
    /// Its fields.
    pub fields: &'static [Field],
}

/// The values of an enumeration.
#[derive(Debug)]
pub struct EnumSpec {
    /// The Rust name of the enumeration in [`model`](crate::model).
    pub rust: &'static str,
    /// Rust variant and wire value, in the order of the server's integers.
    pub variants: &'static [(&'static str, &'static str)],
}

/// A type that can be a field.
pub trait Wire {
    /// Its type on the wire.
    const KIND: Kind;
    /// Whether it must be there.
    const REQUIRED: bool = true;

    /// The value, to be written as an instance wants it; `None` when it is left out.
    fn argument(&self) -> Option<Argument<'_>> {
        None
    }
}

/// A model.
pub trait WireObject {
    /// Its shape.
    const SPEC: &'static ObjectSpec;
}

macro_rules! wire {
    ($($type:ty => $kind:ident $(, $value:ident => $argument:expr)?;)*) => { $(
        impl Wire for $type {
            const KIND: Kind = Kind::$kind;

            $(fn argument(&self) -> Option<Argument<'_>> {
                let $value = self;
                Some($argument)
            })?
        }
    )* };
}
wire! {
    bool => Bool, value => Argument::Bool(*value);
    i32 => Int32, value => Argument::Integer(i64::from(*value));
    i64 => Int64, value => Argument::Integer(*value);
    String => String, value => Argument::Text(value);
    chrono::DateTime<chrono::Utc> => DateTime, value => Argument::Time(*value);
    crate::json::Json => Json, value => Argument::Json(value);
    crate::payload::Payload => Json, value => Argument::Payload(value);
    crate::download::Download => File;
    () => Nothing;
}

impl<T: Wire> Wire for Option<T> {
    const KIND: Kind = T::KIND;
    const REQUIRED: bool = false;

    fn argument(&self) -> Option<Argument<'_>> {
        self.as_ref().and_then(T::argument)
    }
}

impl<T: Wire> Wire for Vec<T> {
    const KIND: Kind = Kind::List(&T::KIND);

    fn argument(&self) -> Option<Argument<'_>> {
        Some(Argument::List(self.iter().filter_map(T::argument).collect()))
    }
}

impl<T: WireObject> Wire for T {
    const KIND: Kind = Kind::Object(T::SPEC);
}
