/// What a pinned client was generated from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pin {
    /// The pin's name: its folder in `spec/` and in `crates/pins/`.
    pub name: &'static str,
    /// The instance version, as its operator stated it.
    pub edition: Option<&'static str>,
    /// The deployments that are on this pin.
    pub deployments: &'static [&'static str],
    /// SHA-256 of the normalised document, in hexadecimal.
    pub document_sha256: &'static str,
    /// Every operation of the instance that the pin can call.
    pub operations: &'static [PinnedOperation],
}

impl Pin {
    /// The pinned operation of that name.
    #[must_use]
    pub fn operation(&self, name: &str) -> Option<&'static PinnedOperation> {
        self.operations.iter().find(|operation| operation.name == name)
    }
}

/// An operation that a pin can call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PinnedOperation {
    /// Its name in `spec/names.toml`.
    pub name: &'static str,
    /// Its HTTP method, in capitals.
    pub method: &'static str,
    /// Its path template, below the instance's base URL.
    pub path: &'static str,
    /// The names of its query parameters and of its body's members, sorted.
    pub fields: &'static [&'static str],
    /// The first pin that has the operation.
    pub since: &'static str,
    /// The fields that came later than the operation, each with the first pin that has it.
    pub later: &'static [(&'static str, &'static str)],
}

impl PinnedOperation {
    /// The first pin that has a field.
    #[must_use]
    pub fn field_since(&self, field: &str) -> &'static str {
        self.later.iter().find(|(later, _)| *later == field).map_or(self.since, |(_, since)| since)
    }
}

/// A pinned client that can be made from an HTTP client of the kind `Http`, which this crate knows nothing of.
pub trait Connect<Http>: Pinned + Sized {
    /// A client for the instance at `base_url`, which may have a path prefix.
    fn connect(base_url: &str, http: Http, authorize: std::sync::Arc<dyn crate::Authorize>) -> Self;
}

/// A client that was generated from a pinned document.
pub trait Pinned {
    /// What it was generated from.
    const PIN: &'static Pin;
}
