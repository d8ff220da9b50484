//! The stages of a document.

/// A stage of a document's way, for progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// To OpenAPI 3.0.
    Convert,
    /// What real documents leave out.
    Overlay,
    /// The operations of the CxReports API are looked for.
    Match,
    /// The passes.
    Normalise,
    /// Progenitor writes the types and calls.
    Generate,
    /// Progenitor's output is edited.
    Edit,
    /// The crate's files are printed.
    Print,
}

/// Room for walking documents, in bytes: schemas may be nested, and components refer to each other, as deeply as a server
/// likes. It is address space, not memory, until it is used.
pub(crate) const STACK: usize = 512 << 20;
