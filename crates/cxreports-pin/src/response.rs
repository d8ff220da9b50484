//! Responses, bounded, as what an operation gives or why it gives nothing.

use std::time::Duration;

use cxreports_core::{CallError, Content, Download, Output};
use futures_util::{Stream, StreamExt as _};
use memchr::memmem;
use reqwest::{
    Response, StatusCode,
    header::{AUTHORIZATION, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION},
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
    response: Response,
    limits: Limits,
    sent: &Sent,
) -> Result<T, CallError> {
    let (status, mut headers) = (response.status(), response.headers().clone());
    if !status.is_success() {
        sent.hide_in_location(&mut headers);
        let body = sent.hidden(beginning(response.bytes_stream(), limits.error_time).await);
        return Err(CallError::from_response(operation, status, &headers, &body));
    }
    let unexpected = |detail: String| CallError::UnexpectedResponse { operation, detail };
    // No part and no coding was asked for: what comes so is not what it would be taken for.
    if status == StatusCode::PARTIAL_CONTENT {
        return Err(unexpected(format!("{status}, which was not asked for")));
    }
    if headers.get_all(CONTENT_ENCODING).iter().any(is_coded) {
        return Err(unexpected("a compressed response, which was not asked for".to_owned()));
    }
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_page = media_type.trim_start().to_ascii_lowercase().starts_with("text/html");
    // An exported page has a file name.
    if is_page && !(T::CONTENT == Content::File && headers.contains_key(CONTENT_DISPOSITION)) {
        return Err(CallError::from_page(operation, &beginning(response.bytes_stream(), limits.error_time).await));
    }
    match T::CONTENT {
        Content::File => {
            // What is no file may be a message, whatever it is called.
            let mut message = Some(sent.clone());
            let body = response.bytes_stream().map(move |chunk| {
                let chunk = chunk.map_err(|error| broken(operation, error))?;
                Ok(match message.take() {
                    Some(sent) if chunk.trim_ascii_start().starts_with(b"{") => sent.hidden(chunk.into()).into(),
                    _ => chunk,
                })
            });
            T::from_file(Download::new(headers, Box::pin(body))).ok_or_else(|| unexpected("a file".to_owned()))
        }
        Content::Nothing => {
            // Read to its end, so that the connection can be used again.
            drop(beginning(response.bytes_stream(), limits.error_time).await);
            T::from_json(b"").map_err(unexpected)
        }
        Content::Json => {
            let body = sent.hidden(whole(operation, response, limits.json).await?);
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

    fn hidden(&self, mut text: Vec<u8>) -> Vec<u8> {
        let Some(secret) = self.secret() else { return text };
        let found: Vec<_> = memmem::find_iter(&text, secret).collect();
        for at in found {
            text[at..at + secret.len()].fill(b'*');
        }
        text
    }

    fn hide_in_location(&self, headers: &mut HeaderMap) {
        if let Some(location) = headers.get_mut(LOCATION)
            && let Ok(hidden) = HeaderValue::from_bytes(&self.hidden(location.as_bytes().to_vec()))
        {
            *location = hidden;
        }
    }
}

/// Whether a `Content-Encoding` is a compression.
fn is_coded(value: &HeaderValue) -> bool {
    let codings = String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase();
    codings.split(',').any(|coding| matches!(coding.trim(), "br" | "compress" | "deflate" | "gzip" | "x-gzip" | "zstd"))
}

/// A whole body, unless it is larger than allowed.
async fn whole(operation: &'static str, response: Response, limit: usize) -> Result<Vec<u8>, CallError> {
    let size = response.content_length().and_then(|size| usize::try_from(size).ok()).unwrap_or_default();
    let mut body = Vec::with_capacity(size.min(limit).min(1 << 20));
    let mut chunks = response.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| broken(operation, error))?;
        if body.len() + chunk.len() > limit {
            let detail = format!("its JSON is larger than {limit} bytes, the limit of this client");
            return Err(CallError::UnexpectedResponse { operation, detail });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The beginning of a body, as far as it comes within a time.
async fn beginning(body: impl Stream<Item = reqwest::Result<bytes::Bytes>>, within: Duration) -> Vec<u8> {
    let mut body = std::pin::pin!(body);
    let mut text = Vec::new();
    let end = Instant::now() + within;
    while let Ok(Some(Ok(chunk))) = timeout_at(end, body.next()).await {
        text.extend_from_slice(&chunk[..chunk.len().min(ERROR_LIMIT - text.len())]);
        if text.len() == ERROR_LIMIT {
            break;
        }
    }
    text
}

fn broken(operation: &'static str, error: reqwest::Error) -> CallError {
    CallError::Body { operation, source: Box::new(error.without_url()) }
}
