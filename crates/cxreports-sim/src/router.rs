use std::sync::Arc;

use axum::{
    Router,
    http::StatusCode,
    middleware,
    routing::{MethodFilter, MethodRouter, on},
};

use crate::{Builder, answer::Problem, auth, read, swagger};

/// The instance's settings and data, as the handlers see them.
pub(crate) type Shared = Arc<Builder>;

/// Serves what the edition's document lists, and nothing else.
pub(crate) fn build(instance: Builder) -> Router {
    let shared: Shared = Arc::new(instance);
    let mut api = Router::new();
    for (path, item) in shared.edition.parsed()["paths"].as_object().into_iter().flatten() {
        for method in item.as_object().into_iter().flat_map(|item| item.keys()) {
            api = api.route(path, handler(method, path));
        }
    }
    let api = api.route_layer(middleware::from_fn_with_state(shared.clone(), auth::require_token));
    let api = if shared.swagger { api.merge(swagger::routes(shared.edition)) } else { api };
    let api = if shared.base_path.is_empty() { api } else { Router::new().nest(&shared.base_path, api) };
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
        _ => on(filter, not_simulated),
    }
}

async fn not_simulated() -> Problem {
    Problem::new(StatusCode::NOT_IMPLEMENTED, "The simulator reads only, so far: it does not make documents.")
}
