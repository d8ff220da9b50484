//! What is generated.

use crate::{host::Host, since::Since};

/// What kind of crate to write.
#[derive(Debug, Clone, Copy)]
pub enum Target<'a> {
    /// A pin of this workspace, with what its instance has of the contract.
    Pin {
        /// The pin's name.
        name: &'a str,
        /// The instance version, as stated.
        edition: Option<&'a str>,
        /// The deployments that are on it.
        deployments: &'a [String],
        /// The first pin that has each operation and field.
        since: &'a Since,
        /// The workspace that it is written into.
        host: &'a Host,
    },
    /// A crate of its own, with dependencies from crates.io only.
    Standalone {
        /// The crate's name.
        name: &'a str,
    },
}
