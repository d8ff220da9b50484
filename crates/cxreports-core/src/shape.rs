//! What an operation looks like on the wire, as data: the generator reads it to write the bridge of a pin, and refuses
//! a document that can no longer feed it.

/// The shape of one API operation.
#[derive(Debug, Clone, Copy)]
pub struct OperationSpec {
    /// The operation's name in `spec/names.toml`, for example `list_reports`.
    pub name: &'static str,
    /// Its HTTP method, in capitals.
    pub method: &'static str,
    /// The Rust name of the operation's struct in [`op`](crate::op).
    pub rust: &'static str,
    /// Path and query parameters.
    pub parameters: &'static [Parameter],
    /// Fields of the JSON body; empty when the operation has none.
    pub body: &'static [Field],
    /// What a successful answer carries.
    pub output: Kind,
}

impl OperationSpec {
    /// Whether it only reads, so that it may be sent again (RFC 9110, 9.2.1).
    #[must_use]
    pub fn reads(&self) -> bool {
        self.method == "GET"
    }
}

/// A path or query parameter of an operation.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// Where it is sent.
    pub location: Location,
    /// Its name, type and Rust field.
    pub field: Field,
}

/// Where a parameter is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Location {
    /// In the path, percent-encoded.
    Path,
    /// In the query string.
    Query,
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

    /// Whether it is there.
    fn is_set(&self) -> bool {
        true
    }

    /// The value, if it is an id or a code in a path.
    fn as_id_or_code(&self) -> Option<&crate::IdOrCode> {
        None
    }
}

/// A model.
pub trait WireObject {
    /// Its shape.
    const SPEC: &'static ObjectSpec;
}

macro_rules! wire {
    ($($type:ty => $kind:ident),* $(,)?) => { $(impl Wire for $type { const KIND: Kind = Kind::$kind; })* };
}
wire! {
    bool => Bool,
    i32 => Int32,
    i64 => Int64,
    String => String,
    chrono::DateTime<chrono::Utc> => DateTime,
    crate::Json => Json,
    crate::Download => File,
    () => Nothing,
}

impl Wire for crate::IdOrCode {
    const KIND: Kind = Kind::IdOrCode;

    fn as_id_or_code(&self) -> Option<&Self> {
        Some(self)
    }
}

impl<T: Wire> Wire for Option<T> {
    const KIND: Kind = T::KIND;
    const REQUIRED: bool = false;

    fn is_set(&self) -> bool {
        self.is_some()
    }
}

impl<T: Wire> Wire for Vec<T> {
    const KIND: Kind = Kind::List(&T::KIND);
}

impl<T: WireObject> Wire for T {
    const KIND: Kind = Kind::Object(T::SPEC);
}
