//! What goes wrong with files.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use thiserror::Error;

/// A file could not be read or written.
#[derive(Debug, Error)]
#[error("cannot {action} {}: {source}", path.display())]
pub struct FileError {
    action: &'static str,
    path: PathBuf,
    source: io::Error,
}

impl FileError {
    pub(super) fn new(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self { action, path, source }
    }
}

/// A file cannot be read, or is not what it should be.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// It cannot be read.
    #[error("cannot read {path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// It is not what it should be.
    #[error("{path}: {reason}")]
    Invalid {
        /// The file.
        path: String,
        /// What is wrong, with line and column where there are some.
        reason: String,
    },
}

impl ReadError {
    /// What the system said of a file.
    pub(crate) fn io(path: &Path) -> impl Fn(io::Error) -> Self {
        let path = path.display().to_string();
        move |source| Self::Io { path: path.clone(), source }
    }

    /// What is wrong in a file.
    pub(crate) fn invalid(path: &Path, reason: impl fmt::Display) -> Self {
        Self::Invalid { path: path.display().to_string(), reason: reason.to_string() }
    }
}
