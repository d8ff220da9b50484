//! Responses, bounded, as what an operation gives or why it gives nothing.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use cxreports_core::{CallError, Content, Download, Exchange, Output};
use futures_util::{StreamExt as _, future::BoxFuture};
use memchr::memmem;
use reqwest::{
    Response, StatusCode,
    header::{AUTHORIZATION, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue},
};
use tokio::time::{Instant, timeout_at};

/// The most that is read of an error's body or of a page, in bytes.
const ERROR_LIMIT: usize = 64 << 10;

/// How much is read of a response, and for how long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// The largest JSON, in bytes.
    pub(crate) json: usize,
    /// The longest time for the body of an error, a page or a response whose body says nothing: the status is known already.
    pub(crate) error_time: Duration,
}

/// The output that a response carries. The credentials that were sent are hidden in what is read of it: servers repeat them
/// in their messages.
pub(crate) async fn read<T: Output>(
    operation: &'static str,
    mut response: Response,
    limits: Limits,
    sent: &Sent,
    exchange: &Exchange,
) -> Result<T, CallError> {
    let status = response.status();
    sent.hide_in_headers(response.headers_mut());
    exchange.received(status, response.headers());
    if !status.is_success() {
        let body = sent.hidden(beginning(&mut response, limits.error_time).await);
        if body.len() < ERROR_LIMIT {
            exchange.read(body.len() as u64);
        }
        return Err(CallError::from_response(operation, status, response.headers(), &body));
    }
    let headers = response.headers();
    let unexpected = |detail: String| CallError::UnexpectedResponse { operation, detail };
    // Neither a part nor an encoding was requested, so that such a response is not the whole file.
    if status == StatusCode::PARTIAL_CONTENT {
        return Err(unexpected(format!("{status}, which was not asked for")));
    }
    if headers.get_all(CONTENT_ENCODING).iter().any(is_coded) {
        return Err(unexpected("a compressed response, which was not asked for".to_owned()));
    }
    let media_type = headers.get(CONTENT_TYPE).map_or(&b""[..], |value| value.as_bytes().trim_ascii_start());
    let is_page = media_type.get(..9).is_some_and(|start| start.eq_ignore_ascii_case(b"text/html"));
    // An exported page has a file name.
    if is_page && !(T::CONTENT == Content::File && headers.contains_key(CONTENT_DISPOSITION)) {
        return Err(CallError::from_page(operation, &beginning(&mut response, limits.error_time).await));
    }
    match T::CONTENT {
        Content::File => {
            // Anything that is not a file may be an error message, whatever its media type.
            let mut message = Some(sent.clone());
            let headers = std::mem::take(response.headers_mut());
            let body = response.bytes_stream().map(move |chunk| {
                let chunk = chunk.map_err(|error| broken(operation, error))?;
                Ok(match message.take() {
                    Some(sent) if chunk.trim_ascii_start().starts_with(b"{") => sent.hidden(chunk),
                    _ => chunk,
                })
            });
            T::from_file(Download::new(headers, Box::pin(body))).ok_or_else(|| unexpected("a file".to_owned()))
        }
        Content::Nothing => {
            // Read to its end, so that the connection can be used again.
            exchange.read(beginning(&mut response, limits.error_time).await.len() as u64);
            T::from_json(b"").map_err(unexpected)
        }
        Content::Json => {
            let body = sent.hidden(whole(operation, &mut response, limits.json).await?);
            exchange.read(body.len() as u64);
            if body.trim_ascii().is_empty() {
                return Err(unexpected(format!("{status} without a body")));
            }
            if body.trim_ascii_start().starts_with(b"<") {
                return Err(CallError::from_page(operation, &body[..body.len().min(ERROR_LIMIT)]));
            }
            T::from_json(&body).map_err(unexpected)
        }
    }
}

/// The credentials that a request carried.
#[derive(Clone)]
pub(crate) struct Sent(Option<HeaderValue>);

impl Sent {
    /// Anything shorter would be found where it is not meant, in bytes.
    const SHORTEST: usize = 8;

    pub(crate) fn with(request: &reqwest::Request) -> Self {
        Self(request.headers().get(AUTHORIZATION).cloned())
    }

    fn secret(&self) -> Option<&[u8]> {
        let credentials = self.0.as_ref()?.as_bytes();
        credentials.rsplit(|byte| *byte == b' ').next().filter(|secret| secret.len() >= Self::SHORTEST)
    }

    fn hidden(&self, text: Bytes) -> Bytes {
        let Some(secret) = self.secret() else { return text };
        let found: Vec<_> = memmem::find_iter(&text, secret).collect();
        if found.is_empty() {
            return text;
        }
        let mut text = Vec::from(text);
        for at in found {
            text[at..at + secret.len()].fill(b'*');
        }
        text.into()
    }

    /// Of all headers, since any may become the server's id of the request or the place of a redirect.
    fn hide_in_headers(&self, headers: &mut HeaderMap) {
        let Some(secret) = self.secret() else { return };
        for value in headers.values_mut().filter(|value| value.as_bytes().len() >= secret.len()) {
            if memmem::find(value.as_bytes(), secret).is_some()
                && let Ok(hidden) = HeaderValue::from_bytes(&self.hidden(Bytes::copy_from_slice(value.as_bytes())))
            {
                *value = hidden;
            }
        }
    }
}

/// Whether a `Content-Encoding` is a compression.
fn is_coded(value: &HeaderValue) -> bool {
    let codings = String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase();
    codings.split(',').any(|coding| matches!(coding.trim(), "br" | "compress" | "deflate" | "gzip" | "x-gzip" | "zstd"))
}

/// A whole body, unless it is larger than allowed.
async fn whole(operation: &'static str, response: &mut Response, limit: usize) -> Result<Bytes, CallError> {
    let mut first = Bytes::new();
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| broken(operation, error))? {
        if first.len() + body.len() + chunk.len() > limit {
            let detail = format!("its JSON is larger than {limit} bytes, the limit of this client");
            return Err(CallError::UnexpectedResponse { operation, detail });
        }
        // Most bodies are one chunk, which needs no copy.
        if first.is_empty() && body.is_empty() {
            first = chunk;
            continue;
        }
        if body.is_empty() {
            let size = response.content_length().and_then(|size| usize::try_from(size).ok()).unwrap_or_default();
            body.reserve(size.min(limit).min(1 << 20).max(first.len() + chunk.len()));
            body.extend_from_slice(&std::mem::take(&mut first));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(if body.is_empty() { first } else { body.freeze() })
}

/// The beginning of a body, as far as it comes within a time. Boxed, since most calls do without it.
fn beginning(response: &mut Response, within: Duration) -> BoxFuture<'_, Bytes> {
    Box::pin(async move {
        let mut text = BytesMut::new();
        let end = Instant::now() + within;
        while let Ok(Ok(Some(chunk))) = timeout_at(end, response.chunk()).await {
            text.extend_from_slice(&chunk[..chunk.len().min(ERROR_LIMIT - text.len())]);
            if text.len() == ERROR_LIMIT {
                break;
            }
        }
        text.freeze()
    })
}

fn broken(operation: &'static str, error: reqwest::Error) -> CallError {
    CallError::Body { operation, source: Box::new(error.without_url()) }
}
