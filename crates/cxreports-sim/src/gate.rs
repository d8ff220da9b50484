//! What every request to an endpoint passes: it is counted, may meet a fault, needs a token or a nonce, and is bound.

use bytes::Bytes;
use http::{StatusCode, header};

use crate::{
    auth::{self, Entry},
    call::{Call, Reply},
    endpoint::Endpoint,
    limits,
    problem::{Errors, Problem},
    response::{Closed, Response},
    routes::Route,
    state::State,
    wire::{Head, RequestBody, Unread},
};

/// Handles a request to an endpoint.
pub(crate) async fn pass(
    state: &State,
    route: &Route,
    path: Vec<String>,
    head: &Head,
    body: &mut RequestBody<'_>,
) -> Result<Response, Closed> {
    let errors = Errors::of(state.settings.errors, &head.headers);
    let Some((endpoint, _)) = route.action else {
        let problem = Problem::new(StatusCode::NOT_IMPLEMENTED, "The simulator does not know this operation.");
        return Ok(problem.response(errors));
    };
    let fault = {
        let mut changing = state.changing();
        let requests = changing.requests.entry(endpoint).or_default();
        *requests = requests.saturating_add(1);
        changing.faults.choose(endpoint)
    };
    let Some(fault) = fault else { return handle(state, route, endpoint, path, head, body).await };
    match fault.instead(errors).await? {
        Some(response) => Ok(response),
        None => fault.spoil(handle(state, route, endpoint, path, head, body).await?),
    }
}

async fn handle(
    state: &State,
    route: &Route,
    endpoint: Endpoint,
    path: Vec<String>,
    head: &Head,
    body: &mut RequestBody<'_>,
) -> Result<Response, Closed> {
    let errors = Errors::of(state.settings.errors, &head.headers);
    let entry = match auth::admit(state, endpoint, head) {
        Ok(entry) => entry,
        Err(response) => return Ok(*response),
    };
    let body = match route.form.encoding(&head.headers) {
        Ok(None) => Bytes::new(),
        Ok(Some(encoding)) => match body.read(limits::body(&state.settings)).await {
            Ok(body) => encoding.decode(body),
            Err(Unread::Refused(refusal)) => return Ok(limits::refused(&state.settings, refusal)),
            Err(Unread::Gone) => return Err(Closed),
        },
        Err(problem) => return Ok(problem.response(errors)),
    };
    let run = || {
        #[cfg(feature = "validate")]
        if let Some(rules) = &route.rules {
            rules.check(endpoint, &head.query, &head.headers, &body)?;
        }
        let arguments = route.form.bind(&head.query, &body)?;
        let mut call = Call { state, headers: &head.headers, path, arguments };
        let (_, handler) = route.action.expect("an endpoint");
        handler(&mut call)
    };
    let mut reply = run().unwrap_or_else(|problem| Reply::problem(&problem, errors));
    // A nonce is spent by a request that succeeds; of several at a time, one gets it, and with it a session.
    if let Entry::Nonce(nonce) = entry
        && reply.response.status().is_success()
    {
        match auth::begin_session(state, &nonce) {
            Some(cookie) => reply = reply.with(header::SET_COOKIE, cookie),
            None => return Ok(auth::unauthorized(None)),
        }
    }
    if !reply.after.is_zero() {
        tokio::time::sleep(reply.after).await;
    }
    Ok(reply.response)
}
