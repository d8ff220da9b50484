use std::{borrow::Cow, time::Duration};

use http::{HeaderMap, StatusCode, header};
use thiserror::Error;

use crate::{
    exchange::{request_id, retry_after},
    message::{ServerMessage, printable},
};

/// A source that is not ours.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why a call failed. Its text never has a token, a nonce, a body or a header.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CallError {
    /// An argument cannot be sent; nothing was.
    #[error("{0}")]
    InvalidArgument(String),

    /// The credentials could not be obtained; nothing was sent.
    #[error("no credentials for the request: {0}")]
    Credentials(String),

    /// The data cannot be sent: its value cannot be serialised, or its file or reader cannot be read. The server has not got
    /// all of it, and cannot have acted on it.
    #[error("{operation}: the data cannot be serialised or read")]
    Payload {
        /// The operation.
        operation: &'static str,
        /// Why.
        source: std::io::Error,
    },

    /// The pinned instance does not take a field that was set; nothing was sent.
    #[error(
        "{operation}: the instance pinned as {pin} has no `{field}`; leave it out, or pin an instance that has it{}",
        since.map(|since| format!(" (the first is {since})")).unwrap_or_default()
    )]
    UnsupportedField {
        /// The operation.
        operation: &'static str,
        /// The field's name on the wire, with its value where only that is lacking.
        field: std::borrow::Cow<'static, str>,
        /// The pin's name.
        pin: &'static str,
        /// The first pin that has the field, if there is one.
        since: Option<&'static str>,
    },

    /// The instance, as it was found to be, lacks an operation or a field; nothing was sent.
    #[error(
        "{operation}: the instance has no {needs}, by {seen}; it came with {since}: upgrade the instance, or do without"
    )]
    Unsupported {
        /// The operation.
        operation: &'static str,
        /// What it lacks: the endpoint, or a field.
        needs: String,
        /// The pin that the client was generated from.
        pinned: &'static str,
        /// The first pin that has it.
        since: &'static str,
        /// What the instance was judged by.
        seen: &'static str,
    },

    /// The request could not be sent, or its response did not arrive.
    #[error("{operation}: {}", if *maybe_sent { "the connection was lost before the response" } else { "the instance was not reached" })]
    Connection {
        /// The operation.
        operation: &'static str,
        /// Whether the server may have got the request, and acted on it.
        maybe_sent: bool,
        /// What failed.
        source: BoxError,
    },

    /// There was no response within the time that a request may take; the server may have got it, and acted on it.
    #[error("{operation}: no response within {} s, the request time-out", after.as_secs_f32())]
    TimedOut {
        /// The operation.
        operation: &'static str,
        /// The limit.
        after: Duration,
    },

    /// The server responded with a status that is no success.
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

    /// The instance sent its login page, or a redirect to it, as old releases do instead of 401.
    #[error("{operation}: the instance sent its login page: the token is invalid or has expired")]
    LoginPage {
        /// The operation.
        operation: &'static str,
    },

    /// The instance redirects to another place, which is not followed: the token is for this one.
    #[error("{operation}: {status}, a redirect to {to}; if that is the instance, use its URL")]
    Redirect {
        /// The operation.
        operation: &'static str,
        /// The status.
        status: StatusCode,
        /// The place, without its query.
        to: String,
    },

    /// The response's body broke off.
    #[error("{operation}: the response broke off")]
    Body {
        /// The operation.
        operation: &'static str,
        /// What failed.
        source: BoxError,
    },

    /// The response is not what the pinned document promises.
    #[error("{operation}: the response does not match the pinned document: {detail}")]
    UnexpectedResponse {
        /// The operation.
        operation: &'static str,
        /// What was found instead, without its content.
        detail: String,
    },
}

impl CallError {
    /// The status of the response, if there was one.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Status { status, .. } | Self::Redirect { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// How long the server asks to wait before the next try.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// The server's id of the request, for its log, if the response was an error and had one.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Status { message, .. } => message.trace_id.as_deref(),
            _ => None,
        }
    }

    /// A short name of the kind of failure, for metrics: the status of a response that was an error, such as `503`, or one of a few
    /// words, such as `timeout`.
    ///
    /// Source: `error.type` of OpenTelemetry's semantic conventions for HTTP.
    #[must_use]
    pub fn error_type(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Status { status, .. } | Self::Redirect { status, .. } => return status.as_str().to_owned().into(),
            Self::InvalidArgument(_) => "invalid_argument",
            Self::Credentials(_) => "credentials",
            Self::Payload { .. } => "payload",
            Self::UnsupportedField { .. } | Self::Unsupported { .. } => "unsupported",
            Self::Connection { maybe_sent: false, .. } => "connect",
            Self::Connection { .. } => "connection",
            Self::TimedOut { .. } => "timeout",
            Self::LoginPage { .. } => "login_page",
            Self::Body { .. } => "body",
            Self::UnexpectedResponse { .. } => "unexpected_response",
        })
    }

    /// What the failure says about sending the operation again. Retries, waits and downloads all decide by it.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Connection { maybe_sent: false, .. } => ErrorClass::NotProcessed,
            Self::Connection { .. } | Self::Body { .. } => ErrorClass::Interrupted,
            Self::TimedOut { .. } => ErrorClass::TimedOut,
            Self::Status { status, .. } => match *status {
                StatusCode::TOO_MANY_REQUESTS => ErrorClass::NotProcessed,
                StatusCode::REQUEST_TIMEOUT | StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE => {
                    ErrorClass::Interrupted
                }
                StatusCode::GATEWAY_TIMEOUT => ErrorClass::TimedOut,
                status if status.is_server_error() => ErrorClass::ServerFault,
                _ => ErrorClass::Permanent,
            },
            Self::UnexpectedResponse { .. } => ErrorClass::ServerFault,
            Self::InvalidArgument(_)
            | Self::Credentials(_)
            | Self::Payload { .. }
            | Self::UnsupportedField { .. }
            | Self::Unsupported { .. }
            | Self::LoginPage { .. }
            | Self::Redirect { .. } => ErrorClass::Permanent,
        }
    }

    /// Whether the credentials are at fault: 401, or the login page.
    #[must_use]
    pub fn is_unauthenticated(&self) -> bool {
        matches!(self, Self::LoginPage { .. }) || self.status() == Some(StatusCode::UNAUTHORIZED)
    }

    /// A response whose status is no success, read from its headers and the beginning of its body.
    #[must_use]
    pub fn from_response(operation: &'static str, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        if status.is_redirection()
            && let Some(to) = headers.get(header::LOCATION).and_then(|location| location.to_str().ok())
        {
            let to = printable(to.split(['?', '#']).next().unwrap_or_default());
            return if names_login(&to) {
                Self::LoginPage { operation }
            } else {
                Self::Redirect { operation, status, to }
            };
        }
        let retry_after = retry_after(headers);
        let mut message = ServerMessage::read(body);
        message.trace_id = message.trace_id.or_else(|| request_id(headers));
        Self::Status { operation, status, message, retry_after }
    }

    /// A response that is a web page, where something else was asked for; read from the beginning of the page.
    #[must_use]
    pub fn from_page(operation: &'static str, page: &[u8]) -> Self {
        let text = String::from_utf8_lossy(page).to_lowercase();
        if asks_for_password(&text) {
            return Self::LoginPage { operation };
        }
        Self::UnexpectedResponse { operation, detail: "a web page instead of what was asked for".to_owned() }
    }
}

/// What a failure says about sending an operation again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorClass {
    /// The same request fails the same way: its arguments, the credentials, or what the instance lacks or refuses.
    Permanent,
    /// The server has not acted on the request, and may take it later: no connection, or 429.
    NotProcessed,
    /// The failure may pass, and the server may have acted on the request: a lost connection, 408, 502, 503, or a response that
    /// broke off.
    Interrupted,
    /// There was no response in time, here or at a gateway (504): the server may be working on it still.
    TimedOut,
    /// The server failed on the request, or its response cannot be read: likely again at once, perhaps not later.
    ServerFault,
}

/// Whether a page, in lower case, asks for a password, sends a form to a login page, or is titled so.
fn asks_for_password(page: &str) -> bool {
    let mut tags = page.split('<').skip(1).map(|rest| rest.split('>').next().unwrap_or_default());
    let titled =
        || page.split("<title").nth(1).is_some_and(|rest| names_login(rest.split("</").next().unwrap_or_default()));
    tags.any(|tag| {
        let is_field = tag.starts_with("input") && tag.replace(['"', '\'', ' '], "").contains("type=password");
        is_field || tag.starts_with("form") && names_login(tag)
    }) || titled()
}

fn names_login(text: &str) -> bool {
    let text = text.to_lowercase();
    ["login", "log in", "signin", "sign in", "sign-in", "logon"].iter().any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn login_pages_and_redirects_are_told_apart() {
        let redirect = |to: &'static str| {
            let headers = HeaderMap::from_iter([(header::LOCATION, http::HeaderValue::from_static(to))]);
            CallError::from_response("x", StatusCode::FOUND, &headers, b"")
        };
        assert!(redirect("/Account/Login?returnUrl=/secret").is_unauthenticated());
        let elsewhere = redirect("https://reports.example.com/api?nonce=secret").to_string();
        assert!(elsewhere.contains("302 Found, a redirect to https://reports.example.com/api;"), "{elsewhere}");
        assert!(CallError::from_page("x", b"<title>Sign in</title>").is_unauthenticated());
        assert!(CallError::from_page("x", b"<INPUT TYPE=\"password\">").is_unauthenticated());
        assert!(CallError::from_page("x", b"<form method=post action=/Account/Login>").is_unauthenticated());
        assert!(!CallError::from_page("x", b"<h1>Down for maintenance</h1>").is_unauthenticated());
        let mentions = b"<title>Error</title><p>Please log in again later, or see <a href=/login>this page</a>.</p>";
        assert!(!CallError::from_page("x", mentions).is_unauthenticated());
    }

    #[test]
    fn what_a_terminal_acts_on_is_taken_out() {
        let body = br#"{"detail":"\u001b[2Jgone\u202e","traceId":"\u001b]0;x\u0007id"}"#;
        let error = CallError::from_response("x", StatusCode::NOT_FOUND, &HeaderMap::new(), body);
        assert_eq!(error.to_string(), "x: 404 Not Found: [2Jgone (request ]0;xid)");
    }

    #[test]
    fn every_known_error_body_is_read() {
        let read = |body: &str| {
            let error =
                CallError::from_response("list_reports", StatusCode::NOT_FOUND, &HeaderMap::new(), body.as_bytes());
            error.to_string()
        };
        assert_eq!(read(r#"{"error":"No such workspace"}"#), "list_reports: 404 Not Found: No such workspace");
        assert_eq!(
            read(r#"{"type":"x","title":"Not Found","status":404,"detail":"Gone","traceId":"00-1"}"#),
            "list_reports: 404 Not Found: Gone (request 00-1)"
        );
        assert_eq!(read(r#"{"title":"Not Found","status":404}"#), "list_reports: 404 Not Found: Not Found");
        let headers = HeaderMap::from_iter([(http::HeaderName::from_static("x-request-id"), "7f".parse().unwrap())]);
        let error = CallError::from_response("list_reports", StatusCode::NOT_FOUND, &headers, b"");
        assert_eq!((error.request_id(), &*error.error_type()), (Some("7f"), "404"));
        assert_eq!(
            read(
                r#"{"Title":"Invalid.","errors":{"format":["The value 'x' is not valid.","Twice."],"":["A \u001bbody."]}}"#
            ),
            "list_reports: 404 Not Found: Invalid. A body.; format: The value 'x' is not valid.; format: Twice."
        );
        assert_eq!(read(r#""No such report.""#), "list_reports: 404 Not Found: No such report.");
        assert_eq!(read(""), "list_reports: 404 Not Found");
        assert_eq!(read("<html>"), "list_reports: 404 Not Found");
    }
}
