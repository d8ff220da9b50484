//! The vocabulary of the CxReports API, without I/O.
//!
//! An [operation](op) is a plain struct that knows its own [shape](OperationSpec); a pinned client implements
//! [`Supports`] for every operation that its instance has. Code that asks a pin for an operation it lacks does not
//! compile:
//!
//! ```
//! use cxreports_core::{op, CallError, Supports};
//!
//! async fn names<C: Supports<op::ListWorkspaces>>(client: &C) -> Result<Vec<String>, CallError> {
//!     Ok(client.call(op::ListWorkspaces {}).await?.into_iter().map(|w| w.name).collect())
//! }
//! ```
#![deny(missing_docs)]

mod argument;
mod auth;
mod binding;
mod download;
mod error;
mod exchange;
mod expected;
mod ids;
mod json;
mod message;
pub mod model;
pub mod op;
mod payload;
mod pin;
pub mod poll;
mod read;
pub mod retry;
mod shape;
mod supports;
mod value;

pub use argument::Argument;
pub use auth::{Authorize, AuthorizeFuture, Bearer};
pub use binding::{Absent, Binding, BoundField, Encoding, Extra};
pub use download::{Download, DownloadStream};
pub use error::{BoxError, CallError, ErrorClass};
pub use exchange::Exchange;
pub use ids::{
    FileId, IdOrCode, InvalidIdOrCode, JobId, JobRunId, PageId, ReportId, ReportTypeId, TemplateId, TemporaryDataId,
    ThemeId, ToIdOrCode, WorkspaceId,
};
pub use json::Json;
pub use message::{ServerMessage, is_printable};
pub use payload::{Payload, PayloadBody, PayloadStream, WritePayload, count_written};
pub use pin::{Pin, Pinned, PinnedOperation};
pub use read::{Content, Lenient, Output, is_json};
pub use shape::{Effect, EnumSpec, Field, Kind, Location, ObjectSpec, OperationSpec, Parameter, Wire, WireObject};
pub use supports::{Operation, Supports};
pub use value::{WireValue, parse_time};

/// The exact chrono that [`model`] uses for its times.
pub use chrono;
/// The exact http that [`CallError`] and [`Authorize`] use.
pub use http;
