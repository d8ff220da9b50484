use std::{io, path::PathBuf, time::Duration};

use cxreports_core::{CallError, ErrorClass, InvalidIdOrCode, TemporaryDataId};
use http::StatusCode;
use thiserror::Error;

use crate::ticket::Ticket;

/// Why something failed. Its text never has a token, a nonce, a body or a header.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The call failed.
    #[error(transparent)]
    Call(#[from] CallError),
    /// There is no client.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// Parameters or data cannot be serialised as JSON, or their file cannot be read; nothing was sent.
    #[error("{what} cannot be serialised as JSON or read")]
    NotJson {
        /// `params` or `data`.
        what: &'static str,
        /// Why.
        source: io::Error,
    },
    /// A URL would be longer than servers take; nothing was sent.
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
    /// A setting has no place in this kind of export; nothing was sent.
    #[error("{setting} cannot be sent with {with}; {instead}")]
    ConflictingSettings {
        /// The setting.
        setting: &'static str,
        /// The kind of export.
        with: &'static str,
        /// What to do instead.
        instead: &'static str,
    },
    /// The temporary data has expired, or was never there.
    #[error("temporary data {id} has expired; upload it again (WorkspaceHandle::upload)")]
    DataExpired {
        /// Its id.
        id: TemporaryDataId,
        /// What the server said, if it was asked.
        source: Option<Box<CallError>>,
    },

    /// It was not finished when the time for waiting was over. It goes on: wait again, here or elsewhere, by the ticket.
    #[error(
        "it was not finished within {} s and continues on the server; the error's ticket resumes the wait",
        after.as_secs_f32()
    )]
    WaitTimedOut {
        /// What is needed to go on.
        ticket: Box<Ticket>,
        /// The time.
        after: Duration,
        /// Why the last request for the status failed, if it did.
        source: Option<Box<Error>>,
    },
    /// The wait ended because reading the status failed, permanently or too often in a row. The work may well continue on the server.
    #[error("waiting ended because the status could not be read; the error's ticket resumes the wait")]
    WaitBroken {
        /// What is needed to go on.
        ticket: Box<Ticket>,
        /// The last failure.
        source: Box<Error>,
    },
    /// The file has expired, or has been deleted: export it again.
    #[error("the exported file is not there any more; files expire, export it again")]
    Expired {
        /// What the server said.
        source: CallError,
    },
    /// The server could not make the file.
    #[error("the export failed{}", message.as_ref().map(|message| format!(": {message}")).unwrap_or_default())]
    ExportFailed {
        /// What the server said.
        message: Option<String>,
    },
    /// The file is not ready yet: wait for it.
    #[error("the exported file is not ready yet; wait for it")]
    NotReady {
        /// What is needed to go on.
        ticket: Box<Ticket>,
    },
    /// A ticket is for another instance than the client.
    #[error("the ticket is for the instance {ticket}, and the client is for {client}")]
    OtherInstance {
        /// The ticket's instance.
        ticket: String,
        /// The client's.
        client: String,
    },

    /// The download fell silent.
    #[error(
        "{operation}: the download made no progress for {} s, after {received} bytes; see ClientBuilder::idle_timeout",
        after.as_secs_f32()
    )]
    Stalled {
        /// The operation.
        operation: &'static str,
        /// The limit.
        after: Duration,
        /// Bytes that had come.
        received: u64,
    },
    /// The file is shorter or longer than the server said.
    #[error("{operation}: {received} bytes came, where the server had said {expected}")]
    WrongLength {
        /// The operation.
        operation: &'static str,
        /// The size that the server stated.
        expected: u64,
        /// The size that came.
        received: u64,
    },
    /// The file is larger than this client takes: [`file_limit`](crate::ClientBuilder::file_limit), or
    /// [`memory_limit`](crate::ClientBuilder::memory_limit) where it is held in memory.
    #[error("{operation}: the file is larger than {limit} bytes, the limit of this client")]
    TooLarge {
        /// The operation.
        operation: &'static str,
        /// The limit.
        limit: u64,
    },
    /// The file cannot be written.
    #[error("{}: the file cannot be written there", path.display())]
    Save {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// The blocking client was called from asynchronous code, which it would hold up; nothing was sent.
    #[error("the blocking client was called inside of an async runtime: use cxreports::Client there")]
    InsideRuntime,
    /// The workspace has no such job.
    #[error("the workspace has no job {0:?}")]
    NoSuchJob(String),
    /// The runs of a job that needs no review are not delivered by request; nothing was sent.
    #[error("job {0:?} does not require a review, so its runs are not delivered by request")]
    ReviewNotRequired(String),
}

impl Error {
    /// What the failure says about doing the same again.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Call(error) => error.class(),
            Self::Stalled { .. } | Self::WrongLength { .. } => ErrorClass::Interrupted,
            Self::WaitBroken { source, .. } => source.class(),
            Self::WaitTimedOut { .. } => ErrorClass::TimedOut,
            Self::NotReady { .. } => ErrorClass::NotProcessed,
            _ => ErrorClass::Permanent,
        }
    }

    /// The status of the response that was an error, if there was one.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Call(error) | Self::Expired { source: error } => error.status(),
            Self::WaitBroken { source, .. } => source.status(),
            _ => None,
        }
    }

    /// How long the server asks to wait before the next try.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Call(error) => error.retry_after(),
            _ => None,
        }
    }

    /// What is needed to go on with what this error interrupted, if it can be gone on with.
    #[must_use]
    pub fn ticket(&self) -> Option<&Ticket> {
        match self {
            Self::WaitTimedOut { ticket, .. } | Self::WaitBroken { ticket, .. } | Self::NotReady { ticket } => {
                Some(ticket)
            }
            _ => None,
        }
    }
}

/// Why there is no client.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The base URL is not valid.
    #[error("{url:?} cannot be the URL of an instance: {reason}; write it like https://reports.example.com")]
    BadUrl {
        /// What was given, without what may be a secret.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A token over plain http can be read by anyone on the network path.
    #[error(
        "{host}: the token would go over plain http, where anyone on the network path can read it; use https, or say allow_plain_http()"
    )]
    PlainHttp {
        /// The host.
        host: String,
    },
    /// No token.
    #[error("no token: pass one with token(), or what gives one with authorize()")]
    NoToken,
    /// A variable of the environment is not there.
    #[error("the environment has no {0}")]
    NoVariable(&'static str),
    /// The token cannot be sent.
    #[error(transparent)]
    Token(CallError),
    /// The workspace is not an id or a code.
    #[error(transparent)]
    Workspace(#[from] InvalidIdOrCode),
    /// The HTTP client cannot be created.
    #[error("the HTTP client cannot be created")]
    Http(#[source] reqwest::Error),
    /// The threads behind the blocking client cannot be started.
    #[error("the threads of the blocking client cannot be started")]
    Runtime(#[source] io::Error),
}
