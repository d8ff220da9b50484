//! Responses, bounded, as what an operation gives or why it gives nothing.

use cxreports_core::{CallError, Content, Download, Output};
use futures_util::{Stream, StreamExt as _};
use reqwest::{
    Response,
    header::{CONTENT_DISPOSITION, CONTENT_TYPE},
};

/// The most that is read of an error's body or of a page, in bytes.
const ERROR_LIMIT: usize = 64 << 10;

/// The output that a response carries.
pub(crate) async fn read<T: Output>(
    operation: &'static str,
    response: Response,
    json_limit: usize,
) -> Result<T, CallError> {
    let (status, headers) = (response.status(), response.headers().clone());
    if !status.is_success() {
        let body = beginning(response.bytes_stream()).await;
        return Err(CallError::from_answer(operation, status, &headers, &body));
    }
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_page = media_type.trim_start().to_ascii_lowercase().starts_with("text/html");
    // An exported page has a file name.
    if is_page && !(T::CONTENT == Content::File && headers.contains_key(CONTENT_DISPOSITION)) {
        return Err(CallError::from_page(operation, &beginning(response.bytes_stream()).await));
    }
    let unexpected = |detail: String| CallError::UnexpectedAnswer { operation, detail };
    match T::CONTENT {
        Content::File => {
            let body = response.bytes_stream().map(move |chunk| chunk.map_err(|error| broken(operation, error)));
            T::from_file(Download::new(headers, Box::pin(body))).ok_or_else(|| unexpected("a file".to_owned()))
        }
        Content::Nothing => {
            // Read to its end, so that the connection can be used again.
            drop(beginning(response.bytes_stream()).await);
            T::from_json(b"").map_err(unexpected)
        }
        Content::Json => {
            let body = whole(operation, response, json_limit).await?;
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

/// A whole body, unless it is larger than allowed.
async fn whole(operation: &'static str, response: Response, limit: usize) -> Result<Vec<u8>, CallError> {
    let size = response.content_length().and_then(|size| usize::try_from(size).ok()).unwrap_or_default();
    let mut body = Vec::with_capacity(size.min(limit).min(1 << 20));
    let mut chunks = response.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| broken(operation, error))?;
        if body.len() + chunk.len() > limit {
            let detail = format!("its JSON is larger than {limit} bytes, the limit of this client");
            return Err(CallError::UnexpectedAnswer { operation, detail });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The beginning of a body, as far as it comes.
async fn beginning(body: impl Stream<Item = reqwest::Result<bytes::Bytes>>) -> Vec<u8> {
    let mut body = std::pin::pin!(body);
    let mut text = Vec::new();
    while let Some(Ok(chunk)) = body.next().await {
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
