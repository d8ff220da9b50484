//! How a command fails: the message, the hint at the next step, and the exit status.

use std::{error::Error as _, io, path::PathBuf};

use cxreports::{
    BuildError, CallError, Error, ErrorClass, Ticket,
    core::{Effect, OperationSpec},
};
use serde::Serialize;
use thiserror::Error;

use crate::{recommend::again, terminal::printable};

/// Why a command failed.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    /// An argument, a profile or an input file is not as it should be.
    #[error("{0}")]
    Usage(String),
    #[error(transparent)]
    Client(#[from] Error),
    #[error("{path}: {source}", path = path.display())]
    File { path: PathBuf, source: io::Error },
    /// Nothing of a run awaits delivery.
    #[error("no entry of run {0} awaits delivery: it may have been delivered before; check on the instance")]
    Delivered(cxreports::JobRunId),
    #[error("cannot write to standard output: {0}")]
    Print(io::Error),
    #[error("{0}: {1}")]
    System(&'static str, io::Error),
    #[error("interrupted")]
    Interrupted,
}

/// What a failure concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// This request.
    This,
    /// Every request: the token was refused.
    Token,
    /// Every request, if it lasts: the instance cannot be reached.
    Instance,
}

impl From<BuildError> for Failure {
    fn from(error: BuildError) -> Self {
        Error::from(error).into()
    }
}

impl Failure {
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }

    /// The message, followed by its causes, one a line.
    pub(crate) fn text(&self) -> String {
        let mut text = self.message();
        let mut source = self.source();
        while let Some(error) = source {
            let cause = error.to_string();
            if !text.contains(&cause) {
                text.push_str(&format!("\n  because: {cause}"));
            }
            source = error.source();
        }
        printable(&text)
    }

    /// The same on one line.
    pub(crate) fn line(&self) -> String {
        self.text().replace("\n  because", "; because")
    }

    fn message(&self) -> String {
        let Self::Client(error) = self else { return self.to_string() };
        // Where the library names its own methods, the command says the same without them.
        match error {
            Error::NoWorkspace => "no workspace was chosen".to_owned(),
            Error::Build(BuildError::NoToken) => "no token".to_owned(),
            Error::Build(BuildError::PlainHttp { host }) => {
                format!("{host}: the token would be sent over plain http, where anyone on the network path can read it")
            }
            Error::WaitTimedOut { after, .. } => {
                format!("not finished within {} s; it continues on the server", after.as_secs_f32())
            }
            Error::WaitBroken { .. } => "waiting ended because the status could not be read".to_owned(),
            Error::DataExpired { id, .. } => format!("temporary data {id} has expired"),
            Error::UrlTooLong { bytes, most, because } => {
                format!("the URL would have {bytes} bytes, of at most {most}, for its {because}")
            }
            Error::Stalled { operation, after, received } => {
                format!("{operation}: nothing arrived for {} s, after {received} bytes", after.as_secs_f32())
            }
            other => other.to_string(),
        }
    }

    /// What to do next, if that is known.
    pub(crate) fn hint(&self) -> Option<String> {
        let Self::Client(error) = self else { return None };
        Some(match innermost(error) {
            Error::Call(call) if call.is_unauthenticated() => {
                format!(
                    "check the token: {}; create a new one in the instance's user menu, Personal Access Tokens",
                    again("doctor")
                )
            }
            Error::Call(CallError::TimedOut { operation, .. }) => {
                let is_rendered = OperationSpec::named(operation).is_some_and(|spec| spec.effect == Effect::Renders);
                let option = if is_rendered { "--timeout" } else { "--request-timeout" };
                format!("allow more time: {option} SECONDS; or check the instance: {}", again("doctor"))
            }
            Error::Call(CallError::Connection { .. } | CallError::Redirect { .. }) => {
                format!("check the address and the network: {}", again("doctor"))
            }
            Error::Call(CallError::Status { status, operation, .. }) if status.as_u16() == 404 => {
                return existing(operation);
            }
            Error::NoSuchJob(_) => format!("list the jobs: {}", again("jobs list")),
            Error::Build(BuildError::NoToken) => {
                "set CX_REPORTS_PAT, or add a profile: cxreports profile add --help".to_owned()
            }
            Error::Build(BuildError::PlainHttp { .. }) => {
                "use https, or set allow_plain_http = true in a profile".to_owned()
            }
            Error::NoWorkspace => {
                "choose one with --workspace, in the profile, or with CX_REPORTS_WORKSPACE_ID".to_owned()
            }
            Error::WaitTimedOut { ticket, .. } | Error::NotReady { ticket } => return resumption(ticket),
            Error::Expired { .. } => "export it again".to_owned(),
            Error::DataExpired { .. } => format!("upload the data again: {}", again("data upload FILE")),
            Error::UrlTooLong { .. } => {
                format!("upload the data first: {}, then export --temporary-data ID", again("data upload FILE"))
            }
            _ => return None,
        })
    }

    /// What the failure means for other work on the same instance.
    pub(crate) fn scope(&self) -> Scope {
        let Self::Client(error) = self else { return Scope::This };
        match innermost(error) {
            Error::Call(call) if call.is_unauthenticated() => Scope::Token,
            Error::Call(CallError::Connection { maybe_sent: false, .. }) => Scope::Instance,
            _ => Scope::This,
        }
    }

    /// Whether what was begun on the server may go on there, or may have happened, in spite of the failure.
    pub(crate) fn leaves_work(&self) -> bool {
        let error = match self {
            Self::Client(error) => error,
            // What could not be printed may be the only trace of what goes on.
            Self::Print(_) | Self::Interrupted => return true,
            _ => return false,
        };
        match innermost(error) {
            Error::WaitTimedOut { .. } | Error::NotReady { .. } | Error::Stalled { .. } | Error::WrongLength { .. } => {
                true
            }
            Error::Call(call) => match call.class() {
                ErrorClass::Interrupted | ErrorClass::TimedOut | ErrorClass::ServerFault => true,
                // What reads comes after what was begun.
                ErrorClass::NotProcessed => reads(call),
                ErrorClass::Permanent => false,
            },
            _ => false,
        }
    }

    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Usage(_) => Kind::Usage,
            Self::Client(error) => match innermost(error) {
                Error::Build(_) | Error::NoWorkspace | Error::InvalidIdOrCode(_) => Kind::Usage,
                Error::Call(call) if call.is_unauthenticated() => Kind::TokenRefused,
                Error::Call(CallError::Connection { .. } | CallError::TimedOut { .. } | CallError::Redirect { .. }) => {
                    Kind::Unreachable
                }
                Error::WaitTimedOut { .. } => Kind::NotFinished,
                _ => Kind::Failed,
            },
            Self::File { .. } | Self::Delivered(_) | Self::Print(_) | Self::System(..) => Kind::Failed,
            Self::Interrupted => Kind::Interrupted,
        }
    }

    /// Whether the instance has refused the token.
    pub(crate) fn is_unauthenticated(&self) -> bool {
        self.call().is_some_and(CallError::is_unauthenticated)
    }

    /// The request that failed.
    pub(crate) fn call(&self) -> Option<&CallError> {
        let Self::Client(error) = self else { return None };
        if let Error::Call(call) = innermost(error) { Some(call) } else { None }
    }
}

/// The kinds of failures, each with an exit status of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[repr(u8)]
pub(crate) enum Kind {
    Failed = 1,
    Usage = 2,
    TokenRefused = 3,
    Unreachable = 4,
    NotFinished = 5,
    Interrupted = 130,
}

impl From<Kind> for std::process::ExitCode {
    fn from(kind: Kind) -> Self {
        Self::from(kind as u8)
    }
}

/// Whether the operation that failed only reads.
fn reads(call: &CallError) -> bool {
    let (CallError::Connection { operation, .. } | CallError::Status { operation, .. }) = call else { return false };
    OperationSpec::named(operation).is_some_and(|spec| spec.effect == Effect::Reads)
}

/// The error that ended a wait, or the error itself.
fn innermost(error: &Error) -> &Error {
    match error {
        Error::WaitBroken { source, .. } => innermost(source),
        error => error,
    }
}

/// The command that lists what an operation's path names, by the last thing in it that can be listed. Nothing when that is the
/// workspace and the path names more.
fn existing(operation: &str) -> Option<String> {
    let path: Vec<_> = OperationSpec::named(operation)?.path_parameters().collect();
    let last = path.iter().rposition(|parameter| parameter.listed_by.is_some())?;
    let things = path[last].listed_by?.strip_prefix("list_")?;
    let list = again(&format!("{things} list"));
    match (last, path.len()) {
        (0, 1) => Some(format!("list the {things}: {list}; or check the address: {}", again("doctor"))),
        (0, _) => None,
        _ => Some(format!("list the {things}: {list}; or the workspaces: {}", again("workspaces list"))),
    }
}

/// The command that goes on with what a ticket is for.
fn resumption(ticket: &Ticket) -> Option<String> {
    match (ticket.file_id(), ticket.job_run()) {
        (Some(file), _) => Some(format!("wait for it again: {}", again(&format!("download {file}")))),
        (None, Some((job, run))) => {
            Some(format!("wait for it again: {}", again(&format!("run {job} --resume {run} --wait"))))
        }
        (None, None) => None,
    }
}
