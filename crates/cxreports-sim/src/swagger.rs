//! The Swagger page and document, where Swashbuckle serves them.

use hyper::{
    StatusCode,
    body::Bytes,
    header::{self, HeaderValue},
};
use serde_json::{Value, json};

use crate::{
    call::Reply,
    edition::Edition,
    response::{Body, Response},
    settings::Settings,
    state::{Document, State},
};

/// The document that an instance has, and that it serves.
pub(crate) fn document(settings: &Settings, given: Option<Value>) -> Document {
    let edition = settings.edition;
    let own = given.as_ref().is_none_or(|given| given == edition.parsed());
    let json = given.unwrap_or_else(|| edition.parsed().clone());
    let served = match &settings.written_as {
        Some(document) => format!("{document:#}").into(),
        None if own && settings.base_path.is_empty() => Bytes::from_static(edition.document().as_bytes()),
        None => {
            let mut document = json.clone();
            if !settings.base_path.is_empty() {
                // Behind a prefix, Swashbuckle names it as the server.
                document["servers"] = json!([{ "url": settings.base_path }]);
            }
            format!("{document:#}").into()
        }
    };
    Document { json, served }
}

/// The response of Swashbuckle's middleware to a GET; `None` for a path that is not its own.
pub(crate) fn get(state: &State, path: &str) -> Option<Response> {
    path.get(..8).filter(|start| start.eq_ignore_ascii_case("/swagger"))?;
    let is_old = state.settings.edition == Edition::V2024_9;
    let reply = match path.to_ascii_lowercase().as_str() {
        "/swagger" => moved("swagger/index.html"),
        "/swagger/" => moved("index.html"),
        "/swagger/v1/swagger.json" => typed("application/json;charset=utf-8", state.document().served.clone()),
        // Swashbuckle wrote its settings into the page until 6.x, and into a script of their own since.
        "/swagger/index.html" if is_old => page(&format!("<script>{}</script>", settings())),
        "/swagger/index.html" => page(r#"<script src="index.js" charset="utf-8"></script>"#),
        "/swagger/index.js" if !is_old => typed("application/javascript;charset=utf-8", settings().into()),
        _ => return None,
    };
    Some(reply.response)
}

fn moved(location: &'static str) -> Reply {
    let location = HeaderValue::from_static(location);
    Reply::from(Body::empty()).status(StatusCode::MOVED_PERMANENTLY).with(header::LOCATION, location)
}

fn typed(media_type: &'static str, body: Bytes) -> Reply {
    Reply::from(Body::chunked(body)).with(header::CONTENT_TYPE, HeaderValue::from_static(media_type))
}

fn page(script: &str) -> Reply {
    let page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"UTF-8\"><title>Swagger UI</title></head>\n\
         <body><div id=\"swagger-ui\"></div>{script}</body>\n</html>\n"
    );
    typed("text/html;charset=utf-8", page.into())
}

fn settings() -> String {
    let settings = json!({ "urls": [{ "url": "v1/swagger.json", "name": "CxReports API v1" }], "deepLinking": false });
    format!("var configObject = JSON.parse('{settings}');")
}
