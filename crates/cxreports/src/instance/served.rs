//! The document that an instance serves: fetched within limits, and matched with the contract.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use cxreports_core::CallError;
use cxreports_openapi::{
    contract::{self, Contract, Overrides},
    convert::convert,
    discover::{PLACES, Page, document_urls},
};
use futures_util::TryStreamExt as _;
use http::{HeaderValue, Method, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::timeout;
use url::Url;

use crate::{error::Error, transport::connection::Connection};

const OPERATION: &str = "swagger";
/// The most that is read of a document, in bytes.
const LIMIT: usize = 16 << 20;
/// The most values and objects that a document may have: in memory each takes many times what it takes as text.
const MAX_VALUES: usize = 1_000_000;
const MAX_OBJECTS: usize = 200_000;

/// A document that an instance serves.
pub(crate) struct Served {
    pub(crate) source: Source,
    document: Value,
}

/// Where a document was found, and what tells whether it has changed since.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Source {
    url: Url,
    etag: Option<String>,
    hash: u64,
}

impl Source {
    pub(crate) fn has_origin_of(&self, url: &Url) -> bool {
        self.url.origin() == url.origin()
    }
}

/// What has become of a document.
pub(crate) enum Revisited {
    Unchanged(Source),
    Changed(Served),
    Gone,
}

impl Served {
    fn read(source: Source, text: &[u8]) -> Result<Self, Error> {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let count = |signs: &[u8]| text.iter().filter(|byte| signs.contains(byte)).count();
        if count(b"{") > MAX_OBJECTS || count(b",[") > MAX_VALUES {
            return Err(unreadable("its Swagger document has more parts than a real one"));
        }
        let document = serde_json::from_slice(text)
            .map_err(|error| unreadable(&format!("its Swagger document is no JSON at line {}", error.line())))?;
        Ok(Self { source, document })
    }

    /// What of the contract it has.
    pub(crate) fn contract(self) -> Result<Contract, Error> {
        let document = convert(self.document).map_err(|error| unreadable(&format!("its Swagger document: {error}")))?;
        let contract = contract::find(&document, &Overrides::new());
        if contract.operations.is_empty() {
            return Err(unreadable("its Swagger document has no operation of the CxReports API"));
        }
        Ok(contract)
    }
}

/// The document, where ASP.NET serves it or its Swagger page names it; `None` when there is none.
pub(crate) async fn document<P>(connection: &Connection<P>) -> Result<Option<Served>, Error> {
    for place in PLACES {
        let url = connection.url_of(&place.split('/').collect::<Vec<_>>());
        match get(connection, &url).await? {
            Some(Found::Document(served)) => return Ok(Some(served)),
            Some(Found::Text(html)) => {
                if let Some(served) = named_by(connection, &url, &html).await? {
                    return Ok(Some(served));
                }
            }
            None => {}
        }
    }
    Ok(None)
}

/// Asks for a document that was served before, with one request.
pub(crate) async fn revisit<P>(connection: &Connection<P>, known: &Source) -> Result<Revisited, Error> {
    Ok(match fetch(connection, &known.url, known.etag.as_deref()).await? {
        Fetched::Nothing => Revisited::Gone,
        Fetched::Unchanged => Revisited::Unchanged(known.clone()),
        Fetched::Body { source, .. } if source.hash == known.hash => Revisited::Unchanged(source),
        Fetched::Body { is_text: true, .. } => Revisited::Gone,
        Fetched::Body { source, text, .. } => Revisited::Changed(Served::read(source, &text)?),
    })
}

/// The document that a Swagger page or its scripts name.
async fn named_by<P>(connection: &Connection<P>, at: &Url, html: &str) -> Result<Option<Served>, Error> {
    let Some(Page { mut documents, scripts }) = Page::read(html) else { return Ok(None) };
    let own = |url: &Url| url.origin() == at.origin();
    for url in scripts.into_iter().filter_map(|script| at.join(script).ok()) {
        if let Some(Found::Text(script)) = get(connection, &url).await? {
            documents.extend(document_urls(&script));
        }
    }
    let Some(url) = documents.iter().filter_map(|url| at.join(url).ok()).find(own) else { return Ok(None) };
    Ok(match get(connection, &url).await? {
        Some(Found::Document(served)) => Some(served),
        _ => None,
    })
}

/// What stands at a URL.
enum Found {
    Document(Served),
    /// A page or a script.
    Text(String),
}

async fn get<P>(connection: &Connection<P>, url: &Url) -> Result<Option<Found>, Error> {
    Ok(match fetch(connection, url, None).await? {
        Fetched::Nothing | Fetched::Unchanged => None,
        Fetched::Body { text, is_text: true, .. } => Some(Found::Text(String::from_utf8_lossy(&text).into_owned())),
        Fetched::Body { source, text, .. } => Some(Found::Document(Served::read(source, &text)?)),
    })
}

/// The response to a request for a document or a page.
enum Fetched {
    /// There is nothing, or what stands before everything else responds.
    Nothing,
    /// It is what its ETag says.
    Unchanged,
    Body {
        source: Source,
        text: Vec<u8>,
        is_text: bool,
    },
}

async fn fetch<P>(connection: &Connection<P>, url: &Url, etag: Option<&str>) -> Result<Fetched, Error> {
    let after = connection.settings().request_timeout;
    let fetched = timeout(after, fetch_whole(connection, url, etag)).await;
    fetched.map_err(|_| CallError::TimedOut { operation: OPERATION, after })?
}

async fn fetch_whole<P>(connection: &Connection<P>, url: &Url, etag: Option<&str>) -> Result<Fetched, Error> {
    let mut request = reqwest::Request::new(Method::GET, url.clone());
    if let Some(etag) = etag.and_then(|etag| HeaderValue::from_str(etag).ok()) {
        request.headers_mut().insert(header::IF_NONE_MATCH, etag);
    }
    let response = connection.request(OPERATION, request).await?;
    match response.status() {
        StatusCode::OK => {}
        StatusCode::NOT_MODIFIED if etag.is_some() => return Ok(Fetched::Unchanged),
        StatusCode::NOT_FOUND | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => return Ok(Fetched::Nothing),
        status if status.is_redirection() => return Ok(Fetched::Nothing),
        status => return Err(CallError::from_response(OPERATION, status, response.headers(), b"").into()),
    }
    let header = |name| response.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let media_type = header(header::CONTENT_TYPE).unwrap_or_default();
    let is_text = ["html", "javascript"].iter().any(|kind| media_type.contains(kind));
    let etag = header(header::ETAG).map(str::to_owned);
    let broken = |source: reqwest::Error| CallError::Body { operation: OPERATION, source: source.without_url().into() };
    let mut text = Vec::new();
    let mut chunks = std::pin::pin!(response.bytes_stream());
    while let Some(chunk) = chunks.try_next().await.map_err(broken)? {
        if text.len() + chunk.len() > LIMIT {
            return Err(unreadable("its Swagger document is larger than 16 MiB"));
        }
        text.extend_from_slice(&chunk);
    }
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    let is_text = is_text || text.trim_ascii_start().starts_with(b"<");
    let source = Source { url: url.clone(), etag, hash: hasher.finish() };
    Ok(Fetched::Body { source, text, is_text })
}

fn unreadable(detail: &str) -> Error {
    CallError::UnexpectedResponse { operation: OPERATION, detail: detail.to_owned() }.into()
}
