//! A client for CxReports reporting servers, on top of the pin of your instance.
//!
//! ```
//! # use cxreports_sim::{Edition, Instance};
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! # let instance = Instance::builder(Edition::V2026_5).token("a-token").start().await.unwrap();
//! # let (url, token) = (instance.url(), "a-token");
//! let cx = cxreports::Client::builder(&url).token(token).workspace("finance").build()?;
//! for report in cx.reports().of_type("invoice").await? {
//!     println!("{}: {}", report.id, report.name);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
//! ```
//!
//! A client is of the newest pin unless told otherwise ([`ClientBuilder::pin`]). A method is there for the pins whose
//! instance has the operation; for the others the code does not compile.
//!
//! So far it reads (workspaces, reports and their pages, report types, templates, themes, jobs), uploads temporary data and makes
//! preview URLs. Exports and job runs are in [`cxreports_core::op`], through [`Client::pinned`].
#![deny(missing_docs)]

mod builder;
mod client;
mod data;
mod error;
mod preview;
mod workspace;

pub use builder::{BuildError, ClientBuilder};
pub use client::Client;
pub use cxreports_core as core;
pub use cxreports_core::{
    Authorize, Bearer, CallError, IdOrCode, InvalidIdOrCode, model, poll::PollPolicy, retry::RetryPolicy,
};
pub use cxreports_pin_2026_5::Api as LatestPin;
pub use data::Upload;
pub use error::Error;
pub use preview::{Preview, PreviewUrl};
pub use workspace::{ReportHandle, Reports, ToIdOrCode, WorkspaceHandle};
