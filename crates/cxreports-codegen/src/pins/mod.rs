//! The pins of a repository: what is committed, and what it should be.
//!
//! Nothing here touches the network or writes: a [`Plan`] holds every file as it should be, to be checked or written.

mod committed;
mod error;
mod plan;
mod toml;

pub use committed::{Deployment, Pins, check_name};
pub use error::PinError;
pub use plan::{OperationChanges, Plan, PlannedPin, Request};

use crate::pipeline::Stage;

/// What is told of progress: a pin or deployment, and the stage that its document is in.
pub type Progress<'a> = &'a mut dyn FnMut(&str, Stage);

/// The folder of the generated crates.
const CRATES: &str = "crates/pins";
