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
//! The instance stops when it is dropped. [`Instance::start`] is the shortest way to one.
//!
//! # Your own data
//!
//! [`seed`] has the data of an instance; [`Seed::demo`](seed::Seed::demo) is the default.
//!
//! ```
//! use cxreports_sim::{Edition, Instance, seed::{Seed, Workspace}};
//!
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! let shop = Workspace::new(1, "shop", "Shop").report(10, "order", "Order").template(1, "plain", "Plain");
//! let instance = Instance::builder(Edition::V2026_5).token("t").seed(Seed::of([shop])).start().await?;
//! # let _ = instance.url();
//! # Ok::<(), cxreports_sim::StartError>(()) }).unwrap();
//! ```
//!
//! # What goes wrong
//!
//! [`Fault`]s happen on request: to every request or to those of an [`Endpoint`], always, so many times, or by chance from a seed.
//! They can be changed while the instance runs.
//!
//! ```
//! use cxreports_sim::{Endpoint, Fault, FaultRule, Instance};
//!
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! let instance = Instance::start().await?;
//! instance.set_faults([
//!     FaultRule::new(Fault::TooManyRequests(2)).on(Endpoint::StartExport).times(1),
//!     FaultRule::new(Fault::DropAfter).on(Endpoint::ExportStatus).probability(0.1),
//! ]);
//! // The program under test runs here, and then:
//! assert_eq!(instance.requests(Endpoint::Deliver), 0);
//! # Ok::<(), cxreports_sim::StartError>(()) }).unwrap();
//! ```
//!
//! # How releases differ
//!
//! [`Edition`] is what it serves; [`ErrorStyle`] how it writes errors; [`Login`] what it answers without a valid token. Every
//! request is checked against the document that it serves, and what is wrong with it is said. Documents are real ones, that
//! office programs open, and have the report's name, parameters and data in them.
#![deny(missing_docs)]

mod answer;
mod auth;
mod binding;
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
