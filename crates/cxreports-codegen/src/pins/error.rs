use std::path::PathBuf;

use thiserror::Error;

use crate::{
    files::{FileError, ReadError},
    pipeline::StageError,
};

/// Error of reading or planning pins.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PinError {
    /// No such deployment.
    #[error("no deployment is called {name:?} in spec/deployments.toml; there {}", list(known))]
    UnknownDeployment {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// No such pin.
    #[error("no pin is called {name:?}; there {}", list(known))]
    UnknownPin {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// A name that cannot be a folder and a crate.
    #[error(
        "{0:?} cannot be the name of a deployment: use small letters, digits, dots and dashes, beginning with a letter or digit"
    )]
    BadName(String),
    /// The folder is not a Cargo workspace.
    #[error("{} has no Cargo.toml; pins are crates of a workspace: run this in the root folder of yours", .0.display())]
    NoWorkspace(PathBuf),
    /// Files were being written when a run was interrupted.
    #[error("an interrupted run has left files of {} half in place; finish it first", .0.display())]
    Interrupted(PathBuf),
    /// Two pins would be one package.
    #[error("the pins {0:?} and {1:?} would be the same package; give one deployment another name")]
    SamePackage(String, String),
    /// A deployment is on a pin that is not there.
    #[error("spec/deployments.toml: {deployment} is on the pin {pin:?}, but there is no spec/{pin}/pin.toml")]
    NoPin {
        /// The deployment.
        deployment: String,
        /// The pin.
        pin: String,
    },
    /// The committed document was changed by hand.
    #[error(
        "{path} is not what was fetched: its SHA-256 is not the one in pin.toml. Restore it (git checkout {path}), or pin the instance again; documents are corrected in spec/overlay.yaml"
    )]
    Tampered {
        /// The file.
        path: String,
    },
    /// A stage failed for a pin.
    #[error("pin {pin}: {source}")]
    Stage {
        /// The pin.
        pin: String,
        /// What failed.
        source: Box<StageError>,
    },
    /// The overlay or the names cannot be used.
    #[error(transparent)]
    Setup(#[from] StageError),
    /// A file cannot be read, or its contents are invalid.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Files cannot be compared or written.
    #[error(transparent)]
    Files(#[from] FileError),
}

/// Which names there are, in words.
fn list(known: &[String]) -> String {
    if known.is_empty() { "is none yet".to_owned() } else { format!("are {}", known.join(", ")) }
}

/// The error of a stage for a pin.
pub(super) fn stage(pin: &str, error: impl Into<StageError>) -> PinError {
    PinError::Stage { pin: pin.to_owned(), source: Box::new(error.into()) }
}
