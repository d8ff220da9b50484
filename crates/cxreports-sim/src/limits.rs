//! What is refused before a request reaches the application: by a reverse proxy, by IIS, by Kestrel.

use hyper::{
    Method, Request, StatusCode, Version,
    header::{self, HeaderValue},
};

use crate::{
    call::Reply,
    response::{Body, Response},
    settings::Settings,
};

/// Kestrel's `MaxRequestLineSize`, in bytes.
const REQUEST_LINE: usize = 8 * 1024;

/// Kestrel's `MaxRequestHeadersTotalSize`, in bytes.
const HEADERS: usize = 32 * 1024;

/// The response to a request that is refused; `None` for one that is not.
pub(crate) fn refusal<B>(settings: &Settings, request: &Request<B>) -> Option<Response> {
    let line = line_of(request);
    let length: Option<u64> =
        request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if settings.proxy.request_line.is_some_and(|limit| line > limit) {
        return Some(by_proxy(StatusCode::URI_TOO_LONG));
    }
    if settings.proxy.body.is_some_and(|limit| length.is_some_and(|length| length > limit)) {
        return Some(by_proxy(StatusCode::PAYLOAD_TOO_LARGE));
    }
    let has_body = request.method() == Method::POST || request.method() == Method::PUT;
    if settings.require_length
        && has_body
        && length.is_none()
        && !request.headers().contains_key(header::TRANSFER_ENCODING)
    {
        return Some(by_iis());
    }
    let refused = match () {
        () if line > REQUEST_LINE => StatusCode::URI_TOO_LONG,
        () if size_of_headers(request) > HEADERS => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        () if request.version() == Version::HTTP_11 && !request.headers().contains_key(header::HOST) => {
            StatusCode::BAD_REQUEST
        }
        () => return None,
    };
    Some(by_kestrel(refused))
}

/// The largest body that comes through, in bytes.
pub(crate) fn body(settings: &Settings) -> u64 {
    settings.proxy.body.map_or(settings.body_limit, |limit| limit.min(settings.body_limit))
}

/// The response to a body that turned out too large.
pub(crate) fn too_large(settings: &Settings) -> Response {
    match settings.proxy.body {
        Some(limit) if limit < settings.body_limit => by_proxy(StatusCode::PAYLOAD_TOO_LARGE),
        _ => by_kestrel(StatusCode::PAYLOAD_TOO_LARGE),
    }
}

/// The response of a proxy that has waited long enough.
pub(crate) fn timed_out() -> Response {
    by_proxy(StatusCode::GATEWAY_TIMEOUT)
}

/// Method, target and version, with the end of the line.
fn line_of<B>(request: &Request<B>) -> usize {
    let target = request.uri().path_and_query().map_or(1, |target| target.as_str().len());
    request.method().as_str().len() + target + " ".len() + " HTTP/1.1\r\n".len()
}

fn size_of_headers<B>(request: &Request<B>) -> usize {
    request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len()).sum()
}

/// Kestrel says no more than the status, and closes the connection.
fn by_kestrel(status: StatusCode) -> Response {
    Reply::from(Body::empty()).status(status).with(header::CONNECTION, HeaderValue::from_static("close")).response
}

fn by_proxy(status: StatusCode) -> Response {
    let reason = status.canonical_reason().unwrap_or_default();
    let title = format!("{} {reason}", status.as_u16());
    let page = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    );
    Reply::html(page).with(header::CONNECTION, HeaderValue::from_static("close")).status(status).response
}

fn by_iis() -> Response {
    let page = "<!DOCTYPE HTML>\r\n<HTML><HEAD><TITLE>Length Required</TITLE></HEAD>\r\n<BODY><h2>Length Required</h2>\r\n\
                <hr><p>HTTP Error 411. The request must be chunked or have a content length.</p>\r\n</BODY></HTML>\r\n";
    let close = HeaderValue::from_static("close");
    Reply::html(page).status(StatusCode::LENGTH_REQUIRED).with(header::CONNECTION, close).response
}
