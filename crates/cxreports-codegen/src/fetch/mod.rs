//! Finding and reading the document of an instance.

mod error;
mod http;

use std::{
    fmt,
    io::Read,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::Value;
use url::Url;

pub use error::{FetchError, Remedy};
pub use http::json;

use self::http::{Fetcher, Found, page_error, printable};

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
            Err(FetchError::Credentials { url: shown.to_owned() })
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
