//! How a command fails: what it says, what to do next, and the exit status.

use std::{error::Error as _, io, path::PathBuf, process::ExitCode};

use cxreports::{BuildError, CallError, Error, core::OperationSpec};
use thiserror::Error;

use crate::output::{printable, say_aside};

/// Why a command failed.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    #[error("{0}")]
    Usage(String),
    #[error(transparent)]
    Client(#[from] Error),
    #[error("{path}: {source}", path = path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("cannot print: {0}")]
    Print(io::Error),
    #[error("{0}: {1}")]
    System(&'static str, io::Error),
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

    /// The error with its causes, and the next step.
    pub(crate) fn print(&self) {
        let bold = anstyle::AnsiColor::Red.on_default().bold();
        say_aside(&format!("{bold}error{bold:#}: {}", self.text()));
        if let Some(next) = self.next() {
            let bold = anstyle::Style::new().bold();
            say_aside(&format!("{bold}next{bold:#}: {}", printable(&next)));
        }
    }

    /// The error with its causes, on one line each.
    pub(crate) fn text(&self) -> String {
        let mut text = match self {
            // The library says it in words of its own, for programmers.
            Self::Client(Error::NoWorkspace) => "no workspace was chosen".to_owned(),
            Self::Client(Error::Build(BuildError::NoToken)) => "no token".to_owned(),
            Self::Client(Error::Build(BuildError::PlainHttp { host })) => {
                format!("{host}: the token would go over plain http, where anyone on the network path can read it")
            }
            Self::Client(Error::WaitTimedOut { after, .. }) => {
                format!("it was not finished within {} s, and goes on", after.as_secs_f32())
            }
            other => other.to_string(),
        };
        let mut source = self.source();
        while let Some(error) = source {
            let said = error.to_string();
            if !text.contains(&said) {
                text.push_str(&format!("\n  because: {said}"));
            }
            source = error.source();
        }
        printable(&text)
    }

    fn next(&self) -> Option<String> {
        let Self::Client(error) = self else { return None };
        Some(match innermost(error) {
            Error::Call(call) if call.is_unauthenticated() => {
                "check the token: cxreports doctor; make a new one in the instance's user menu, Personal Access Tokens"
                    .to_owned()
            }
            Error::Call(CallError::Connection { .. } | CallError::TimedOut { .. } | CallError::Redirect { .. }) => {
                "check the address and the network: cxreports doctor".to_owned()
            }
            Error::Call(CallError::Status { status, operation, .. }) if status.as_u16() == 404 => {
                format!("see what there is: cxreports {}", listing(operation))
            }
            Error::Build(BuildError::NoToken) => {
                "set CX_REPORTS_PAT, or token_env, token_file or token_command in a profile".to_owned()
            }
            Error::Build(BuildError::PlainHttp { .. }) => {
                "use https, or set allow_plain_http = true in a profile".to_owned()
            }
            Error::NoWorkspace => {
                "choose one with --workspace, in the profile, or with CX_REPORTS_WORKSPACE_ID".to_owned()
            }
            Error::WaitTimedOut { ticket, .. } => match (ticket.file_id(), ticket.job_run()) {
                (Some(file), _) => format!("cxreports download {file} waits for it again"),
                (None, Some((job, run))) => format!("cxreports run {job} --resume {run} --wait waits for it again"),
                (None, None) => return None,
            },
            Error::Expired { .. } => "export it again".to_owned(),
            _ => return None,
        })
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Usage(_) => 2,
            Self::Client(error) => match innermost(error) {
                Error::Build(_) | Error::NoWorkspace | Error::InvalidIdOrCode(_) => 2,
                Error::Call(call) if call.is_unauthenticated() => 3,
                Error::Call(CallError::Connection { .. } | CallError::TimedOut { .. } | CallError::Redirect { .. }) => {
                    4
                }
                Error::WaitTimedOut { .. } => 5,
                _ => 1,
            },
            Self::File { .. } | Self::Print(_) | Self::System(..) => 1,
        })
    }
}

/// The command that lists what the path of an operation names last: that of `list_report_types` is `report-types`.
fn listing(operation: &str) -> String {
    let path = OperationSpec::named(operation).into_iter().flat_map(OperationSpec::path_parameters);
    let lister = path.filter_map(|parameter| parameter.listed_by).last().unwrap_or("list_workspaces");
    lister.trim_start_matches("list_").replace('_', "-")
}

/// What ended a wait says more than that it ended.
fn innermost(error: &Error) -> &Error {
    match error {
        Error::WaitBroken { source, .. } => innermost(source),
        error => error,
    }
}
