use axum::{
    Json, Router,
    extract::{Path, State},
    http::{StatusCode, header},
    response::IntoResponse,
    routing::post,
};
use cxreports::Client;
use serde_json::json;

pub fn routes(cx: Client) -> Router {
    Router::new().route("/reports/{report}/view", post(view)).with_state(cx)
}

async fn view(State(cx): State<Client>, Path(report): Path<String>) -> Result<impl IntoResponse, StatusCode> {
    // Decide here whether this user may see the report: whoever has the URL sees it.
    let url = cx.report(report).preview().hide_print_button().url().await.map_err(|error| {
        tracing::warn!(%error, "no preview");
        StatusCode::BAD_GATEWAY
    })?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(json!({ "url": url.expose() }))))
}
