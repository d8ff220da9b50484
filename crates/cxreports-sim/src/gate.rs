//! What every request passes on its way to an endpoint: it is counted, may meet a fault, needs a token, and must be what the
//! document says.

use std::sync::Arc;

use axum::{
    body::{Body, to_bytes},
    extract::{FromRequestParts as _, Query, RawPathParams, Request, State},
    http::{Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{
    Endpoint,
    answer::{self, Problem},
    auth::{self, Entry},
    binding,
    state::Shared,
    validate::Rules,
};

#[derive(Clone)]
pub(crate) struct Gate {
    pub(crate) instance: Shared,
    pub(crate) endpoint: Endpoint,
    pub(crate) rules: Arc<Rules>,
}

pub(crate) async fn pass(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let fault = {
        let mut changing = gate.instance.changing();
        *changing.requests.entry(gate.endpoint).or_default() += 1;
        changing.faults.choose(gate.endpoint)
    };
    let early = match fault {
        Some(fault) => fault.before().await,
        None => None,
    };
    let answer = match early {
        Some(answer) => answer,
        None => checked(&gate, request, next).await,
    };
    let answer = answer::in_style(answer, gate.instance.settings.errors);
    let answer = written(&gate, answer).await;
    match fault {
        Some(fault) => fault.after(answer),
        None => answer,
    }
}

async fn checked(gate: &Gate, request: Request, next: Next) -> Response {
    // The preview page is for browsers: it takes nonces and cookies, and no document lists it.
    if gate.endpoint == Endpoint::Preview {
        return next.run(request).await;
    }
    let entry = match auth::admit(&gate.instance, gate.endpoint, request.headers(), request.uri()) {
        Ok(entry) => entry,
        Err(answer) => return *answer,
    };
    let settings = &gate.instance.settings;
    let is_without_length = request.method() == Method::POST && !request.headers().contains_key(header::CONTENT_LENGTH);
    if settings.require_length && is_without_length {
        return Problem::new(StatusCode::LENGTH_REQUIRED, "A request must be chunked or have a length.")
            .into_response();
    }
    match validated(gate, request).await {
        Ok(request) => match entry {
            Entry::Token => next.run(request).await,
            Entry::Nonce(nonce) => once(gate, nonce, request, next).await,
        },
        Err(problem) => problem.into_response(),
    }
}

/// Spends a nonce on a request that succeeds; of several at a time, one gets it.
async fn once(gate: &Gate, nonce: String, request: Request, next: Next) -> Response {
    if !gate.instance.changing().nonces.remove(&nonce) {
        return Problem::new(StatusCode::UNAUTHORIZED, "The nonce has been used.").into_response();
    }
    let response = next.run(request).await;
    if !response.status().is_success() {
        gate.instance.changing().nonces.insert(nonce);
    }
    response
}

async fn validated(gate: &Gate, request: Request) -> Result<Request, Problem> {
    let bad = |detail: String| Problem::new(StatusCode::BAD_REQUEST, detail);
    let (mut parts, body) = request.into_parts();
    let path = RawPathParams::from_request_parts(&mut parts, &()).await.map_err(|error| bad(error.to_string()))?;
    let path: Vec<_> = path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let Query::<Vec<(String, String)>>(mut query) =
        Query::try_from_uri(&parts.uri).map_err(|error| bad(error.to_string()))?;
    if gate.endpoint == Endpoint::ExportByQuery {
        // It is for whoever lets the request in; the operation does not see it.
        query.retain(|(name, _)| name != auth::NONCE);
    }
    let body = to_bytes(body, usize::MAX).await.map_err(|error| bad(error.to_string()))?;
    let settings = &gate.instance.settings;
    if settings.strict {
        gate.rules.check(&path, &query, &parts.headers, &body, true)?;
        return Ok(Request::from_parts(parts, Body::from(body)));
    }
    let query = gate.rules.bind_query(query);
    let body = gate.rules.bind_body(body, settings.written_as.is_some());
    gate.rules.check(&path, &query, &parts.headers, &body, false)?;
    if parts.uri.query().is_some() {
        let query = query_of(&query);
        parts.uri =
            format!("{}?{query}", parts.uri.path()).parse().map_err(|_| bad("The query is not valid.".to_owned()))?;
    }
    Ok(Request::from_parts(parts, Body::from(body)))
}

/// JSON as the instance's serialiser is set to write it.
async fn written(gate: &Gate, response: Response) -> Response {
    let settings = &gate.instance.settings;
    let media_type = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_json = media_type.is_some_and(|media_type| media_type.contains("json"));
    if !is_json || !(settings.pascal_members || settings.numbers_as_text) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    parts.headers.remove(header::CONTENT_LENGTH);
    match serde_json::from_slice(&bytes) {
        Ok(json) => Response::from_parts(parts, Body::from(binding::written(settings, json).to_string())),
        Err(_) => Response::from_parts(parts, Body::from(bytes)),
    }
}

/// Pairs as a query (WHATWG URL, application/x-www-form-urlencoded).
fn query_of(pairs: &[(String, String)]) -> String {
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    pairs.join("&")
}
