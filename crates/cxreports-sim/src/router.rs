use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::StatusCode,
    middleware,
    routing::{MethodFilter, MethodRouter, get, on},
};

use crate::{
    Builder,
    answer::Problem,
    auth, preview, read,
    state::{Shared, State},
    swagger, upload,
};

/// Serves what the edition's document lists, and nothing else.
pub(crate) fn build(instance: Builder) -> Router {
    let shared: Shared = Arc::new(State::new(instance));
    let mut api = Router::new();
    for (path, item) in shared.settings.edition.parsed()["paths"].as_object().into_iter().flatten() {
        for method in item.as_object().into_iter().flat_map(|item| item.keys()) {
            api = api.route(path, handler(method, path));
        }
    }
    let api = api.route_layer(middleware::from_fn_with_state(shared.clone(), auth::require_token));
    // Outside of /api/v1, and for browsers: it takes nonces and cookies, not tokens.
    let api = api.route("/ws/{workspace}/reports/{report}/preview", get(preview::page));
    let api = if shared.settings.swagger { api.merge(swagger::routes(shared.settings.edition)) } else { api };
    let api =
        if shared.settings.base_path.is_empty() { api } else { Router::new().nest(&shared.settings.base_path, api) };
    api.with_state(shared)
}

fn handler(method: &str, path: &str) -> MethodRouter<Shared> {
    let filter = if method == "post" { MethodFilter::POST } else { MethodFilter::GET };
    match (method, path.strip_prefix("/api/v1/").unwrap_or(path)) {
        ("get", "workspaces") => on(filter, read::workspaces),
        ("get", "ws/{workspaceId}/reports") => on(filter, read::reports),
        ("get", "ws/{workspaceId}/reports/{reportIdOrTypeCode}/pages") => on(filter, read::pages),
        ("get", "ws/{workspaceId}/report-types") => on(filter, read::report_types),
        ("get", "ws/{workspaceId}/templates") => on(filter, read::templates),
        ("get", "ws/{workspaceId}/themes") => on(filter, read::themes),
        ("get", "ws/{workspaceId}/jobs") => on(filter, read::jobs),
        ("post", "nonce-tokens") => on(filter, preview::create_nonce),
        ("post", "ws/{workspaceId}/temporary-data") => on(filter, upload::create).layer(DefaultBodyLimit::disable()),
        _ => on(filter, not_simulated),
    }
}

async fn not_simulated() -> Problem {
    Problem::new(StatusCode::NOT_IMPLEMENTED, "The simulator does not make documents yet.")
}
