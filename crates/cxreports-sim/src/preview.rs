//! Nonces, and the preview page that they open ("Iframe Authentication" of the API documentation).

use std::{collections::HashMap, fmt::Write as _};

use axum::{
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use serde_json::json;

use crate::{
    answer::{self, Problem},
    read,
    state::{Shared, secret},
};

const COOKIE: &str = "CxReports.Session";

pub(crate) async fn create_nonce(State(instance): State<Shared>) -> Response {
    let nonce = secret();
    instance.changing().nonces.insert(nonce.clone());
    answer::json(&json!({ "nonce": nonce }))
}

/// The page in the iframe: a nonce opens it once and is exchanged for a session cookie, which opens it from then on.
pub(crate) async fn page(
    State(instance): State<Shared>,
    Path((workspace, report)): Path<(String, String)>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let new_session = enter(&instance, query.get("nonce"), &headers)?;
    let workspace = read::find(&instance, &workspace)?;
    let report = read::find_report(workspace, &report)?;
    let mut rows = String::new();
    for name in ["params", "data", "timezone"] {
        if let Some(value) = query.get(name) {
            let _ = write!(rows, "<dt>{name}</dt><dd>{}</dd>", escape(value));
        }
    }
    if let Some(id) = query.get("tempDataId") {
        let _ = write!(rows, "<dt>data</dt><dd>{}</dd>", escape(&temporary_data(&instance, id)?));
    }
    let button = if query.get("hidePrintButton").is_some_and(|hide| hide == "true") {
        ""
    } else {
        "<button onclick=\"print()\">Print</button>"
    };
    let name = escape(&report.name);
    let page = Html(format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"UTF-8\"><title>{name}</title></head>\n\
         <body><h1>{name}</h1><dl>{rows}</dl>{button}\n\
         <script>addEventListener('message', event => {{ if (event.data === 'print') print(); }});</script></body></html>\n"
    ));
    Ok(match new_session {
        Some(session) => {
            let cookie = format!("{COOKIE}={session}; Path={}/; HttpOnly; SameSite=Lax", instance.settings.base_path);
            ([(header::SET_COOKIE, cookie)], page).into_response()
        }
        None => page.into_response(),
    })
}

/// Lets a visitor in; gives the session that a nonce was exchanged for.
fn enter(instance: &Shared, nonce: Option<&String>, headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut own = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|cookie| cookie.trim().split_once('='));
    let session = own.find(|(name, _)| *name == COOKIE).map(|(_, session)| session);
    let mut changing = instance.changing();
    if session.is_some_and(|session| changing.sessions.contains(session)) {
        return Ok(None);
    }
    if nonce.is_some_and(|nonce| changing.nonces.remove(nonce)) {
        let session = secret();
        changing.sessions.insert(session.clone());
        return Ok(Some(session));
    }
    Err(Problem::new(StatusCode::UNAUTHORIZED, "The nonce has been used, or was never given out."))
}

fn temporary_data(instance: &Shared, id: &str) -> Result<String, Problem> {
    let changing = instance.changing();
    let found = id.parse().ok().and_then(|id: i32| changing.data.get(&id));
    let fresh = found.filter(|data| data.expires > std::time::SystemTime::now());
    fresh
        .map(|data| data.content.get().to_owned())
        .ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "There is no such temporary data."))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
