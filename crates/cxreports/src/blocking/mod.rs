//! The client for programs without an async runtime: the same names, and methods that block until they are done.
//!
//! Where the asynchronous client has something to `.await` ([`Reports`](crate::Reports), [`Wait`](crate::Wait)), this one has
//! `get()`; where it has a stream, this one has an iterator.
//!
//! ```
//! # use cxreports_sim::{Edition, Instance};
//! # let runtime = tokio::runtime::Runtime::new().unwrap();
//! # let instance = runtime.block_on(Instance::builder(Edition::V2026_5).token("a-token").start()).unwrap();
//! # let (url, token) = (instance.url(), "a-token");
//! # let folder = tempfile::tempdir().unwrap();
//! use cxreports::{blocking::Client, model::DocumentFormat::Xlsx};
//!
//! let cx = Client::builder(&url).token(token).workspace("finance").build()?;
//! for report in cx.reports().of_type("invoice").get()? {
//!     println!("{}: {}", report.id, report.name);
//! }
//! let export = cx.report("invoice").export().format(Xlsx).params(&[("customer", 7)]).start()?;
//! let path = export.wait().get()?.save_to(folder.path())?;
//! # assert!(path.ends_with("Invoice.xlsx"));
//!
//! let run = cx.job("monthly-invoices").run().start()?;
//! println!("{} entries", run.wait().get()?.entries);
//! let document = run.review_document()?.wait().get()?.bytes()?;
//! run.deliver()?;
//! let page = cx.report("invoice").preview().url()?.iframe("Invoice");
//! # assert!(document.starts_with(b"%PDF") && page.starts_with("<iframe"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod builder;
mod client;
mod driver;
mod export;
mod file;
mod instance;
mod job;
mod macros;
mod preview;
#[cfg(feature = "latest")]
mod probed;
mod report;
mod upload;
mod wait;
mod workspace;

pub use self::{
    builder::ClientBuilder,
    client::Client,
    driver::Blocking,
    export::{Export, ExportRequest, ReadyExport},
    file::ReportFile,
    instance::InstanceHandle,
    job::{JobHandle, JobRun, RunRequest},
    preview::Preview,
    report::{ReportHandle, Reports},
    upload::Upload,
    wait::Wait,
    workspace::WorkspaceHandle,
};
