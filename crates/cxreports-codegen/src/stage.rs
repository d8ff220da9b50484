//! The stages of a document.

/// A stage of processing a document, for progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// Converting to OpenAPI 3.0.
    Convert,
    /// Applying the overlay.
    Overlay,
    /// Finding the operations of the CxReports API.
    Match,
    /// Running the passes.
    Normalise,
    /// Generating types and calls with progenitor.
    Generate,
    /// Editing progenitor's output.
    Edit,
    /// Printing the files of the crate.
    Print,
}

/// Room for walking documents, in bytes: schemas may be nested, and components refer to each other, as deeply as a server
/// likes. It is address space, not memory, until it is used.
pub(crate) const STACK: usize = 512 << 20;
