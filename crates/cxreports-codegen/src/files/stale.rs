//! How files differ from their expected contents.

use std::{fmt, path::PathBuf};

/// A file that differs from its expected contents.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stale {
    /// The file, below the root.
    pub path: PathBuf,
    /// How it differs.
    pub difference: Difference,
}

/// How a file differs from its expected contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// It is not there.
    Missing,
    /// It has other contents.
    Differs,
    /// It should not be there.
    Extra,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "missing",
            Self::Differs => "differs",
            Self::Extra => "should not be there",
        })
    }
}
