use std::{fmt, str::FromStr};

use cxreports_core::{Operation, OperationSpec, op};
use thiserror::Error;

/// An operation of the API, or the preview page. Requests are counted, and faults limited, by endpoint.
///
/// ```
/// use cxreports_sim::{Endpoint, op};
///
/// let start = Endpoint::of::<op::StartExport>();
/// assert_eq!(start.to_string(), "start-export");
/// assert_eq!("start_export".parse(), Ok(start));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Endpoint(&'static str);

impl Endpoint {
    /// The page in the iframe ("Iframe Authentication").
    pub const PREVIEW: Self = Self("preview");

    /// The endpoint of an operation.
    #[must_use]
    pub const fn of<Op: Operation>() -> Self {
        Self(Op::SPEC.name)
    }

    /// Every endpoint: the operations in the order of the documentation, then the preview page.
    pub fn all() -> impl Iterator<Item = Self> {
        op::ALL.iter().map(|spec| Self(spec.name)).chain([Self::PREVIEW])
    }

    /// What the API documentation says of the operation; `None` for the preview page.
    #[must_use]
    pub fn spec(self) -> Option<&'static OperationSpec> {
        OperationSpec::named(self.0)
    }
}

/// No endpoint has this name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("no endpoint is called {0:?}; the endpoints are {all}", all = names())]
pub struct UnknownEndpoint(String);

fn names() -> String {
    let names: Vec<_> = Endpoint::all().map(|endpoint| endpoint.to_string()).collect();
    names.join(", ")
}

/// The operation's name with dashes, as on the command line.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.replace('_', "-"))
    }
}

impl From<&'static OperationSpec> for Endpoint {
    fn from(spec: &'static OperationSpec) -> Self {
        Self(spec.name)
    }
}

/// Takes an operation's name with dashes or underscores, or `preview`.
impl FromStr for Endpoint {
    type Err = UnknownEndpoint;

    fn from_str(name: &str) -> Result<Self, UnknownEndpoint> {
        let found = Self::all().find(|endpoint| endpoint.0 == name.replace('-', "_"));
        found.ok_or_else(|| UnknownEndpoint(name.to_owned()))
    }
}
