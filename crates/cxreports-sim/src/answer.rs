//! Answers as ASP.NET writes them.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

/// How an instance writes errors; releases differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ErrorStyle {
    /// `ProblemDetails` (RFC 9457).
    #[default]
    Problem,
    /// `{"error": "…"}`.
    Error,
    /// Nothing but the status.
    Empty,
}

/// What went wrong.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    status: StatusCode,
    detail: String,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into() }
    }

    fn body(&self, style: ErrorStyle) -> String {
        match style {
            ErrorStyle::Problem => json!({
                "type": "about:blank",
                "title": self.status.canonical_reason().unwrap_or("Error"),
                "status": self.status.as_u16(),
                "detail": self.detail,
            })
            .to_string(),
            ErrorStyle::Error => json!({ "error": self.detail }).to_string(),
            ErrorStyle::Empty => String::new(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Gives an error the body that the instance's releases write.
pub(crate) fn in_style(mut response: Response, style: ErrorStyle) -> Response {
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let body = problem.body(style);
        if !body.is_empty() {
            let json = HeaderValue::from_static("application/json; charset=utf-8");
            response.headers_mut().insert(header::CONTENT_TYPE, json);
        }
        *response.body_mut() = body.into();
    }
    response
}

/// A JSON answer.
pub(crate) fn json<T: serde::Serialize>(value: &T) -> Response {
    Json(value).into_response()
}

/// A body in JSON; none at all is one without members.
pub(crate) fn body<T: serde::de::DeserializeOwned + Default>(body: &[u8]) -> Result<T, Problem> {
    if body.trim_ascii().is_empty() {
        return Ok(T::default());
    }
    serde_json::from_slice(body)
        .map_err(|error| Problem::new(StatusCode::BAD_REQUEST, format!("The body is not valid: {error}.")))
}
