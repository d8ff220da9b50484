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
//! # Where to start
//!
//! 1. [Pin your deployment](guide::pin): generate the client of your instance. Without a pin of your own, a client uses the newest one that
//!    this crate knows.
//! 2. [Export a report](guide::export): in one request, or started, waited for and downloaded.
//! 3. [Embed a report](guide::embed) in an iframe.
//! 4. [Run a job](guide::jobs), review and deliver it.
//! 5. [Upgrade an instance](guide::upgrade): know what breaks before it does.
//! 6. [Test your own code](guide::test) against a simulated instance.
//! 7. [Observe requests](guide::observe): metrics, traces and request ids.
//! 8. [Troubleshoot](guide::troubleshoot) by error message, [migrate](guide::migrate) from another client, and read
//!    [what stays stable](guide::stability).
//!
//! # Where things are
//!
//! | To | use |
//! | --- | --- |
//! | list workspaces, reports, pages, types, templates, themes and jobs | [`Client`], [`WorkspaceHandle`], [`ReportHandle`] |
//! | export a report | [`ReportHandle::export`], [`Export`], [`ReadyExport`], [`ReportFile`] |
//! | continue in another process | [`Ticket`] |
//! | upload data once and use it several times | [`WorkspaceHandle::upload`] |
//! | show a report in an iframe | [`ReportHandle::preview`] |
//! | run a job, review and deliver it | [`WorkspaceHandle::job`], [`JobRun`] |
//! | call an instance of which nothing is known | [`ClientBuilder::probe`] |
//! | count and trace requests | [`Observer`] |
//! | call from a program without an async runtime | `blocking` (feature `blocking`) |
//! | check whether an instance has changed since it was pinned | [`InstanceHandle::check`] |
//!
//! A method is available for the pins whose instance has its operation; for other pins, calling it is a compile error. A client uses the
//! newest pin unless [`ClientBuilder::pin`] sets another.
//!
//! # Features
//!
//! - `latest` (default): the newest pin that this crate knows, and [`ClientBuilder::probe`], which starts from it. Turn it off where
//!   each client has a pin of your own; nothing else of the client changes.
//! - `rustls` (default): TLS for `https` URLs, with the certificates of the system. Without it, the program enables a TLS feature of its
//!   [`reqwest`](https://docs.rs/reqwest/0.13/reqwest/#optional-features): `native-tls`, or `rustls-no-provider` with a
//!   [provider](https://docs.rs/rustls/latest/rustls/crypto/struct.CryptoProvider.html) that it installs.
//! - `blocking`: the client for programs without an async runtime.
//!
//! # Time-outs
//!
//! Each has a setting of its own: [connecting](ClientBuilder::connect_timeout), [the start of a
//! response](ClientBuilder::request_timeout), [a download that makes no progress](ClientBuilder::idle_timeout), and [a wait](Wait::within).
//! There is no limit on the duration of a download.
//!
//! # Tracing and metrics
//!
//! Each request has a span of [`tracing`], named `cxreports`, at the level debug. Its fields are those of OpenTelemetry's [semantic
//! conventions for HTTP clients](https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client), such as `http.request.method`,
//! `url.template`, `server.address`, `http.response.status_code`, `http.request.resend_count` and `error.type`, and operation,
//! workspace, `duration_ms` and the ids of the request. `url.full` is left out, since queries carry data. An [`Observer`] sees the same
//! for metrics and tests. Neither gets a query, a body or a secret.
//!
//! Each request carries a [`traceparent`](https://www.w3.org/TR/trace-context/), by whose id ASP.NET logs it and which it repeats as
//! `traceId` in errors; [`Observer::trace_parent`] continues a trace of yours instead, and [`ClientBuilder::without_trace_ids`] sends none.
//! The server's id is kept: see [`CallError::request_id`] and [`ReportFile::request_id`].
#![deny(missing_docs)]
// Some of what asks an instance what it serves is needed by probing alone.
#![cfg_attr(not(feature = "latest"), allow(dead_code))]

#[cfg(feature = "blocking")]
pub mod blocking;
mod builder;
mod client;
mod data;
mod disk;
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
mod observe;
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
    Authorize, Bearer, CallError, ErrorClass, FileId, IdOrCode, InvalidIdOrCode, JobId, JobRunId, Json, PageId,
    Payload, ReportId, ReportTypeId, TemplateId, TemporaryDataId, ThemeId, ToIdOrCode, WorkspaceId, model,
    poll::PollPolicy, retry::RetryPolicy,
};
pub use data::{Upload, UploadedData};
pub use error::{BuildError, Error};
pub use export::{ready::ReadyExport, request::ExportRequest, started::Export};
pub use file::{Progress, ReportFile};
pub use instance::check::{Check, Difference, InstanceHandle};
#[cfg(feature = "latest")]
pub use instance::probed::{ProbeResult, Probed};
pub use job::{JobHandle, JobRun, RunRequest};
pub use latest::LatestPin;
pub use name::safe_file_name;
pub use observe::{Observer, RequestEvent, ResponseEvent};
pub use preview::{Preview, PreviewUrl};
pub use report::{ReportHandle, Reports};
pub use ticket::Ticket;
pub use wait::{Awaited, Wait};
pub use workspace::WorkspaceHandle;
