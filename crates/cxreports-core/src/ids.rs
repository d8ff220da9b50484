//! What names things of an instance: an id of each kind, and an id or a code in a path.

use std::{fmt, num::ParseIntError, str::FromStr, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize};
use thiserror::Error;

use crate::{
    argument::Argument,
    read::Lenient,
    shape::{Kind, Wire},
};

/// Declares ids: integers that cannot be taken for each other.
macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident)*) => { $(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(i32);

        impl $name {
            /// The id with this number.
            #[must_use]
            pub const fn new(number: i32) -> Self {
                Self(number)
            }

            /// The number.
            #[must_use]
            pub const fn get(self) -> i32 {
                self.0
            }
        }

        impl From<i32> for $name {
            fn from(number: i32) -> Self {
                Self(number)
            }
        }

        impl From<$name> for i32 {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl FromStr for $name {
            type Err = ParseIntError;

            fn from_str(text: &str) -> Result<Self, ParseIntError> {
                text.parse().map(Self)
            }
        }

        impl PartialEq<i32> for $name {
            fn eq(&self, number: &i32) -> bool {
                self.0 == *number
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl Wire for $name {
            const KIND: Kind = Kind::Int32;

            fn argument(&self) -> Option<Argument<'_>> {
                self.0.argument()
            }
        }

        impl Lenient for $name {
            const EXPECTED: &'static str = i32::EXPECTED;

            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
                Ok(i32::read(deserializer)?.map(Self))
            }
        }
    )* };
}

ids! {
    /// Id of a [`Workspace`](crate::model::Workspace).
    WorkspaceId
    /// Id of a [`Report`](crate::model::Report).
    ReportId
    /// Id of a [`ReportPage`](crate::model::ReportPage), as `excludePages` takes it.
    PageId
    /// Id of a [`ReportType`](crate::model::ReportType).
    ReportTypeId
    /// Id of a [`ReportTemplate`](crate::model::ReportTemplate).
    TemplateId
    /// Id of a [`Theme`](crate::model::Theme).
    ThemeId
    /// Id of the file that an export makes.
    FileId
    /// Id of [data that was uploaded](crate::model::TemporaryData).
    TemporaryDataId
    /// Id of a [`Job`](crate::model::Job).
    JobId
    /// Id of a run of a job.
    JobRunId
}

/// What names a workspace, a report or a job in a path: its numeric id, or its code.
///
/// ```
/// use cxreports_core::IdOrCode;
///
/// assert_eq!(IdOrCode::from(42).as_str(), "42");
/// assert_eq!(IdOrCode::try_from("invoice").unwrap().as_str(), "invoice");
/// assert!(IdOrCode::try_from("..").is_err());
/// ```
///
/// Source: "Workspaces" of the API documentation.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IdOrCode(Arc<str>);

/// The text cannot be one path segment.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is not an id or a code: it is empty or a dot segment, which no URL can carry")]
pub struct InvalidIdOrCode(String);

impl IdOrCode {
    /// The id or code as it was given, not percent-encoded.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IdOrCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for IdOrCode {
    type Error = InvalidIdOrCode;

    fn try_from(text: String) -> Result<Self, InvalidIdOrCode> {
        // URL parsers remove these segments even when they are percent-encoded (WHATWG URL, 4.4).
        if matches!(text.as_str(), "" | "." | "..") { Err(InvalidIdOrCode(text)) } else { Ok(Self(text.into())) }
    }
}

impl TryFrom<&str> for IdOrCode {
    type Error = InvalidIdOrCode;

    fn try_from(text: &str) -> Result<Self, InvalidIdOrCode> {
        text.to_owned().try_into()
    }
}

impl std::str::FromStr for IdOrCode {
    type Err = InvalidIdOrCode;

    fn from_str(text: &str) -> Result<Self, InvalidIdOrCode> {
        text.try_into()
    }
}

/// Names a workspace, a report or a job: an id, a code, or an [`IdOrCode`].
pub trait ToIdOrCode {
    /// Returns the id or code.
    ///
    /// # Errors
    ///
    /// [`InvalidIdOrCode`] for text that cannot be one path segment of a URL.
    fn to_id_or_code(self) -> Result<IdOrCode, InvalidIdOrCode>;
}

macro_rules! ids_in_paths {
    ($($id:ty)*) => { $(
        impl From<$id> for IdOrCode {
            fn from(id: $id) -> Self {
                Self(id.to_string().into())
            }
        }

        impl ToIdOrCode for $id {
            fn to_id_or_code(self) -> Result<IdOrCode, InvalidIdOrCode> {
                Ok(self.into())
            }
        }
    )* };
}

ids_in_paths! { i32 WorkspaceId ReportId JobId }

impl ToIdOrCode for &str {
    fn to_id_or_code(self) -> Result<IdOrCode, InvalidIdOrCode> {
        self.try_into()
    }
}

impl ToIdOrCode for String {
    fn to_id_or_code(self) -> Result<IdOrCode, InvalidIdOrCode> {
        self.try_into()
    }
}

impl ToIdOrCode for IdOrCode {
    fn to_id_or_code(self) -> Result<IdOrCode, InvalidIdOrCode> {
        Ok(self)
    }
}

impl Wire for IdOrCode {
    const KIND: Kind = Kind::IdOrCode;

    fn argument(&self) -> Option<Argument<'_>> {
        Some(Argument::Text(&self.0))
    }
}
