//! Why a document is refused.

use thiserror::Error;

/// Why a document is refused as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ConvertError {
    /// A version that this program does not know.
    #[error("/{field}: version {version} is not known; Swagger 2.0 and OpenAPI 3.0 to 3.2 are")]
    Version {
        /// The member that names it.
        field: &'static str,
        /// The version.
        version: String,
    },
    /// Something is not what OpenAPI has there.
    #[error("{pointer}: {found}, where OpenAPI has {wanted}")]
    Invalid {
        /// JSON pointer.
        pointer: String,
        /// What is there.
        found: String,
        /// What a valid document would have.
        wanted: &'static str,
    },
}
