//! Nonces, and the preview page that they open ("Iframe Authentication" of the API documentation).

use std::collections::HashMap;

use axum::{
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use serde_json::json;

use crate::{
    answer::{self, Problem},
    auth::NONCE,
    document::{self, Content},
    export::json_of,
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
    let nonce = match query.get(NONCE) {
        _ if has_session(&instance, &headers) => None,
        Some(nonce) if instance.changing().nonces.contains(nonce) => Some(nonce),
        _ => return Err(Problem::new(StatusCode::UNAUTHORIZED, NO_ENTRY)),
    };
    let workspace = read::find(&instance, &workspace)?;
    let report = read::find_report(workspace, &report)?;
    let mut content = Content { title: report.name.clone(), ..Content::default() };
    content.pages = report.pages.iter().map(|page| page.title()).collect();
    if let Some(params) = query.get("params") {
        content.add_facts(&json_of("params", params)?);
    }
    if let Some(timezone) = query.get("timezone") {
        content.facts.push(("time zone".to_owned(), timezone.clone()));
    }
    if let Some(data) = query.get("data") {
        content.add_data(&json_of("data", data)?);
    }
    if let Some(id) = query.get("tempDataId") {
        let id = id.parse().map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "tempDataId is no number."))?;
        read::with_temporary_data(&instance, workspace, id, |data| content.add_data(data))?;
    }
    let button = if query.get("hidePrintButton").is_some_and(|hide| hide == "true") {
        ""
    } else {
        "<button onclick=\"print()\">Print</button>\n"
    };
    let script = "<script>addEventListener('message', event => { if (event.data === 'print') print(); });</script>\n";
    let page = Html(document::page(&content, &format!("{button}{script}")));
    // The request has been judged: only now the nonce is spent.
    Ok(match nonce {
        Some(nonce) => {
            let session = exchange(&instance, nonce)?;
            let cookie = format!("{COOKIE}={session}; Path={}/; HttpOnly; SameSite=Lax", instance.settings.base_path);
            ([(header::SET_COOKIE, cookie)], page).into_response()
        }
        None => page.into_response(),
    })
}

const NO_ENTRY: &str = "The nonce has been used, or was never given out.";

/// Whether a visitor has been here before.
fn has_session(instance: &Shared, headers: &HeaderMap) -> bool {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut own = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|cookie| cookie.trim().split_once('='));
    let session = own.find(|(name, _)| *name == COOKIE).map(|(_, session)| session);
    session.is_some_and(|session| instance.changing().sessions.contains(session))
}

/// Spends a nonce; gives the session that it is exchanged for.
fn exchange(instance: &Shared, nonce: &str) -> Result<String, Problem> {
    let mut changing = instance.changing();
    if !changing.nonces.remove(nonce) {
        return Err(Problem::new(StatusCode::UNAUTHORIZED, NO_ENTRY));
    }
    let session = secret();
    changing.sessions.insert(session.clone());
    Ok(session)
}
