//! What every request passes on its way to an endpoint: it is counted, may meet a fault, needs a token, and must be what the
//! document says.

use std::sync::Arc;

use axum::{
    body::{Body, to_bytes},
    extract::{FromRequestParts as _, Query, RawPathParams, Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use crate::{
    Endpoint,
    answer::{self, Problem},
    auth,
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
    if let Some(answer) = auth::refuse(&gate.instance, gate.endpoint, request.headers(), request.uri()) {
        return answer;
    }
    match validated(&gate.rules, request).await {
        Ok(request) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

async fn validated(rules: &Rules, request: Request) -> Result<Request, Problem> {
    let bad = |detail: String| Problem::new(StatusCode::BAD_REQUEST, detail);
    let (mut parts, body) = request.into_parts();
    let path = RawPathParams::from_request_parts(&mut parts, &()).await.map_err(|error| bad(error.to_string()))?;
    let path: Vec<_> = path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let Query::<Vec<(String, String)>>(query) =
        Query::try_from_uri(&parts.uri).map_err(|error| bad(error.to_string()))?;
    let body = to_bytes(body, usize::MAX).await.map_err(|error| bad(error.to_string()))?;
    rules.check(&path, &query, &parts.headers, &body)?;
    Ok(Request::from_parts(parts, Body::from(body)))
}
