//! What is compared: two documents, and the same schema in both.

use std::collections::BTreeSet;

use cxreports_openapi::document::{escape, follow};
use serde_json::Value;

use crate::{
    causes::Keyed,
    rules::{Direction, Rule},
};

/// What the version of a document has no words for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Lacks {
    /// Whether null is allowed.
    pub(crate) null: bool,
    /// Deprecated parameters and properties, write-only properties, credentials in HTTP's own schemes.
    pub(crate) openapi: bool,
}

/// The member of a schema that keeps, by their names, the keywords that OpenAPI 3.0 has no words for and that are not compared.
pub(crate) const NOT_COMPARED: &str = "x-cxreports-not-compared";

/// The pointer of a named schema.
pub(super) fn pointer_of(name: &str) -> String {
    format!("/components/schemas/{}", escape(name))
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

/// Where a schema stands. A member that several parts of a composition declare stands at each of those places, and all of them
/// hold.
pub(crate) type Places = Vec<String>;

impl Documents<'_> {
    pub(crate) fn pair(&self, base: &[String], revision: &[String], direction: Direction, text: bool) -> Pair {
        Pair { base: targets(self.base, base), revision: targets(self.revision, revision), direction, text }
    }
}

/// What places stand for, each once.
fn targets(document: &Value, places: &[String]) -> Places {
    if let [place] = places {
        return vec![follow(document, place)];
    }
    let mut seen = BTreeSet::new();
    places.iter().map(|place| follow(document, place)).filter(|target| seen.insert(target.clone())).collect()
}

/// The same schema in both documents, and the way that its data goes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Pair {
    pub(crate) base: Places,
    pub(crate) revision: Places,
    pub(crate) direction: Direction,
    /// Whether values are carried as text: in a path, a query, a header or a form.
    pub(crate) text: bool,
}

impl Pair {
    /// Whether either side stands at several places.
    pub(crate) fn is_combined(&self) -> bool {
        self.base.len() > 1 || self.revision.len() > 1
    }
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

/// Another reading of a changed type: the value was put into an object, or taken out of one, in a property of this name.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) rule: Rule,
    pub(crate) property: String,
    pub(crate) keyed: Keyed,
}

/// What comparing one pair gave.
#[derive(Debug, Default)]
pub(crate) struct Compared {
    pub(crate) changes: Vec<Keyed>,
    /// They are right where the same is done to other schemas.
    pub(crate) readings: Vec<Reading>,
    pub(crate) below: Vec<Below>,
}
