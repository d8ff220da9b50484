//! The Swagger page and document, where Swashbuckle serves them.

use axum::{
    Router,
    extract::State,
    http::header,
    response::{Html, IntoResponse, Redirect, Response},
    routing::get,
};
use serde_json::{Value, json};

use crate::{Builder, Edition, state::Shared};

pub(crate) fn routes(edition: Edition) -> Router<Shared> {
    let router = Router::new()
        .route("/swagger", get(|| async { Redirect::permanent("swagger/index.html") }))
        .route("/swagger/v1/swagger.json", get(document));
    match edition {
        // Swashbuckle wrote its settings into the page until 6.x, and into a script of their own since.
        Edition::V2024_9 => router
            .route("/swagger/index.html", get(|| async { Html(page(&format!("<script>{}</script>", settings()))) })),
        Edition::V2026_5 => router
            .route(
                "/swagger/index.html",
                get(|| async { Html(page(r#"<script src="index.js" charset="utf-8"></script>"#)) }),
            )
            .route(
                "/swagger/index.js",
                get(|| async { ([(header::CONTENT_TYPE, "application/javascript;charset=utf-8")], settings()) }),
            ),
    }
}

async fn document(State(instance): State<Shared>) -> Response {
    let Builder { edition, base_path, .. } = &instance.settings;
    let document = instance.document();
    let headers = [(header::CONTENT_TYPE, "application/json;charset=utf-8")];
    if let Some(document) = &instance.settings.written_as {
        return (headers, format!("{document:#}")).into_response();
    }
    if base_path.is_empty() && *document == *edition.parsed() {
        return (headers, edition.document()).into_response();
    }
    let mut document = Value::clone(&document);
    if !base_path.is_empty() {
        // Behind a prefix, Swashbuckle names it as the server.
        document["servers"] = json!([{ "url": base_path }]);
    }
    (headers, format!("{document:#}")).into_response()
}

fn page(script: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"UTF-8\"><title>Swagger UI</title></head>\n\
         <body><div id=\"swagger-ui\"></div>{script}</body>\n</html>\n"
    )
}

fn settings() -> String {
    let settings = json!({ "urls": [{ "url": "v1/swagger.json", "name": "CxReports API v1" }], "deepLinking": false });
    format!("var configObject = JSON.parse('{settings}');")
}
