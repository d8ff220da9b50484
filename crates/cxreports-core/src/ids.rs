use std::fmt;

use thiserror::Error;

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
pub struct IdOrCode(String);

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

impl From<i32> for IdOrCode {
    fn from(id: i32) -> Self {
        Self(id.to_string())
    }
}

impl TryFrom<String> for IdOrCode {
    type Error = InvalidIdOrCode;

    fn try_from(text: String) -> Result<Self, InvalidIdOrCode> {
        // URL parsers remove these segments even when they are percent-encoded (WHATWG URL, 4.4).
        if matches!(text.as_str(), "" | "." | "..") { Err(InvalidIdOrCode(text)) } else { Ok(Self(text)) }
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

impl ToIdOrCode for i32 {
    fn to_id_or_code(self) -> Result<IdOrCode, InvalidIdOrCode> {
        Ok(self.into())
    }
}

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
