//! An application that shows reports in an iframe and exports them: the token stays on the server, and each view gets a nonce of
//! its own.

mod app;
mod page;
mod reports;

use std::sync::Arc;

use axum::{
    Router,
    extract::Request,
    http::StatusCode,
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};

pub use app::App;

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
