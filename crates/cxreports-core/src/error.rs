use std::{fmt, time::Duration};

use http::{HeaderMap, StatusCode, header};
use thiserror::Error;

/// A source that is not ours.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why a call failed. Its text never has a token, a nonce, a body or a header.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CallError {
    /// An argument cannot be sent; nothing was.
    #[error("{0}")]
    InvalidArgument(String),

    /// The credentials could not be had; nothing was sent.
    #[error("no credentials for the request: {0}")]
    Credentials(String),

    /// The pinned instance does not take a field that was set; nothing was sent.
    #[error("{operation}: the instance pinned as {pin} has no `{field}`; leave it out, or pin an instance that has it")]
    UnsupportedField {
        /// The operation.
        operation: &'static str,
        /// The field's name on the wire.
        field: &'static str,
        /// The pin's name.
        pin: &'static str,
    },

    /// The request could not be sent, or its answer did not arrive.
    #[error("{operation}: {}", if *maybe_sent { "the connection was lost before the answer" } else { "the instance was not reached" })]
    Connection {
        /// The operation.
        operation: &'static str,
        /// Whether the server may have got the request, and acted on it.
        maybe_sent: bool,
        /// What failed.
        source: BoxError,
    },

    /// The server answered with a status that is no success.
    #[error("{operation}: {status}{}", message.suffix())]
    Status {
        /// The operation.
        operation: &'static str,
        /// The status.
        status: StatusCode,
        /// What the server said.
        message: ServerMessage,
        /// How long the server asks to wait before the next try.
        retry_after: Option<Duration>,
    },

    /// The answer's body broke off.
    #[error("{operation}: the answer broke off")]
    Body {
        /// The operation.
        operation: &'static str,
        /// What failed.
        source: BoxError,
    },

    /// The answer is not what the pinned document promises.
    #[error("{operation}: the answer does not match the pinned document: {detail}")]
    UnexpectedAnswer {
        /// The operation.
        operation: &'static str,
        /// What was found instead, without its content.
        detail: String,
    },
}

impl CallError {
    /// The status of the answer, if there was one.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Status { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// An answer whose status is no success, read from its headers and the beginning of its body.
    #[must_use]
    pub fn from_answer(operation: &'static str, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let retry_after = headers
            .get(header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.trim().parse().ok())
            .map(Duration::from_secs);
        Self::Status { operation, status, message: ServerMessage::read(body), retry_after }
    }
}

/// What a server says of an error, from any of the bodies that releases write: `{"error": …}`, `ProblemDetails`
/// (RFC 9457), or none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerMessage {
    /// The message for people.
    pub text: Option<String>,
    /// The server's id of the request, for its log.
    pub trace_id: Option<String>,
}

impl ServerMessage {
    /// Longest message that is kept, in characters.
    const MOST: usize = 500;

    /// Reads a body; what is not one of the known forms gives an empty message.
    #[must_use]
    pub fn read(body: &[u8]) -> Self {
        #[derive(serde::Deserialize)]
        struct Known {
            error: Option<String>,
            detail: Option<String>,
            title: Option<String>,
            #[serde(rename = "traceId")]
            trace_id: Option<String>,
        }
        let Ok(known) = serde_json::from_slice::<Known>(body) else { return Self::default() };
        let text = known.error.or(known.detail).or(known.title).filter(|text| !text.is_empty());
        Self {
            text: text.map(|text| text.chars().filter(|c| !c.is_control()).take(Self::MOST).collect()),
            trace_id: known.trace_id,
        }
    }

    fn suffix(&self) -> impl fmt::Display + '_ {
        struct Suffix<'a>(&'a ServerMessage);
        impl fmt::Display for Suffix<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                if let Some(text) = &self.0.text {
                    write!(f, ": {text}")?;
                }
                if let Some(id) = &self.0.trace_id {
                    write!(f, " (request {id})")?;
                }
                Ok(())
            }
        }
        Suffix(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_error_body_is_read() {
        let read = |body: &str| {
            let error =
                CallError::from_answer("list_reports", StatusCode::NOT_FOUND, &HeaderMap::new(), body.as_bytes());
            error.to_string()
        };
        assert_eq!(read(r#"{"error":"No such workspace"}"#), "list_reports: 404 Not Found: No such workspace");
        assert_eq!(
            read(r#"{"type":"x","title":"Not Found","status":404,"detail":"Gone","traceId":"00-1"}"#),
            "list_reports: 404 Not Found: Gone (request 00-1)"
        );
        assert_eq!(read(r#"{"title":"Not Found","status":404}"#), "list_reports: 404 Not Found: Not Found");
        assert_eq!(read(""), "list_reports: 404 Not Found");
        assert_eq!(read("<html>"), "list_reports: 404 Not Found");
    }
}
