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
    /// A workspace is needed, and none was chosen.
    #[error(
        "no workspace was chosen: use Client::workspace, or ClientBuilder::workspace for one that holds for all calls"
    )]
    NoWorkspace,
    /// What was given for a workspace, a report or a job cannot be one.
    #[error(transparent)]
    InvalidIdOrCode(#[from] InvalidIdOrCode),
}
