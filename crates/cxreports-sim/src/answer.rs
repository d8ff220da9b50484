//! Answers as ASP.NET writes them.

use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

/// `ProblemDetails` (RFC 9457), as ASP.NET's own error handling writes it.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    detail: String,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into() }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or("Error"),
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        let headers = [(header::CONTENT_TYPE, "application/problem+json; charset=utf-8")];
        (self.status, headers, body.to_string()).into_response()
    }
}

/// A JSON answer.
pub(crate) fn json<T: serde::Serialize>(value: &T) -> Response {
    Json(value).into_response()
}
