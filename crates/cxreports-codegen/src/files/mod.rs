//! Sets of generated files: what is stale, and writing them so that no file is ever seen half-written.

mod commit;
mod disk;
mod error;
mod set;
mod stale;

use std::path::Path;

pub use self::{
    disk::{read_if_there, sha256},
    error::{FileError, ReadError},
    set::FileSet,
    stale::{Difference, Stale},
};

/// Finishes the writing of a set below a root that a run has begun and not ended; gives whether there was one. A set that was not
/// staged whole is dropped: none of its files is in place then.
///
/// # Errors
///
/// [`FileError`] when a file cannot be put in place.
pub fn recover(root: &Path) -> Result<bool, FileError> {
    commit::recover(root)
}

/// Whether a run was interrupted while it put a set in place; [`recover`] finishes it.
#[must_use]
pub fn is_interrupted(root: &Path) -> bool {
    commit::is_interrupted(root)
}

/// Writes one file, wherever it is: beside its place first, then renamed.
///
/// # Errors
///
/// [`FileError`]; a file that was there is then still as it was.
pub fn write_file(path: &Path, contents: &[u8]) -> Result<(), FileError> {
    commit::put_new(contents, path).map_err(FileError::new("write", path))
}

#[cfg(test)]
mod tests;
