//! How a verb ends.

use cxreports_codegen::{
    fetch::FetchError,
    files::{FileError, ReadError},
    pins::PinError,
    pipeline::StageError,
};
use cxreports_sim::StartError;
use thiserror::Error;

/// Why a verb failed.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    #[error("{0}")]
    Usage(String),
    #[error(transparent)]
    Pin(#[from] PinError),
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error(transparent)]
    Stage(#[from] StageError),
    #[error(transparent)]
    Files(#[from] FileError),
    #[error(transparent)]
    Allow(#[from] ReadError),
    #[error("the simulator does not start: {0}")]
    Simulator(#[from] StartError),
    #[error("cannot print: {0}")]
    Print(#[from] std::io::Error),
    #[error("{0} failed; its output is above")]
    Cargo(String),
    #[error("the workspace was not compiled with the new pin: {0}")]
    NotCompiled(String),
}

impl Failure {
    /// Whether the instance could not be asked for its document, of which nothing is known then.
    pub(crate) fn is_of_the_instance(&self) -> bool {
        match self {
            Self::Fetch(FetchError::File { .. } | FetchError::BadUrl { .. }) => false,
            // A file is read by the same rules as what a server sends.
            Self::Fetch(
                FetchError::NotJson { url, .. }
                | FetchError::Malformed { url, .. }
                | FetchError::Truncated { url, .. }
                | FetchError::NotOpenApi { url, .. },
            ) => url.contains("://"),
            Self::Fetch(_) => true,
            _ => false,
        }
    }
}

/// How a verb ended.
pub(crate) enum Outcome {
    Done,
    /// It looked for something, and found it.
    Found,
}
