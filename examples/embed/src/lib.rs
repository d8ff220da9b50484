//! An application that shows reports in an iframe and exports them: the token stays on the server, and each view gets a nonce of
//! its own.

mod page;
mod reports;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::Request,
    http::StatusCode,
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use cxreports::Client;

/// The state that all handlers share.
#[derive(Clone)]
pub struct App {
    pub(crate) cx: Client,
    pub(crate) session: Duration,
}

impl App {
    /// An application for the reports in the default workspace of a client.
    #[must_use]
    pub fn new(cx: Client) -> Self {
        Self { cx, session: Duration::from_secs(20 * 60) }
    }

    /// Sets how long the instance keeps the session of an iframe. Defaults to 20 minutes, ASP.NET's own default. The page offers
    /// to reconnect when this time has passed, because it cannot see into a frame of another origin.
    #[must_use]
    pub fn session(mut self, lifetime: Duration) -> Self {
        self.session = lifetime;
        self
    }
}

/// The routes of the application.
///
/// # Errors
///
/// When the client's base URL has no origin that a Content-Security-Policy can name.
pub fn router(app: App) -> Result<Router, url::ParseError> {
    let headers = Arc::new(page::security_headers(app.cx.base_url())?);
    let api = Router::new()
        .route("/api/reports", get(reports::list))
        .route("/api/reports/{report}/view", post(reports::view))
        .route("/api/reports/{report}/export/{format}", get(reports::export))
        .layer(middleware::from_fn(same_origin))
        .with_state(app);
    Ok(Router::new()
        .route("/", get(page::html))
        .route("/app.css", get(page::style))
        .route("/app.js", get(page::script))
        .merge(api)
        .layer(middleware::map_response(move |mut response: Response| {
            let headers = Arc::clone(&headers);
            async move {
                response.headers_mut().extend(headers.iter().cloned());
                response
            }
        })))
}

/// Refuses requests that a page of another site makes with this user's cookies. Every current browser sends the header.
async fn same_origin(request: Request, next: Next) -> Response {
    match request.headers().get("sec-fetch-site").map(|site| site.as_bytes()) {
        None | Some(b"same-origin" | b"none") => next.run(request).await,
        Some(_) => (StatusCode::FORBIDDEN, "This request came from another site.").into_response(),
    }
}
