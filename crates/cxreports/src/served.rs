//! The document that an instance serves: fetched within limits, and matched with the contract.

use cxreports_core::CallError;
use cxreports_openapi::{
    contract::{self, Contract, Overrides},
    convert::convert,
    discover::{PLACES, Page, document_urls},
};
use futures_util::TryStreamExt as _;
use http::{HeaderMap, Method, StatusCode, header};
use serde_json::Value;
use tokio::time::timeout;
use url::Url;

use crate::{Client, Error};

const OPERATION: &str = "swagger";
/// The most that is read of a document, in bytes.
const LIMIT: usize = 32 << 20;

/// What of the contract the instance's document has; `None` when it serves no document.
pub(crate) async fn contract<P>(client: &Client<P>) -> Result<Option<Contract>, Error> {
    let Some(document) = document(client).await? else { return Ok(None) };
    let document = convert(document).map_err(|error| unreadable(&format!("its Swagger document: {error}")))?;
    let contract = contract::find(&document, &Overrides::new());
    if contract.operations.is_empty() {
        return Err(unreadable("its Swagger document has no operation of the CxReports API"));
    }
    Ok(Some(contract))
}

/// The document, where ASP.NET serves it or its Swagger page names it.
async fn document<P>(client: &Client<P>) -> Result<Option<Value>, Error> {
    for place in PLACES {
        let url = client.url_of(&place.split('/').collect::<Vec<_>>());
        match get(client, &url).await? {
            Some(Found::Document(document)) => return Ok(Some(document)),
            Some(Found::Text(html)) => {
                if let Some(document) = named_by(client, &url, &html).await? {
                    return Ok(Some(document));
                }
            }
            None => {}
        }
    }
    Ok(None)
}

/// The document that a Swagger page or its scripts name.
async fn named_by<P>(client: &Client<P>, at: &Url, html: &str) -> Result<Option<Value>, Error> {
    let Some(Page { mut documents, scripts }) = Page::read(html) else { return Ok(None) };
    let own = |url: &Url| url.origin() == at.origin();
    for url in scripts.into_iter().filter_map(|script| at.join(script).ok()) {
        if let Some(Found::Text(script)) = get(client, &url).await? {
            documents.extend(document_urls(&script));
        }
    }
    let Some(url) = documents.iter().filter_map(|url| at.join(url).ok()).find(own) else { return Ok(None) };
    Ok(match get(client, &url).await? {
        Some(Found::Document(document)) => Some(document),
        _ => None,
    })
}

/// What stands at a URL.
enum Found {
    Document(Value),
    /// A page or a script.
    Text(String),
}

async fn get<P>(client: &Client<P>, url: &Url) -> Result<Option<Found>, Error> {
    let after = client.plain().2;
    let fetched = timeout(after, fetch(client, url)).await;
    let Some((headers, text)) = fetched.map_err(|_| CallError::TimedOut { operation: OPERATION, after })?? else {
        return Ok(None);
    };
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_text = ["html", "javascript"].iter().any(|kind| media_type.contains(kind));
    if is_text || text.trim_ascii_start().starts_with(b"<") {
        return Ok(Some(Found::Text(String::from_utf8_lossy(&text).into_owned())));
    }
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
    let document: Value = serde_json::from_slice(text)
        .map_err(|error| unreadable(&format!("its Swagger document is no JSON at line {}", error.line())))?;
    Ok(Some(Found::Document(document)))
}

/// A body with its headers; `None` when there is nothing, or what stands before everything else answers.
async fn fetch<P>(client: &Client<P>, url: &Url) -> Result<Option<(HeaderMap, Vec<u8>)>, Error> {
    let response = request(client, Method::GET, url.clone(), OPERATION).await?;
    match response.status() {
        StatusCode::OK => {}
        StatusCode::NOT_FOUND | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => return Ok(None),
        status if status.is_redirection() => return Ok(None),
        status => return Err(CallError::from_answer(OPERATION, status, response.headers(), b"").into()),
    }
    let headers = response.headers().clone();
    let broken = |source: reqwest::Error| CallError::Body { operation: OPERATION, source: source.without_url().into() };
    let mut text = Vec::new();
    let mut chunks = std::pin::pin!(response.bytes_stream());
    while let Some(chunk) = chunks.try_next().await.map_err(broken)? {
        if text.len() + chunk.len() > LIMIT {
            return Err(unreadable("its Swagger document is larger than 32 MiB"));
        }
        text.extend_from_slice(&chunk);
    }
    Ok(Some((headers, text)))
}

fn unreadable(detail: &str) -> Error {
    CallError::UnexpectedAnswer { operation: OPERATION, detail: detail.to_owned() }.into()
}

/// Sends a request that is no operation.
pub(crate) async fn request<P>(
    client: &Client<P>,
    method: Method,
    url: Url,
    operation: &'static str,
) -> Result<reqwest::Response, Error> {
    let (http, authorize, after) = client.plain();
    let mut request = reqwest::Request::new(method, url);
    authorize.authorize(request.headers_mut()).await?;
    let response = timeout(after, http.execute(request)).await.map_err(|_| CallError::TimedOut { operation, after })?;
    Ok(response.map_err(|source| CallError::Connection {
        operation,
        maybe_sent: !source.is_connect(),
        source: source.without_url().into(),
    })?)
}
