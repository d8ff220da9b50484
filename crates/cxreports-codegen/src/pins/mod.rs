//! The pins of a repository: what is committed, and what it should be.
//!
//! Nothing here touches the network or writes: a [`Plan`] holds every file as it should be, to be checked or written.

mod committed;
mod error;
mod plan;
mod toml;

pub use committed::{Pins, check_name};
pub use error::PinError;
pub use plan::{OperationChanges, Plan, PlannedPin, Progress, Request};
pub use toml::Deployment;
