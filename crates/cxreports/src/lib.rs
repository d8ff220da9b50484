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
//! By default a client uses the newest pin; [`ClientBuilder::pin`] sets another. A method is there for the pins whose
//! instance has the operation; for the others the code does not compile.
//!
//! | what | where |
//! | --- | --- |
//! | read: workspaces, reports, pages, types, templates, themes, jobs | [`Client`], [`WorkspaceHandle`], [`ReportHandle`] |
//! | export, at once or to be waited for | [`ReportHandle::export`], [`Export`], [`ReadyExport`], [`ReportFile`] |
//! | go on in another process | [`Ticket`] |
//! | upload data once, use it often | [`WorkspaceHandle::upload`] |
//! | show a report in an iframe | [`ReportHandle::preview`] |
//! | run a job, review and deliver it | [`WorkspaceHandle::job`], [`JobRun`] |
//! | an instance of which nothing is known | [`ClientBuilder::probe`] |
//! | programs without an async runtime | `blocking` (feature `blocking`) |
//! | has the instance changed since it was pinned? | [`InstanceHandle::check`] |
//!
//! [`guide`] has one for each task: pin, export, embed, jobs, upgrade, test, and coming from another client.
//!
//! Each time has a setting of its own: [connecting](ClientBuilder::connect_timeout), [a request up to its
//! answer](ClientBuilder::request_timeout), [a file that makes no progress](ClientBuilder::idle_timeout), and [a
//! wait](Wait::within) as a whole. There is no limit on the whole of a download.
//!
//! Spans of [`tracing`] named `cxreports`, at the level debug, carry operation, workspace, attempt, status and duration of
//! each request; no query, no body and no secret.
#![deny(missing_docs)]

#[cfg(feature = "blocking")]
pub mod blocking;
mod builder;
mod client;
mod data;
mod error;
mod export;
mod file;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
pub mod guide;
mod instance;
mod job;
mod latest;
mod name;
mod preview;
mod report;
mod signature;
mod ticket;
mod transport;
mod wait;
mod workspace;

pub use builder::ClientBuilder;
pub use client::Client;
pub use cxreports_core as core;
pub use cxreports_core::{
    Authorize, Bearer, CallError, ErrorClass, IdOrCode, InvalidIdOrCode, ToIdOrCode, model, poll::PollPolicy,
    retry::RetryPolicy,
};
pub use data::{Upload, UploadedData};
pub use error::{BuildError, Error};
pub use export::{ready::ReadyExport, request::ExportRequest, started::Export};
pub use file::{Progress, ReportFile};
pub use instance::{
    check::{Check, Difference, InstanceHandle},
    probed::{ProbeResult, Probed},
};
pub use job::{JobHandle, JobRun, RunRequest};
pub use latest::LatestPin;
pub use preview::{Preview, PreviewUrl};
pub use report::{ReportHandle, Reports};
pub use ticket::Ticket;
pub use wait::{Awaited, Wait};
pub use workspace::WorkspaceHandle;
