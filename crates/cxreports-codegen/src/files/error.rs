//! Errors of reading and writing files.

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

/// A file cannot be read, or its contents are invalid.
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
    /// Its contents are invalid.
    #[error("{path}: {reason}")]
    Invalid {
        /// The file.
        path: String,
        /// What is wrong, with line and column if they are known.
        reason: String,
    },
}

impl ReadError {
    /// The error for a file that cannot be read.
    pub fn io(path: &Path) -> impl Fn(io::Error) -> Self {
        let path = path.display().to_string();
        move |source| Self::Io { path: path.clone(), source }
    }

    /// The error for a file with invalid contents; the reason includes the line and column if they are known.
    #[must_use]
    pub fn invalid(path: &Path, reason: impl fmt::Display) -> Self {
        Self::Invalid { path: path.display().to_string(), reason: reason.to_string() }
    }
}
