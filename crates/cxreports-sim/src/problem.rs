//! Errors as ASP.NET writes them.

use std::collections::BTreeMap;

use http::{
    HeaderMap, StatusCode,
    header::{self, HeaderValue},
};
use serde::Serialize;
use serde_json::json;

use crate::{
    response::{Body, Response},
    trace,
};

/// The format of errors. Releases differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ErrorStyle {
    /// `ProblemDetails` (RFC 9457). The default of 2026.5.
    #[default]
    Problem,
    /// `{"error": "…"}`. The default of 2024.9.
    Error,
    /// Nothing but the status.
    Empty,
}

/// How the errors of a request are written.
#[derive(Clone, Copy)]
pub(crate) struct Errors<'a> {
    style: ErrorStyle,
    /// The header of this name, if the client sent one.
    traceparent: Option<&'a str>,
}

impl<'a> Errors<'a> {
    pub(crate) fn of(style: ErrorStyle, headers: &'a HeaderMap) -> Self {
        let traceparent = headers.get("traceparent").and_then(|value| value.to_str().ok());
        Self { style, traceparent }
    }
}

/// What is wrong with a request.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    status: StatusCode,
    detail: Option<String>,
    /// Messages by the name of the field, for requests that are not valid.
    errors: BTreeMap<String, Vec<String>>,
}

/// The members in the order in which ASP.NET writes them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProblemDetails<'a> {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    title: &'a str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    errors: &'a BTreeMap<String, Vec<String>>,
    trace_id: &'a str,
}

impl Problem {
    /// An error that the application explains.
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: Some(detail.into()), errors: BTreeMap::new() }
    }

    /// An error that the framework responds with, without an explanation.
    pub(crate) fn status(status: StatusCode) -> Self {
        Self { status, detail: None, errors: BTreeMap::new() }
    }

    /// A request that cannot be bound: pairs of a field and a message.
    pub(crate) fn invalid(messages: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut errors = BTreeMap::<String, Vec<String>>::new();
        for (name, message) in messages {
            errors.entry(name).or_default().push(message);
        }
        Self { status: StatusCode::BAD_REQUEST, detail: None, errors }
    }

    pub(crate) fn not_found(detail: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// The response, with the body that releases of this style write.
    pub(crate) fn response(&self, errors: Errors<'_>) -> Response {
        let (media_type, body) = match errors.style {
            ErrorStyle::Problem => {
                ("application/problem+json; charset=utf-8", self.details(&trace::id(errors.traceparent)))
            }
            ErrorStyle::Error => ("application/json; charset=utf-8", json!({ "error": self.message() }).to_string()),
            ErrorStyle::Empty => ("", String::new()),
        };
        let mut response = Response::new(if body.is_empty() { Body::empty() } else { Body::chunked(body) });
        *response.status_mut() = self.status;
        if !media_type.is_empty() {
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        }
        response
    }

    fn details(&self, trace_id: &str) -> String {
        let reason = self.status.canonical_reason().unwrap_or("Error");
        let details = ProblemDetails {
            kind: section(self.status).map(|section| format!("https://tools.ietf.org/html/rfc9110#section-{section}")),
            title: if self.errors.is_empty() { reason } else { "One or more validation errors occurred." },
            status: self.status.as_u16(),
            detail: self.detail.as_deref(),
            errors: &self.errors,
            trace_id,
        };
        serde_json::to_string(&details).expect("text can be written")
    }

    fn message(&self) -> String {
        let messages = self.errors.iter().flat_map(|(name, messages)| messages.iter().map(move |text| (name, text)));
        let invalid: Vec<_> = messages
            .map(|(name, text)| if name.is_empty() { text.clone() } else { format!("{name}: {text}") })
            .collect();
        match &self.detail {
            Some(detail) => detail.clone(),
            None if invalid.is_empty() => self.status.canonical_reason().unwrap_or("Error").to_owned(),
            None => invalid.join(" "),
        }
    }
}

/// The section of RFC 9110 that ASP.NET names for a status.
fn section(status: StatusCode) -> Option<&'static str> {
    Some(match status.as_u16() {
        400 => "15.5.1",
        401 => "15.5.2",
        403 => "15.5.4",
        404 => "15.5.5",
        405 => "15.5.6",
        406 => "15.5.7",
        408 => "15.5.9",
        409 => "15.5.10",
        415 => "15.5.16",
        500 => "15.6.1",
        502 => "15.6.3",
        503 => "15.6.4",
        504 => "15.6.5",
        _ => return None,
    })
}
