//! What is compared: two documents, and the same place in both.

use cxreports_openapi::document::follow;
use serde_json::Value;

use crate::{causes::Keyed, rules::Direction};

/// What the version of a document has no words for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Lacks {
    /// Whether null is allowed.
    pub(crate) null: bool,
    /// Deprecated parameters and properties, write-only properties, credentials in HTTP's own schemes.
    pub(crate) openapi: bool,
}

/// Both documents.
#[derive(Clone, Copy)]
pub(crate) struct Documents<'a> {
    pub(crate) base: &'a Value,
    pub(crate) revision: &'a Value,
    pub(crate) base_lacks: Lacks,
    pub(crate) revision_lacks: Lacks,
    pub(crate) ignore_case: bool,
}

impl Documents<'_> {
    pub(crate) fn pair(&self, base: &str, revision: &str, direction: Direction, text: bool) -> Pair {
        Pair { base: follow(self.base, base), revision: follow(self.revision, revision), direction, text }
    }
}

/// The same place in both documents, and the way that its data goes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Pair {
    pub(crate) base: String,
    pub(crate) revision: String,
    pub(crate) direction: Direction,
    /// Whether values are carried as text: in a path, a query, a header or a form.
    pub(crate) text: bool,
}

/// A pair below another one.
#[derive(Debug)]
pub(crate) struct Below {
    pub(crate) pair: Pair,
    /// The property that leads there.
    pub(crate) field: Option<String>,
    /// The place that refers to it, where it is a reference.
    pub(crate) referrer: Option<String>,
}

/// What comparing one pair gave.
#[derive(Debug, Default)]
pub(crate) struct Compared {
    pub(crate) changes: Vec<Keyed>,
    pub(crate) below: Vec<Below>,
}
