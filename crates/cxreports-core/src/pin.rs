use crate::{binding::Binding, shape::OperationSpec};

/// What a pinned client was generated from.
#[derive(Debug, PartialEq, Eq)]
pub struct Pin {
    /// The pin's name: its folder in `spec/` and in `crates/pins/`.
    pub name: &'static str,
    /// The instance version, as its operator stated it.
    pub edition: Option<&'static str>,
    /// The deployments that are on this pin.
    pub deployments: &'static [&'static str],
    /// SHA-256 of the normalised document, in hexadecimal.
    pub document_sha256: &'static str,
    /// The path that the document's servers put before its paths; mostly empty.
    pub server: &'static str,
    /// The path before the API's own, for example `/reporting` where the API is at `/reporting/api/v1`; mostly empty.
    pub prefix: &'static str,
    /// The operations of the contract that the instance has.
    pub operations: &'static [PinnedOperation],
    /// The fields of those operations that only newer pins have: operation, field, and the first pin that has it.
    pub newer: &'static [(&'static str, &'static str, &'static str)],
}

impl Pin {
    /// The pinned operation of that name.
    #[must_use]
    pub fn operation(&self, name: &str) -> Option<&'static PinnedOperation> {
        self.operations.iter().find(|operation| operation.name == name)
    }

    /// The first pin that has a field which this one lacks, if there is one.
    #[must_use]
    pub fn first_with(&self, operation: &str, field: &str) -> Option<&'static str> {
        self.newer.iter().find(|(name, newer, _)| *name == operation && *newer == field).map(|(_, _, pin)| *pin)
    }
}

/// An operation of the contract that an instance has.
#[derive(Debug, PartialEq, Eq)]
pub struct PinnedOperation {
    /// Its name, for example `list_reports`.
    pub name: &'static str,
    /// Where the instance has it, and how.
    pub binding: Binding,
    /// The first pin that has the operation.
    pub since: &'static str,
    /// The fields that came later than the operation, each with the first pin that has it.
    pub later: &'static [(&'static str, &'static str)],
}

impl PinnedOperation {
    /// Its method and path, for messages.
    #[must_use]
    pub fn endpoint(&self) -> String {
        let method = OperationSpec::named(self.name).map_or("", |spec| spec.method);
        format!("{method} {}", self.binding.path)
    }

    /// The first pin that has a field.
    #[must_use]
    pub fn field_since(&self, field: &str) -> &'static str {
        self.later.iter().find(|(later, _)| *later == field).map_or(self.since, |(_, since)| since)
    }
}

/// A client that was generated from a pinned document.
pub trait Pinned {
    /// What it was generated from.
    const PIN: &'static Pin;
}
