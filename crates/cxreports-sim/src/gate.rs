//! What every request to an endpoint passes: it is counted, may meet a fault, needs a token or a nonce, and is bound.

use std::{future::poll_fn, pin::Pin};

use hyper::{
    Request, StatusCode,
    body::{Body as _, Bytes, Incoming},
    header,
};

use crate::{
    auth::{self, Entry},
    call::{Call, Reply},
    endpoint::Endpoint,
    fault::Closed,
    limits,
    problem::Problem,
    response::Response,
    routes::Route,
    state::State,
};

/// Handles a request to an endpoint.
pub(crate) async fn pass(
    state: &State,
    route: &Route,
    path: Vec<String>,
    request: Request<Incoming>,
) -> Result<Response, Closed> {
    let Some((endpoint, _)) = route.action else {
        let problem = Problem::new(StatusCode::NOT_IMPLEMENTED, "The simulator does not know this operation.");
        return Ok(problem.response(state.settings.errors));
    };
    let fault = {
        let mut changing = state.changing();
        *changing.requests.entry(endpoint).or_default() += 1;
        changing.faults.choose(endpoint)
    };
    let Some(fault) = fault else { return handle(state, route, endpoint, path, request).await };
    match fault.instead(state.settings.errors).await? {
        Some(response) => Ok(response),
        None => fault.spoil(handle(state, route, endpoint, path, request).await?),
    }
}

async fn handle(
    state: &State,
    route: &Route,
    endpoint: Endpoint,
    path: Vec<String>,
    request: Request<Incoming>,
) -> Result<Response, Closed> {
    let entry = match auth::admit(state, endpoint, request.headers(), request.uri()) {
        Ok(entry) => entry,
        Err(response) => return Ok(*response),
    };
    let (parts, incoming) = request.into_parts();
    let body = if route.form.takes_body() {
        match read(incoming, limits::body(&state.settings)).await? {
            Some(body) => body,
            None => return Ok(limits::too_large(&state.settings)),
        }
    } else {
        Bytes::new()
    };
    let run = || {
        let query = parts.uri.query().unwrap_or_default();
        #[cfg(feature = "validate")]
        if let Some(rules) = &route.rules {
            rules.check(endpoint, query, &parts.headers, &body)?;
        }
        let arguments = route.form.bind(query, &parts.headers, &body)?;
        let mut call = Call { state, headers: &parts.headers, path, arguments };
        let (_, handler) = route.action.expect("an endpoint");
        handler(&mut call)
    };
    let run = || run().unwrap_or_else(|problem| Reply::problem(&problem, state.settings.errors));
    let reply = match entry {
        Entry::Known => run(),
        Entry::Nonce(nonce) => match once(state, endpoint, nonce, run) {
            Some(reply) => reply,
            None => return Ok(auth::unauthorized(None)),
        },
    };
    if !reply.after.is_zero() {
        tokio::time::sleep(reply.after).await;
    }
    Ok(reply.response)
}

/// Spends a nonce on a request that succeeds; of several at a time, one gets it.
fn once(state: &State, endpoint: Endpoint, nonce: String, run: impl FnOnce() -> Reply) -> Option<Reply> {
    let expires = state.changing().nonces.remove(&nonce)?;
    let reply = run();
    if !reply.response.status().is_success() {
        state.changing().nonces.insert(nonce, expires);
        return Some(reply);
    }
    // In a frame, the nonce is exchanged for a session.
    Some(if endpoint == Endpoint::PREVIEW { reply.with(header::SET_COOKIE, auth::begin_session(state)) } else { reply })
}

/// The whole body; `None` when it is larger than the limit.
async fn read(mut body: Incoming, limit: u64) -> Result<Option<Bytes>, Closed> {
    if body.size_hint().lower() > limit {
        return Ok(None);
    }
    let mut first = Bytes::new();
    let mut all = Vec::new();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let Ok(chunk) = frame.map_err(|_| Closed)?.into_data() else { continue };
        if (first.len() + all.len() + chunk.len()) as u64 > limit {
            return Ok(None);
        }
        if first.is_empty() && all.is_empty() {
            first = chunk;
        } else {
            if all.is_empty() {
                all.extend_from_slice(&std::mem::take(&mut first));
            }
            all.extend_from_slice(&chunk);
        }
    }
    Ok(Some(if all.is_empty() { first } else { all.into() }))
}
