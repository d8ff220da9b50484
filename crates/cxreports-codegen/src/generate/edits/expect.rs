//! How often each edit applies, and how often it has to.

use thiserror::Error;

/// An edit of progenitor's output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Edit {
    Types,
    PathEncoding,
    TotalTimeout,
    Hooks,
    Methods,
    Arguments,
    VersionHeader,
    EmptyHeaders,
    SharedSend,
    Accept,
    ContentType,
    Forms,
    NamesOnTheWire,
    Cookies,
    QueryStyles,
    RareMethods,
    MemberNames,
    Secrets,
}

impl Edit {
    pub(super) const ALL: [Self; 18] = [
        Self::Types,
        Self::PathEncoding,
        Self::TotalTimeout,
        Self::Hooks,
        Self::Methods,
        Self::Arguments,
        Self::VersionHeader,
        Self::EmptyHeaders,
        Self::SharedSend,
        Self::Accept,
        Self::ContentType,
        Self::Forms,
        Self::NamesOnTheWire,
        Self::Cookies,
        Self::QueryStyles,
        Self::RareMethods,
        Self::MemberNames,
        Self::Secrets,
    ];

    /// Its name in errors.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Types => "types",
            Self::PathEncoding => "path-encoding",
            Self::TotalTimeout => "total-timeout",
            Self::Hooks => "hooks",
            Self::Methods => "methods",
            Self::Arguments => "arguments",
            Self::VersionHeader => "version-header",
            Self::EmptyHeaders => "empty-headers",
            Self::SharedSend => "shared-send",
            Self::Accept => "accept",
            Self::ContentType => "content-type",
            Self::Forms => "forms",
            Self::NamesOnTheWire => "names-on-the-wire",
            Self::Cookies => "cookies",
            Self::QueryStyles => "query-styles",
            Self::RareMethods => "rare-methods",
            Self::MemberNames => "member-names",
            Self::Secrets => "secrets",
        }
    }

    /// What it counts.
    fn counts(self) -> &'static str {
        match self {
            Self::Types => "one module of types",
            Self::PathEncoding => "one import of `encode_path`, which leaves separators and dot segments alone",
            Self::TotalTimeout => "one total time-out of the client, which cuts long downloads off",
            Self::Hooks => "one empty implementation of the client's hooks",
            Self::Methods => "one asynchronous method for each operation, which becomes the `send` of its builder",
            Self::Arguments => "one argument for each parameter and body, which becomes a setter",
            Self::VersionHeader => "one `api-version` header for each operation, which servers may refuse",
            Self::EmptyHeaders => "a header map and its use in each operation without headers",
            Self::SharedSend => "the same sending and reading at the end of each operation",
            Self::Accept => "one `Accept` header for each response in JSON",
            Self::ContentType => "one `Content-Type` for each body under a media type that progenitor cannot be told",
            Self::Forms => "one body of bytes for each form",
            Self::NamesOnTheWire => "one use of each parameter that is sent under another name",
            Self::Cookies => "one header for each cookie",
            Self::QueryStyles => "one query value for each joined list and deep object",
            Self::RareMethods => "one call for each operation by OPTIONS or TRACE, which reqwest has no functions for",
            Self::MemberNames => "one field for each member that shares its Rust name with another",
            Self::Secrets => "one derived `Debug` for each type with a secret",
        }
    }
}

/// An edit did not apply as often as the document calls for: progenitor writes something differently than it did.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "the edit `{edit}` applies to {found} places of progenitor's output where the document calls for {expected} ({counts}); adapt it in generate/edits"
)]
pub struct EditError {
    /// The edit's name.
    pub edit: &'static str,
    /// What it counts.
    pub counts: &'static str,
    /// How many places the document calls for.
    pub expected: usize,
    /// How many there were.
    pub found: usize,
}

/// The count of each edit.
#[derive(Default)]
pub(super) struct Tally([(usize, usize); Edit::ALL.len()]);

impl Tally {
    /// Notes that the document calls for some places more.
    pub(super) fn expect(&mut self, edit: Edit, places: usize) {
        self.0[edit as usize].0 += places;
    }

    /// Notes a place.
    pub(super) fn found(&mut self, edit: Edit) {
        self.0[edit as usize].1 += 1;
    }

    /// Fails for the first edit whose counts differ.
    pub(super) fn check(&self) -> Result<(), EditError> {
        match Edit::ALL.into_iter().zip(self.0).find(|(_, (expected, found))| expected != found) {
            Some((edit, (expected, found))) => {
                Err(EditError { edit: edit.name(), counts: edit.counts(), expected, found })
            }
            None => Ok(()),
        }
    }
}
