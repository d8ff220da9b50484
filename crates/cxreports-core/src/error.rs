use std::{fmt, time::Duration};

use chrono::{DateTime, Utc};
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

    /// There was no answer within the time that a request may take; the server may have got it, and acted on it.
    #[error("{operation}: no answer within {} s, the request time-out", after.as_secs_f32())]
    TimedOut {
        /// The operation.
        operation: &'static str,
        /// The limit.
        after: Duration,
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

    /// The instance sent its login page, or a redirect to it, as old releases do instead of 401.
    #[error("{operation}: the instance sent its login page: the token is not valid, or not any more")]
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
            Self::Status { status, .. } | Self::Redirect { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Whether the credentials are at fault: 401, or the login page.
    #[must_use]
    pub fn is_unauthenticated(&self) -> bool {
        matches!(self, Self::LoginPage { .. }) || self.status() == Some(StatusCode::UNAUTHORIZED)
    }

    /// An answer whose status is no success, read from its headers and the beginning of its body.
    #[must_use]
    pub fn from_answer(operation: &'static str, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
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
        let retry_after =
            headers.get(header::RETRY_AFTER).and_then(|value| retry_after(value.to_str().ok()?, Utc::now()));
        Self::Status { operation, status, message: ServerMessage::read(body), retry_after }
    }

    /// An answer that is a web page, where something else was asked for; read from the beginning of the page.
    #[must_use]
    pub fn from_page(operation: &'static str, page: &[u8]) -> Self {
        let text = String::from_utf8_lossy(page).to_lowercase();
        if text.contains("type=\"password\"") || names_login(&text) {
            return Self::LoginPage { operation };
        }
        Self::UnexpectedAnswer { operation, detail: "a web page instead of what was asked for".to_owned() }
    }
}

/// The time that a server asks to wait, in seconds or up to a date (RFC 9110, 10.2.3).
fn retry_after(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    let text = text.trim();
    let until = || Some((DateTime::parse_from_rfc2822(text).ok()?.to_utc() - now).to_std().unwrap_or_default());
    text.parse().ok().map(Duration::from_secs).or_else(until)
}

/// Text of a server without what a terminal acts on, or what makes it read otherwise than it is: control characters, and
/// the marks that change the direction of writing (Unicode Standard Annex 9).
fn printable(text: &str) -> String {
    let changes_direction =
        |c: char| matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    text.chars().filter(|c| !c.is_control() && !changes_direction(*c)).take(ServerMessage::MOST).collect()
}

fn names_login(text: &str) -> bool {
    let text = text.to_lowercase();
    ["login", "log in", "signin", "sign in", "sign-in", "logon"].iter().any(|word| text.contains(word))
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
        Self { text: text.map(|text| printable(&text)), trace_id: known.trace_id.map(|id| printable(&id)) }
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
    fn login_pages_and_redirects_are_told_apart() {
        let redirect = |to: &'static str| {
            let headers = HeaderMap::from_iter([(header::LOCATION, http::HeaderValue::from_static(to))]);
            CallError::from_answer("x", StatusCode::FOUND, &headers, b"")
        };
        assert!(redirect("/Account/Login?returnUrl=/secret").is_unauthenticated());
        let elsewhere = redirect("https://reports.example.com/api?nonce=secret").to_string();
        assert!(elsewhere.contains("302 Found, a redirect to https://reports.example.com/api;"), "{elsewhere}");
        assert!(CallError::from_page("x", b"<title>Sign in</title>").is_unauthenticated());
        assert!(CallError::from_page("x", b"<INPUT TYPE=\"password\">").is_unauthenticated());
        assert!(!CallError::from_page("x", b"<h1>Down for maintenance</h1>").is_unauthenticated());
    }

    #[test]
    fn what_a_terminal_acts_on_is_taken_out() {
        let body = br#"{"detail":"\u001b[2Jgone\u202e","traceId":"\u001b]0;x\u0007id"}"#;
        let error = CallError::from_answer("x", StatusCode::NOT_FOUND, &HeaderMap::new(), body);
        assert_eq!(error.to_string(), "x: 404 Not Found: [2Jgone (request ]0;xid)");
    }

    #[test]
    fn servers_ask_to_wait_in_seconds_or_up_to_a_date() {
        let now = "2026-03-04T13:00:00Z".parse().unwrap();
        let table = [
            ("7", Some(7)),
            (" 7 ", Some(7)),
            ("Wed, 04 Mar 2026 13:01:30 GMT", Some(90)),
            ("Wed, 04 Mar 2026 12:00:00 GMT", Some(0)),
            ("soon", None),
        ];
        for (text, seconds) in table {
            assert_eq!(retry_after(text, now), seconds.map(Duration::from_secs), "{text}");
        }
    }

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
