//! Where an instance has an operation, and how it wants it: what a match of its document with the contract comes to.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::{shape::Location, supports::Operation, value::WireValue};

/// An operation as one instance has it.
///
/// Pins carry theirs as constants, probed instances have them made at run time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// Its path template below the instance's host, spelled as the instance spells it. The parameters have the names that
    /// the documentation gives them, or are among the [extras](Self::extras).
    pub path: Cow<'static, str>,
    /// The media type of its body.
    pub media_type: Cow<'static, str>,
    /// The query parameters and members that the instance has.
    pub fields: Cow<'static, [BoundField]>,
    /// What the instance requires beyond the contract.
    pub extras: Cow<'static, [Extra]>,
    /// Names of query parameters and members that the contract does not know.
    pub unknown: Cow<'static, [Cow<'static, str>]>,
}

impl Binding {
    /// A binding from constants.
    #[must_use]
    pub const fn new(
        path: &'static str,
        media_type: &'static str,
        fields: &'static [BoundField],
        extras: &'static [Extra],
        unknown: &'static [Cow<'static, str>],
    ) -> Self {
        Self {
            path: Cow::Borrowed(path),
            media_type: Cow::Borrowed(media_type),
            fields: Cow::Borrowed(fields),
            extras: Cow::Borrowed(extras),
            unknown: Cow::Borrowed(unknown),
        }
    }

    /// How the instance has a query parameter or a member of the contract; `None` when it lacks it.
    #[must_use]
    pub fn field(&self, location: Location, name: &str) -> Option<&BoundField> {
        self.fields.iter().find(|field| field.location == location && field.field == name)
    }

    /// The first field that an operation sets and the instance lacks.
    #[must_use]
    pub fn lacking<Op: Operation>(&self, operation: &Op) -> Option<&'static str> {
        let mut lacking = None;
        operation.each_argument(&mut |location, field, _| {
            if location != Location::Path && lacking.is_none() && self.field(location, field).is_none() {
                lacking = Some(field);
            }
        });
        lacking
    }

    /// The names of the query parameters and members that the instance has: those of the contract as the contract names
    /// them, and the others.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.fields
            .iter()
            .map(|field| &*field.field)
            .filter(|name| !name.is_empty())
            .chain(self.unknown.iter().map(|name| &**name))
    }
}

/// A query parameter or a member of the contract, as one instance has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoundField {
    /// Its name in the contract.
    pub field: Cow<'static, str>,
    /// Where it is sent.
    pub location: Location,
    /// Its name on the instance.
    pub name: Cow<'static, str>,
    /// How its value is written.
    pub encoding: Encoding,
    /// What is sent when it is not set.
    pub absent: Absent,
}

impl BoundField {
    /// A field from constants.
    #[must_use]
    pub const fn new(
        field: &'static str,
        location: Location,
        name: &'static str,
        encoding: Encoding,
        absent: Absent,
    ) -> Self {
        Self { field: Cow::Borrowed(field), location, name: Cow::Borrowed(name), encoding, absent }
    }
}

/// How a value is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Encoding {
    /// As the documentation has it.
    Native,
    /// As a JSON string.
    Text,
    /// As a JSON integer.
    Integer,
    /// As one of these: the documentation's value, and the instance's.
    Values(Cow<'static, [(Cow<'static, str>, WireValue)]>),
}

/// What is sent for a query parameter or a member that is not set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Absent {
    /// Nothing.
    Omit,
    /// JSON `null`: the instance requires the member, and takes `null`.
    Null,
    /// This JSON: the instance requires the field, and the contract says what it is when it is left out.
    Default(Cow<'static, str>),
    /// Nothing can be: the instance requires it, and only the caller knows it.
    Refuse,
}

/// Something that an instance requires with each request of an operation, beyond the contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extra {
    /// Where it is sent.
    pub location: Location,
    /// Its name.
    pub name: Cow<'static, str>,
    /// Its value, where the document tells it; otherwise it is a setting of the client.
    pub value: Option<Cow<'static, str>>,
}

impl Extra {
    /// An extra from constants.
    #[must_use]
    pub const fn new(location: Location, name: &'static str, value: Option<&'static str>) -> Self {
        let value = match value {
            Some(value) => Some(Cow::Borrowed(value)),
            None => None,
        };
        Self { location, name: Cow::Borrowed(name), value }
    }
}
