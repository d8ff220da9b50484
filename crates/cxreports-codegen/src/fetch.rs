//! Finding and reading the document of an instance.

use std::{
    fmt,
    io::Read,
    path::{Path, PathBuf},
    time::Duration,
};

use cxreports_openapi::discover::{PLACES, Page, document_urls, is_loopback};
use reqwest::{
    Client, Response, StatusCode,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue},
    redirect,
};
use serde_json::Value;
use thiserror::Error;
use url::Url;

const MOST_REDIRECTS: usize = 5;

/// Where a document is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// An instance's base URL, its Swagger page or the document itself: whichever it is, the document is found.
    Instance(Url),
    /// Exactly this URL.
    Document(Url),
    /// A file.
    File(PathBuf),
    /// Standard input.
    Stdin,
}

impl Source {
    /// Reads what a person types: `-`, a URL, or a file.
    ///
    /// # Errors
    ///
    /// [`FetchError::BadUrl`] when it begins like a URL and is none.
    pub fn parse(text: &str) -> Result<Self, FetchError> {
        if text == "-" {
            Ok(Self::Stdin)
        } else if text.starts_with("http://") || text.starts_with("https://") {
            parse_url(text).map(Self::Instance)
        } else {
            Ok(Self::File(text.into()))
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Instance(url) | Self::Document(url) => printable(url).fmt(f),
            Self::File(path) => path.display().fmt(f),
            Self::Stdin => f.write_str("standard input"),
        }
    }
}

/// Reads an instance's URL.
///
/// # Errors
///
/// [`FetchError::BadUrl`].
pub fn parse_url(text: &str) -> Result<Url, FetchError> {
    // What stands before an @ may be a password: it is not repeated.
    let shown = text.rsplit('@').next().unwrap_or_default();
    let bad = |reason: &str| Err(FetchError::BadUrl { url: shown.to_owned(), reason: reason.to_owned() });
    match Url::parse(text) {
        Ok(url) if !matches!(url.scheme(), "http" | "https") => bad("it is neither http nor https"),
        Ok(url) if !url.username().is_empty() || url.password().is_some() => {
            bad("it has a user or password in it, which would be committed; use --token-env")
        }
        Ok(url) => Ok(url),
        Err(error) => bad(&error.to_string()),
    }
}

/// How to fetch.
#[derive(Clone)]
pub struct Options {
    /// Personal Access Token, for instances that ask for one. It is sent to the origin of the source only.
    pub token: Option<String>,
    /// Largest document, in bytes.
    pub most_bytes: u64,
    /// Longest time for one request.
    pub timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { token: None, most_bytes: 64 << 20, timeout: Duration::from_secs(60) }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("token", &self.token.as_ref().map(|_| ".."))
            .field("most_bytes", &self.most_bytes)
            .field("timeout", &self.timeout)
            .finish()
    }
}

/// A document as it was served.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The same, parsed.
    pub document: Value,
    /// Where it was in the end, fit to be printed.
    pub from: String,
}

/// Why there is no document. Each names what was found and what to do about it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FetchError {
    /// Not a URL.
    #[error("{url:?} is not a URL: {reason}; write it like https://reports.example.com")]
    BadUrl {
        /// What was given.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The file cannot be read.
    #[error("cannot read {path}: {source}")]
    File {
        /// The file, or `standard input`.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Nobody answered.
    #[error("{url}: no answer ({reason}); check the address, and that the instance runs")]
    Unreachable {
        /// The URL.
        url: String,
        /// What failed.
        reason: String,
    },
    /// The time ran out.
    #[error(
        "{url}: no whole answer within {seconds} s; try again, or fetch the document by hand and pass it with --spec FILE"
    )]
    TimedOut {
        /// The URL.
        url: String,
        /// The limit.
        seconds: u64,
    },
    /// Redirects without end.
    #[error(
        "{url}: redirected more than {MOST_REDIRECTS} times; give the address that the browser ends at, or the document's own with --spec-url"
    )]
    RedirectLoop {
        /// The URL.
        url: String,
    },
    /// A login page.
    #[error(
        "{url}: a login page, not the document; if Swagger is behind the login, pass a token with --token-env VAR, or save the document from the browser and pass it with --spec FILE"
    )]
    LoginPage {
        /// The URL.
        url: String,
    },
    /// The server wants credentials.
    #[error("{url}: {status}; pass a Personal Access Token with --token-env VAR")]
    Unauthorized {
        /// The URL.
        url: String,
        /// The status.
        status: StatusCode,
    },
    /// A web page that is no Swagger page.
    #[error("{url}: a web page{}, not the document; open the instance's Swagger page, and pass the URL under its title with --spec-url", title.as_ref().map(|t| format!(" ({t:?})")).unwrap_or_default())]
    Html {
        /// The URL.
        url: String,
        /// The page's title.
        title: Option<String>,
    },
    /// Nothing is there.
    #[error("{base}: no Swagger document (looked at {}); enable Swagger in the instance's configuration, or pass the document's URL with --spec-url", tried.join(", "))]
    NotFound {
        /// The instance.
        base: String,
        /// What was tried, with its status.
        tried: Vec<String>,
    },
    /// The body broke off.
    #[error(
        "{url}: the document breaks off after {bytes} bytes; try again, and look for a proxy that cuts long answers"
    )]
    Truncated {
        /// The URL.
        url: String,
        /// How many bytes there were.
        bytes: usize,
    },
    /// Larger than allowed.
    #[error("{url}: larger than {} MiB, which no Swagger document is", limit >> 20)]
    TooLarge {
        /// The URL.
        url: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// Neither JSON nor YAML.
    #[error("{url}: neither JSON nor YAML: {reason}; pass the document's URL with --spec-url")]
    NotJson {
        /// The URL.
        url: String,
        /// What the parser said, with line and column.
        reason: String,
    },
    /// JSON, but no OpenAPI.
    #[error(
        "{url}: {found}, not an OpenAPI document: it has neither `openapi` nor `swagger` at the top; pass the document's URL with --spec-url"
    )]
    NotOpenApi {
        /// The URL.
        url: String,
        /// What it is instead.
        found: String,
    },
}

impl FetchError {
    /// How much an error says of what is wrong: of several attempts, the one that says most is reported.
    fn weight(&self) -> u8 {
        match self {
            Self::NotFound { .. } => 0,
            Self::Html { .. } => 1,
            Self::LoginPage { .. } | Self::Unauthorized { .. } => 2,
            _ => 3,
        }
    }
}

/// Fetches a document.
///
/// # Errors
///
/// [`FetchError`] names what was found instead, and what to do.
pub async fn fetch(source: &Source, options: &Options) -> Result<Fetched, FetchError> {
    match source {
        Source::Stdin => read(std::io::stdin().lock(), "standard input", options),
        Source::File(path) => read_file(path, options),
        Source::Document(url) => match Fetcher::new(url, options)?.get(url).await? {
            Found::Document(fetched) => Ok(*fetched),
            Found::Page { url, html, .. } => Err(page_error(&url, &html)),
            Found::Missing { url, status } => Err(FetchError::NotFound { base: url, tried: vec![status] }),
        },
        Source::Instance(url) => Fetcher::new(url, options)?.discover(url).await,
    }
}

/// Reads a document from a file.
///
/// # Errors
///
/// [`FetchError`].
pub fn read_file(path: &Path, options: &Options) -> Result<Fetched, FetchError> {
    let file =
        std::fs::File::open(path).map_err(|source| FetchError::File { path: path.display().to_string(), source })?;
    read(file, &path.display().to_string(), options)
}

fn read(from: impl Read, name: &str, options: &Options) -> Result<Fetched, FetchError> {
    let mut bytes = Vec::new();
    let limit = options.most_bytes;
    from.take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(|source| FetchError::File { path: name.to_owned(), source })?;
    if bytes.len() as u64 > limit {
        return Err(FetchError::TooLarge { url: name.to_owned(), limit });
    }
    let document = parse(&bytes, name)?;
    Ok(Fetched { bytes, document, from: name.to_owned() })
}

/// Parses a document: JSON, or YAML that begins like OpenAPI.
///
/// # Errors
///
/// [`FetchError::Truncated`], [`FetchError::NotJson`] or [`FetchError::NotOpenApi`].
pub fn parse(bytes: &[u8], name: &str) -> Result<Value, FetchError> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let value: Value = match serde_json::from_slice(text) {
        Ok(value) => value,
        Err(_) if looks_like_yaml(text) => serde_yaml_ng::from_slice(text)
            .map_err(|error| FetchError::NotJson { url: name.to_owned(), reason: error.to_string() })?,
        Err(error) if error.is_eof() && !text.trim_ascii().is_empty() => {
            return Err(FetchError::Truncated { url: name.to_owned(), bytes: bytes.len() });
        }
        Err(error) => {
            let reason = if text.trim_ascii().is_empty() { "it is empty".to_owned() } else { error.to_string() };
            return Err(FetchError::NotJson { url: name.to_owned(), reason });
        }
    };
    let found = match &value {
        Value::Object(map) if map.contains_key("openapi") || map.contains_key("swagger") => return Ok(value),
        Value::Object(map) => {
            let keys: Vec<_> = map.keys().take(5).map(|key| format!("`{key}`")).collect();
            if keys.is_empty() { "an empty object".to_owned() } else { format!("an object with {}", keys.join(", ")) }
        }
        Value::Array(_) => "an array".to_owned(),
        Value::String(_) => "a string".to_owned(),
        Value::Number(_) => "a number".to_owned(),
        Value::Bool(_) => "a boolean".to_owned(),
        Value::Null => "null".to_owned(),
    };
    Err(FetchError::NotOpenApi { url: name.to_owned(), found })
}

fn looks_like_yaml(text: &[u8]) -> bool {
    let begins = |line: &[u8]| line.starts_with(b"openapi:") || line.starts_with(b"swagger:");
    text.split(|byte| *byte == b'\n').take(50).any(begins)
}

/// A JSON answer of the instance, which need not be a document.
///
/// # Errors
///
/// [`FetchError`] says what came instead.
pub async fn answer(url: &Url, options: &Options) -> Result<Value, FetchError> {
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
enum Found {
    Document(Box<Fetched>),
    Page { url: String, html: String, at: Url },
    Missing { url: String, status: String },
}

struct Fetcher<'a> {
    client: Client,
    options: &'a Options,
    origin: url::Origin,
    token: Option<HeaderValue>,
}

impl<'a> Fetcher<'a> {
    fn new(url: &Url, options: &'a Options) -> Result<Self, FetchError> {
        let unusable = |reason: String| FetchError::Unreachable { url: printable(url), reason };
        let is_local = url.host_str().is_some_and(is_loopback);
        if options.token.is_some() && url.scheme() == "http" && !is_local {
            return Err(unusable(
                "the token would go over plain http, where anyone on the network path can read it; use https"
                    .to_owned(),
            ));
        }
        let client = Client::builder();
        // A proxy of the environment is no part of this machine.
        let client = if is_local { client.no_proxy() } else { client };
        let client = client
            .timeout(options.timeout)
            .redirect(redirect::Policy::limited(MOST_REDIRECTS))
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
    async fn discover(&self, base: &Url) -> Result<Fetched, FetchError> {
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

    async fn get(&self, url: &Url) -> Result<Found, FetchError> {
        let response = self.send(url).await?;
        let at = response.url().clone();
        let shown = printable(&at);
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
        let document = parse(&bytes, &shown)?;
        Ok(Found::Document(Box::new(Fetched { bytes, document, from: shown })))
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
        let limit = self.options.most_bytes;
        let mut bytes = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
                Ok(None) => return Ok(bytes),
                Err(error) => return Err(self.failure(&url, &error, bytes.len())),
            }
            if bytes.len() as u64 > limit {
                return Err(FetchError::TooLarge { url: printable(&url), limit });
            }
        }
    }

    fn failure(&self, url: &Url, error: &reqwest::Error, bytes: usize) -> FetchError {
        let url = printable(url);
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

fn page_error(url: &str, html: &str) -> FetchError {
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

/// A URL without what may be secret in it: user, password, query and fragment.
fn printable(url: &Url) -> String {
    let mut url = url.clone();
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.to_string()
}

/// An error with its sources, without the URL that it repeats.
fn chain(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}
