//! The Swagger page and document, where Swashbuckle serves them.

use bytes::Bytes;
use http::{
    StatusCode,
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
        Some(document) => document.clone().into(),
        None if own && settings.base_path.is_empty() => Bytes::from_static(edition.document().as_bytes()),
        // Behind a prefix, Swashbuckle names it as the server, after the title.
        None if own => {
            let paths = "\n  \"paths\":";
            let servers = json!([{ "url": settings.base_path }]);
            edition.document().replacen(paths, &format!("\n  \"servers\": {servers},{paths}"), 1).into()
        }
        None => {
            let mut document = json.clone();
            if !settings.base_path.is_empty() {
                document["servers"] = json!([{ "url": settings.base_path }]);
            }
            format!("{document:#}").into()
        }
    };
    Document { json, served }
}

/// The response of Swashbuckle's middleware to a GET; `None` for a path that is not its own. Its paths have no case, but
/// the name of a document has.
pub(crate) fn get(state: &State, path: &str) -> Option<Response> {
    let mut segments = path.strip_prefix('/')?.split('/');
    let prefix = segments.next().filter(|prefix| prefix.eq_ignore_ascii_case("swagger"))?;
    let (second, third, more) = (segments.next(), segments.next(), segments.next());
    let is_old = state.settings.edition == Edition::V2024_9;
    let reply = match (second.map(str::to_ascii_lowercase).as_deref(), third) {
        (None, None) => moved(&format!("{prefix}/index.html")),
        (Some(""), None) => moved("index.html"),
        // Swashbuckle wrote its settings into the page until 6.x, and into a script of their own since.
        (Some("index.html"), None) if is_old => page(&format!("<script>{}</script>", settings())),
        (Some("index.html"), None) => page(r#"<script src="index.js" charset="utf-8"></script>"#),
        (Some("index.js"), None) if !is_old => typed("application/javascript;charset=utf-8", settings().into()),
        // The route's template ends in `swagger.{json|yaml}`, which is a parameter: any extension matches.
        (Some(_), Some(file)) if second == Some("v1") && matches!(more, None | Some("")) => {
            let (stem, extension) = file.rsplit_once('.')?;
            let is_document = stem.eq_ignore_ascii_case("swagger") && !extension.is_empty();
            let media_type = if matches!(extension, "yaml" | "yml") { "text/yaml" } else { "application/json" };
            // JSON is YAML.
            is_document.then(|| typed(&format!("{media_type};charset=utf-8"), state.document().served.clone()))?
        }
        _ => return None,
    };
    Some(reply.response)
}

fn moved(location: &str) -> Reply {
    let location = HeaderValue::from_str(location).expect("a path of ASCII letters");
    Reply::from(Body::empty()).status(StatusCode::MOVED_PERMANENTLY).with(header::LOCATION, location)
}

fn typed(media_type: &str, body: Bytes) -> Reply {
    let media_type = HeaderValue::from_str(media_type).expect("a media type");
    Reply::from(Body::chunked(body)).with(header::CONTENT_TYPE, media_type)
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
