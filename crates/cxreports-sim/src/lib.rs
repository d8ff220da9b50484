//! A CxReports instance to test against: a real HTTP server on a real socket, with seeded data, that behaves as ASP.NET does.
//!
//! ```
//! use cxreports_sim::{Edition, Instance};
//!
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! let instance = Instance::builder(Edition::V2026_5).token("a token of the test's own").start().await?;
//! println!("{}/swagger/index.html", instance.url());
//! # Ok::<(), cxreports_sim::StartError>(()) }).unwrap();
//! ```
//!
//! The instance stops when it is dropped. [`Instance::start`] starts one with the defaults.
//!
//! # Your own data
//!
//! [`Seed`](seed::Seed) is the data of an instance. It defaults to [`Seed::demo`](seed::Seed::demo), and
//! [`Seed::from_json`](seed::Seed::from_json) reads it from a file.
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
//! # Faults
//!
//! A [`FaultRule`] makes requests fail: all of them or those to one [`Endpoint`], always, a number of times, or with a probability.
//! Rules can be replaced while the instance runs.
//!
//! ```
//! use cxreports_sim::{Endpoint, Fault, FaultRule, Instance, op};
//!
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! let instance = Instance::start().await?;
//! instance.set_faults([
//!     FaultRule::new(Fault::TooManyRequests(2)).on(Endpoint::of::<op::StartExport>()).times(1),
//!     FaultRule::new(Fault::DropAfter).on(Endpoint::of::<op::GetExportStatus>()).probability(0.1),
//! ]);
//! // The program under test runs here, and then:
//! assert_eq!(instance.requests(Endpoint::of::<op::DeliverJobRun>()), 0);
//! # Ok::<(), cxreports_sim::StartError>(()) }).unwrap();
//! ```
//!
//! # Time
//!
//! Nonces, temporary data and files expire by the instance's clock; [`Instance::advance`] moves it.
//!
//! # Differences between releases
//!
//! [`Edition`] selects the API, [`ErrorStyle`] the format of errors, and [`Login`] the response to a request without a valid token;
//! [`Builder`] has the other settings. Exported files are valid: office programs open them, and they contain the report's name,
//! parameters and data.
//!
//! With [`Builder::strict`], an instance accepts only requests that its document describes, to test a client.
#![doc = ""]
#![doc = include_str!("behaviour.md")]
#![deny(missing_docs)]

mod auth;
mod binding;
mod call;
mod clock;
mod document;
mod edition;
mod endpoint;
mod expiring;
mod export;
mod fault;
mod gate;
mod instance;
mod job;
mod json;
mod limits;
mod negotiation;
mod operations;
mod preview;
mod problem;
mod read;
mod response;
mod routes;
pub mod seed;
mod server;
mod settings;
mod state;
#[cfg(feature = "validate")]
mod strict;
mod swagger;
mod time;
mod trace;
mod upload;
mod wire;

pub use cxreports_core::op;
pub use edition::{Edition, UnknownEdition};
pub use endpoint::{Endpoint, UnknownEndpoint};
pub use fault::{Fault, FaultRule, InvalidFault};
pub use instance::{Builder, Instance, StartError};
pub use problem::ErrorStyle;
pub use settings::{Login, ProxyLimits, SessionCookie, Timeouts};
