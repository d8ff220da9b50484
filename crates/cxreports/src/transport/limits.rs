//! Limits of downloads.

use std::time::Duration;

/// The limits of a download.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// The longest time without progress.
    pub(crate) idle: Duration,
    /// The largest file, in bytes.
    pub(crate) file: u64,
    /// The largest file that is held in memory, in bytes.
    pub(crate) memory: u64,
}

impl Limits {
    /// What counts as progress, in bytes: otherwise a server that sends a byte now and then would never time out.
    pub(crate) const PROGRESS: u64 = 1 << 10;
}
