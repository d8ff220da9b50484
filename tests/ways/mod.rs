//! Ways in which generators, their options and proxies write one and the same contract. Each is a small change of the
//! simulator's document, named by what causes it.

mod change;
mod routes;
mod schemas;
mod tests;
pub(crate) mod wire;
mod wrapped;

use serde_json::Value;

/// What a way changes: of each kind a document has one at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// How parameters are named and declared.
    Parameters,
    /// How names are spelled in queries and JSON.
    Names,
    /// How integers are declared.
    Integers,
    /// How enumerations are declared.
    Enumerations,
    /// How nullable references are declared.
    Nullable,
    /// How any JSON value is declared.
    AnyJson,
    /// What is said of responses.
    Responses,
    /// What is said of files.
    Files,
    /// What is said of request bodies.
    Bodies,
    /// What is required beyond the contract.
    Extras,
    /// How schemas are arranged.
    Schemas,
    /// What else the document has.
    Others,
    /// How literal segments are written.
    Segments,
    /// Where the version is.
    Version,
    /// Where the API is on the host.
    Place,
    /// The version of OpenAPI.
    Dialect,
}

/// A way of writing.
#[derive(Clone, Copy)]
pub(crate) struct Way {
    /// Its name in tests.
    pub(crate) name: &'static str,
    /// The option or the generator that causes it.
    pub(crate) cause: &'static str,
    /// What it changes.
    pub(crate) kind: Kind,
    /// Does it.
    pub(crate) apply: fn(&mut Value),
}

/// Every way, in an order in which any subset can be applied.
pub(crate) fn all() -> Vec<Way> {
    [schemas::WAYS, routes::WAYS, wrapped::WAYS].concat()
}

/// The contract's own document.
pub(crate) fn document() -> Value {
    serde_json::from_str(cxreports_sim::Edition::V2026_5.document()).unwrap()
}

/// The document, written in these ways.
pub(crate) fn written(ways: &[Way]) -> Value {
    let mut document = document();
    let mut ordered = ways.to_vec();
    ordered.sort_by_key(|way| way.kind);
    ordered.iter().for_each(|way| (way.apply)(&mut document));
    document
}
