use std::time::Duration;

use cxreports_core::{CallError, InvalidIdOrCode};
use thiserror::Error;

/// Why something could not be had. Its text never has a token, a nonce, a body or a header.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The call failed.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The call took longer than a request may.
    #[error("{operation}: no answer within {} s; see ClientBuilder::request_timeout", after.as_secs_f32())]
    TimedOut {
        /// The operation.
        operation: &'static str,
        /// The limit.
        after: Duration,
    },
    /// Parameters or data cannot be written as JSON; nothing was sent.
    #[error("{what} cannot be written as JSON")]
    NotJson {
        /// Which.
        what: &'static str,
        /// What its `Serialize` said.
        source: serde_json::Error,
    },
    /// A URL would be longer than servers take; no nonce was spent on it.
    #[error(
        "the URL would have {bytes} bytes, of at most {most}, for its {because}; upload large data first (WorkspaceHandle::upload) and pass its id"
    )]
    UrlTooLong {
        /// Its length.
        bytes: usize,
        /// The longest that is sent.
        most: usize,
        /// What makes it so long.
        because: &'static str,
    },
    /// A workspace is needed, and none was chosen.
    #[error(
        "no workspace was chosen: use Client::workspace, or ClientBuilder::workspace for one that holds for all calls"
    )]
    NoWorkspace,
    /// What was given for a workspace, a report or a job cannot be one.
    #[error(transparent)]
    InvalidIdOrCode(#[from] InvalidIdOrCode),
}
