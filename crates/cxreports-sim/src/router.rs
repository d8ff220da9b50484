use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::StatusCode,
    middleware,
    routing::{MethodFilter, MethodRouter, get, on},
};
use serde_json::Value;

use crate::{
    Endpoint,
    answer::Problem,
    auth, export,
    gate::{self, Gate},
    job, preview, read,
    state::Shared,
    swagger, upload,
    validate::Rules,
};

/// Serves what the instance's document lists, and nothing else.
pub(crate) fn build(shared: &Shared) -> Router {
    let document = &*shared.document();
    let mut api = Router::new().route("/login", get(|| async { auth::page() }));
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            api = api.route(path, route(shared, method, path, operation));
        }
    }
    // Outside of the API proper, so that no document lists it.
    let (preview, path) = (Endpoint::Preview, Endpoint::Preview.path());
    let api = api.route(path, gated(shared, preview, &Value::Null, get(preview::page)));
    let api = if shared.settings.swagger { api.merge(swagger::routes(shared.settings.edition)) } else { api };
    let api =
        if shared.settings.base_path.is_empty() { api } else { Router::new().nest(&shared.settings.base_path, api) };
    api.with_state(Arc::clone(shared))
}

fn route(shared: &Shared, method: &str, path: &str, operation: &Value) -> MethodRouter<Shared> {
    let filter = if method == "post" { MethodFilter::POST } else { MethodFilter::GET };
    let Some(endpoint) = Endpoint::of(method, path) else { return on(filter, not_simulated) };
    let handler = match endpoint {
        Endpoint::ListWorkspaces => on(filter, read::workspaces),
        Endpoint::ListReports => on(filter, read::reports),
        Endpoint::ListPages => on(filter, read::pages),
        Endpoint::ExportByQuery => on(filter, export::by_query),
        Endpoint::Export => on(filter, export::by_body),
        Endpoint::StartExport => on(filter, export::start),
        Endpoint::ExportStatus => on(filter, export::status),
        Endpoint::ExportContent => on(filter, export::content),
        Endpoint::UploadData => on(filter, upload::create),
        Endpoint::ListJobs => on(filter, read::jobs),
        Endpoint::StartRun => on(filter, job::start),
        Endpoint::RunStatus => on(filter, job::status),
        Endpoint::ReviewDocument => on(filter, job::review_document),
        Endpoint::Deliver => on(filter, job::deliver),
        Endpoint::ListReportTypes => on(filter, read::report_types),
        Endpoint::ListTemplates => on(filter, read::templates),
        Endpoint::ListThemes => on(filter, read::themes),
        Endpoint::CreateNonce => on(filter, preview::create_nonce),
        Endpoint::Preview => on(filter, preview::page),
    };
    gated(shared, endpoint, operation, handler.layer(DefaultBodyLimit::disable()))
}

fn gated(
    shared: &Shared,
    endpoint: Endpoint,
    operation: &Value,
    handler: MethodRouter<Shared>,
) -> MethodRouter<Shared> {
    let rules = Arc::new(Rules::read(&shared.document(), operation));
    let gate = Gate { instance: Arc::clone(shared), endpoint, rules };
    handler.route_layer(middleware::from_fn_with_state(gate, gate::pass))
}

async fn not_simulated() -> Problem {
    Problem::new(StatusCode::NOT_IMPLEMENTED, "The simulator does not know this operation.")
}
