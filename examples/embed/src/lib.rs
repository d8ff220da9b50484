//! A report in an iframe: the token stays here, and each view gets a nonce of its own.

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use cxreports::{Client, Error, PreviewUrl};
use serde_json::json;

/// What the pages need.
#[derive(Clone)]
pub struct App {
    /// The client, with the token.
    pub cx: Client,
    /// The report to show, by id or by the code of its type.
    pub report: String,
}

/// The pages: `/` shows the report, `/view` gives a new URL for it.
pub fn router(app: App) -> Router {
    Router::new().route("/", get(page)).route("/view", get(view)).with_state(app)
}

impl App {
    /// A URL for one view. Whether this user may see the report is decided here, before the nonce is made: whoever has the
    /// URL sees it.
    async fn preview(&self) -> Result<PreviewUrl, Error> {
        // The page has a print button of its own.
        self.cx.report(self.report.as_str()).preview().hide_print_button().url().await
    }
}

async fn page(State(app): State<App>) -> Result<Response, Failed> {
    let url = app.preview().await?;
    let frame = url.iframe("The report");
    let page = include_str!("page.html").replace("{{frame}}", &frame);
    Ok((no_store(), Html(page)).into_response())
}

/// A new URL, when the session in the iframe has expired.
async fn view(State(app): State<App>) -> Result<Response, Failed> {
    let url = app.preview().await?;
    Ok((no_store(), Json(json!({ "url": url.expose() }))).into_response())
}

/// A nonce works once: a page from a cache would show nothing.
fn no_store() -> [(header::HeaderName, HeaderValue); 2] {
    [
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        // The address of this page does not tell the instance more than its origin.
        (header::REFERRER_POLICY, HeaderValue::from_static("origin")),
    ]
}

/// What went wrong is for the log of the server, and not for the browser.
struct Failed(Error);

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        eprintln!("no preview: {}", self.0);
        (StatusCode::BAD_GATEWAY, "The report cannot be shown just now.").into_response()
    }
}
