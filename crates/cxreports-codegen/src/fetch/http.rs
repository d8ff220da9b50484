//! Looking for a document over HTTP.

use cxreports_openapi::discover::{PLACES, Page, document_urls, is_loopback};
use reqwest::{
    Client, Response, StatusCode,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue},
    redirect,
};
use serde_json::Value;
use url::Url;

use super::{
    error::{FetchError, REDIRECTS},
    parse::parse_watching,
    source::{Fetched, Options, printable},
};

/// A JSON response of the instance, which need not be a document.
///
/// # Errors
///
/// [`FetchError`] says what came instead.
pub async fn json(url: &Url, options: &Options) -> Result<Value, FetchError> {
    let fetcher = Fetcher::new(url, options)?;
    let response = fetcher.send(url).await?;
    let (shown, status) = (printable(response.url()), response.status());
    if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
        return Err(FetchError::Unauthorized { url: shown, status });
    }
    if !status.is_success() {
        return Err(FetchError::NotFound { base: shown.clone(), tried: vec![format!("{shown}: {status}")] });
    }
    let bytes = fetcher.body(response).await?;
    if bytes.trim_ascii_start().starts_with(b"<") {
        return Err(page_error(&shown, &String::from_utf8_lossy(&bytes)));
    }
    serde_json::from_slice(&bytes).map_err(|error| FetchError::NotJson { url: shown, reason: error.to_string() })
}

/// What one request brought.
pub(super) enum Found {
    Document(Box<Fetched>),
    Page { url: String, html: String, at: Url },
    Missing { url: String, status: String },
}

pub(super) struct Fetcher<'a> {
    client: Client,
    options: &'a Options,
    origin: url::Origin,
    token: Option<HeaderValue>,
}

impl<'a> Fetcher<'a> {
    pub(super) fn new(url: &Url, options: &'a Options) -> Result<Self, FetchError> {
        let unusable = |reason: String| FetchError::Unreachable { url: printable(url), reason };
        let is_local = url.host_str().is_some_and(is_loopback);
        if options.token.is_some() && url.scheme() == "http" && !is_local {
            return Err(unusable(
                "the token would go over plain http, where anyone on the network path can read it; use https"
                    .to_owned(),
            ));
        }
        let client = Client::builder();
        // Requests to this machine do not go through a proxy.
        let client = if is_local { client.no_proxy() } else { client };
        let client = client
            .timeout(options.timeout)
            .redirect(redirect::Policy::limited(REDIRECTS))
            .user_agent(concat!("cxreports-codegen/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| unusable(chain(&error)))?;
        let token = options.token.as_ref().map(|token| {
            let mut value = HeaderValue::try_from(format!("Bearer {}", token.trim()))
                .map_err(|_| unusable("the token has characters that no header can carry".to_owned()))?;
            value.set_sensitive(true);
            Ok(value)
        });
        Ok(Self { client, options, origin: url.origin(), token: token.transpose()? })
    }

    /// Looks at the URL itself, then where ASP.NET serves the document.
    pub(super) async fn discover(&self, base: &Url) -> Result<Fetched, FetchError> {
        let mut tried = Vec::new();
        let mut worst: Option<FetchError> = None;
        let mut note = |error: FetchError| {
            if worst.as_ref().is_none_or(|known| error.weight() > known.weight()) {
                worst = Some(error);
            }
        };
        let mut directory = base.clone();
        directory.set_query(None);
        directory.set_fragment(None);
        if !directory.path().ends_with('/') {
            directory.set_path(&format!("{}/", directory.path()));
        }
        let places = PLACES.iter().filter_map(|place| directory.join(place).ok());
        for place in std::iter::once(base.clone()).chain(places) {
            match self.get(&place).await {
                Ok(Found::Document(fetched)) => return Ok(*fetched),
                Ok(Found::Page { url, html, at }) => match self.follow_page(&at, &html).await {
                    Some(Ok(fetched)) => return Ok(fetched),
                    Some(Err(error)) => note(error),
                    None => note(page_error(&url, &html)),
                },
                Ok(Found::Missing { url, status }) => tried.push(format!("{url}: {status}")),
                Err(error @ (FetchError::Unreachable { .. } | FetchError::TimedOut { .. })) => return Err(error),
                Err(error) => note(error),
            }
        }
        Err(worst.unwrap_or(FetchError::NotFound { base: printable(base), tried }))
    }

    /// The document that a Swagger page names, in itself or in its script; `None` when it is no Swagger page.
    async fn follow_page(&self, page: &Url, html: &str) -> Option<Result<Fetched, FetchError>> {
        let Page { documents: mut named, scripts } = Page::read(html)?;
        for script in scripts {
            let Ok(url) = page.join(script) else { continue };
            if let Ok(text) = self.text(&url).await {
                named.extend(document_urls(&text));
            }
        }
        let url = named.iter().find_map(|url| page.join(url).ok())?;
        Some(match self.get(&url).await {
            Ok(Found::Document(fetched)) => Ok(*fetched),
            Ok(Found::Page { url, html, .. }) => Err(page_error(&url, &html)),
            Ok(Found::Missing { url, status }) => {
                Err(FetchError::NotFound { base: printable(page), tried: vec![format!("{url}: {status}")] })
            }
            Err(error) => Err(error),
        })
    }

    async fn text(&self, url: &Url) -> Result<String, FetchError> {
        let response = self.send(url).await?;
        Ok(String::from_utf8_lossy(&self.body(response).await?).into_owned())
    }

    pub(super) async fn get(&self, url: &Url) -> Result<Found, FetchError> {
        let response = self.send(url).await?;
        let at = response.url().clone();
        let shown = self.shown(&at);
        let status = response.status();
        if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
            return Err(FetchError::Unauthorized { url: shown, status });
        }
        if !status.is_success() {
            return Ok(Found::Missing { url: shown, status: status.to_string() });
        }
        let html_type = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.to_ascii_lowercase().contains("html"));
        let bytes = self.body(response).await?;
        if html_type || bytes.trim_ascii_start().starts_with(b"<") {
            return Ok(Found::Page { url: shown, html: String::from_utf8_lossy(&bytes).into_owned(), at });
        }
        let (document, repeated) = parse_watching(&bytes, &shown)?;
        Ok(Found::Document(Box::new(Fetched { bytes, document, repeated, from: shown })))
    }

    async fn send(&self, url: &Url) -> Result<Response, FetchError> {
        let mut request = self
            .client
            .get(url.clone())
            .header(ACCEPT, "application/json, application/yaml;q=0.9, text/html;q=0.8, */*;q=0.5");
        if let Some(token) = self.token.as_ref().filter(|_| url.origin() == self.origin) {
            request = request.header(AUTHORIZATION, token);
        }
        request.send().await.map_err(|error| self.failure(url, &error, 0))
    }

    /// The body, up to the limit.
    async fn body(&self, mut response: Response) -> Result<Vec<u8>, FetchError> {
        let url = response.url().clone();
        let limit = self.options.max_bytes;
        let mut bytes = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
                Ok(None) => {
                    self.hide_token(&mut bytes);
                    return Ok(bytes);
                }
                Err(error) => return Err(self.failure(&url, &error, bytes.len())),
            }
            if bytes.len() as u64 > limit {
                return Err(FetchError::TooLarge { url: self.shown(&url), limit });
            }
        }
    }

    /// A URL as it is printed: a server may redirect to one that repeats the token.
    fn shown(&self, url: &Url) -> String {
        let mut text = printable(url).into_bytes();
        self.hide_token(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    }

    /// Overwrites the token in what a server sent: it would be printed, or committed.
    fn hide_token(&self, bytes: &mut [u8]) {
        /// Anything shorter would be found where it is not meant.
        const SHORTEST: usize = 8;
        let token = self.options.token.as_deref().map(|token| token.trim().as_bytes());
        let Some(token) = token.filter(|token| token.len() >= SHORTEST) else { return };
        let mut from = 0;
        while let Some(at) = bytes[from..].windows(token.len()).position(|part| part == token) {
            from += at + token.len();
            bytes[from - token.len()..from].fill(b'*');
        }
    }

    fn failure(&self, url: &Url, error: &reqwest::Error, bytes: usize) -> FetchError {
        let url = self.shown(url);
        if error.is_timeout() {
            FetchError::TimedOut { url, seconds: self.options.timeout.as_secs() }
        } else if error.is_redirect() {
            FetchError::RedirectLoop { url }
        } else if error.is_body() || error.is_decode() {
            FetchError::Truncated { url, bytes }
        } else {
            FetchError::Unreachable { url, reason: chain(error) }
        }
    }
}

pub(super) fn page_error(url: &str, html: &str) -> FetchError {
    let lower = html.to_ascii_lowercase();
    let path = Url::parse(url).map(|url| url.path().to_ascii_lowercase()).unwrap_or_default();
    let asks_for_password =
        lower.contains("type=\"password\"") || lower.contains("type='password'") || lower.contains("type=password");
    if asks_for_password || path.contains("login") || path.contains("signin") {
        return FetchError::LoginPage { url: url.to_owned() };
    }
    let title = lower.find("<title>").and_then(|at| {
        let rest = html.get(at + "<title>".len()..)?;
        Some(rest.get(..rest.find('<')?)?.trim().chars().filter(|c| !c.is_control()).take(80).collect::<String>())
    });
    FetchError::Html { url: url.to_owned(), title: title.filter(|title| !title.is_empty()) }
}

/// An error with its sources, without the URL that it repeats.
fn chain(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}
