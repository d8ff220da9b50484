//! A CxReports instance to test against: a real HTTP server on a real socket, with seeded data.
//!
//! ```
//! use cxreports_sim::{Edition, Instance};
//!
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! let instance = Instance::builder(Edition::V2026_5).token("a token of the test's own").start().await?;
//! let swagger = format!("{}/swagger/v1/swagger.json", instance.url());
//! # assert!(reqwest::get(swagger).await.unwrap().status().is_success());
//! # Ok::<(), cxreports_sim::StartError>(()) }).unwrap();
//! ```
//!
//! The instance stops when it is dropped.
#![deny(missing_docs)]

mod answer;
mod auth;
mod document;
mod edition;
mod endpoint;
mod export;
mod fault;
mod gate;
mod instance;
mod job;
mod preview;
mod read;
mod router;
pub mod seed;
mod state;
mod swagger;
mod upload;
mod validate;

pub use answer::ErrorStyle;
pub use auth::Login;
pub use edition::{Edition, UnknownEdition};
pub use endpoint::{Endpoint, UnknownEndpoint};
pub use fault::{Fault, FaultRule, InvalidFault};
pub use instance::{Builder, Instance, StartError};
