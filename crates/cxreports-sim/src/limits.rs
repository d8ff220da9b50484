//! What is refused before a request reaches the application: by a reverse proxy, by IIS, by Kestrel.

use http::{
    Method, StatusCode,
    header::{self, HeaderValue},
};

use crate::{
    call::Reply,
    response::{Body, Response},
    settings::Settings,
    wire::{Head, Refusal},
};

/// The response to a request that a proxy or IIS refuses; `None` for one that they pass on.
pub(crate) fn refusal(settings: &Settings, head: &Head) -> Option<Response> {
    let length = head.content_length();
    if settings.proxy.request_line.is_some_and(|limit| head.line > limit) {
        return Some(by_proxy(StatusCode::URI_TOO_LONG));
    }
    if settings.proxy.body.is_some_and(|limit| length.is_some_and(|length| length > limit)) {
        return Some(by_proxy(StatusCode::PAYLOAD_TOO_LARGE));
    }
    let has_body = head.method == Method::POST || head.method == Method::PUT;
    let has_end = length.is_some() || head.headers.contains_key(header::TRANSFER_ENCODING);
    (settings.require_length && has_body && !has_end).then(by_iis)
}

/// The largest body that comes through, in bytes.
pub(crate) fn body(settings: &Settings) -> u64 {
    settings.proxy.body.map_or(settings.body_limit, |limit| limit.min(settings.body_limit))
}

/// The response to a request that Kestrel refuses, unless a proxy with narrower limits stands in front of it.
pub(crate) fn refused(settings: &Settings, refusal: Refusal) -> Response {
    let by_proxy_first = match refusal {
        Refusal::LINE_TOO_LONG => settings.proxy.request_line.is_some(),
        Refusal::TOO_LARGE => settings.proxy.body.is_some_and(|limit| limit < settings.body_limit),
        _ => false,
    };
    if by_proxy_first {
        return by_proxy(refusal.status);
    }
    // Kestrel says no more than the status, and closes the connection.
    let reply = Reply::from(Body::empty()).status(refusal.status).with(header::CONNECTION, CLOSE);
    match refusal.allow {
        Some(method) => reply.with(header::ALLOW, HeaderValue::from_static(method)).response,
        None => reply.response,
    }
}

/// The response of a proxy that has waited long enough.
pub(crate) fn timed_out() -> Response {
    by_proxy(StatusCode::GATEWAY_TIMEOUT)
}

const CLOSE: HeaderValue = HeaderValue::from_static("close");

fn by_proxy(status: StatusCode) -> Response {
    let reason = status.canonical_reason().unwrap_or_default();
    let title = format!("{} {reason}", status.as_u16());
    let page = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    );
    by(page, "nginx", status)
}

fn by_iis() -> Response {
    let page = "<!DOCTYPE HTML>\r\n<HTML><HEAD><TITLE>Length Required</TITLE></HEAD>\r\n<BODY><h2>Length Required</h2>\r\n\
                <hr><p>HTTP Error 411. The request must be chunked or have a content length.</p>\r\n</BODY></HTML>\r\n";
    by(page.to_owned(), "Microsoft-HTTPAPI/2.0", StatusCode::LENGTH_REQUIRED)
}

/// A page of a server in front of Kestrel, which closes the connection.
fn by(page: String, server: &'static str, status: StatusCode) -> Response {
    let reply = Reply::html(page).status(status).with(header::CONNECTION, CLOSE);
    reply.with(header::SERVER, HeaderValue::from_static(server)).response
}
