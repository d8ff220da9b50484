//! Where a document is, and how it is fetched.

use std::{fmt, path::PathBuf, time::Duration};

use serde_json::Value;
use url::Url;

use super::{error::FetchError, tree::Repeated};

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
    /// Reads what a person types: `-`, a URL, or a file, also as a `file:` URL.
    ///
    /// # Errors
    ///
    /// [`FetchError::BadUrl`] when it begins like a URL and is none.
    pub fn parse(text: &str) -> Result<Self, FetchError> {
        if text == "-" {
            Ok(Self::Stdin)
        } else if let Some(path) = text.strip_prefix("file:") {
            file(text, path).map(Self::File)
        } else if text.contains("://") || text.is_empty() {
            parse_url(text).map(Self::Instance)
        } else {
            Ok(Self::File(text.into()))
        }
    }
}

/// The path of a file by its URL: `file:///C:/a%20b.json`, or a path as it is behind `file:`.
fn file(text: &str, path: &str) -> Result<PathBuf, FetchError> {
    if !path.starts_with("//") {
        return Ok(path.into());
    }
    let bad = |reason: &str| FetchError::BadUrl { url: text.to_owned(), reason: reason.to_owned() };
    let url = Url::parse(text).map_err(|error| bad(&error.to_string()))?;
    url.to_file_path().map_err(|()| bad("it is no path of this system; a file on it has three slashes, file:///"))
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
        Err(_) if text.is_empty() => bad("it is empty"),
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
    pub max_bytes: u64,
    /// Longest time for one request.
    pub timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { token: None, max_bytes: 64 << 20, timeout: Duration::from_secs(60) }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("token", &self.token.as_ref().map(|_| ".."))
            .field("max_bytes", &self.max_bytes)
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
    /// What its text has more than once, of which only the last one counts.
    pub repeated: Vec<Repeated>,
    /// Where it was found, without credentials and query.
    pub from: String,
}

/// A URL without what may be secret in it: user, password, query and fragment.
pub(super) fn printable(url: &Url) -> String {
    let mut url = url.clone();
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_by_their_urls_too() {
        for (text, path) in [("a.json", "a.json"), ("file:a b.json", "a b.json"), ("file:/a.json", "/a.json")] {
            assert_eq!(Source::parse(text).unwrap(), Source::File(path.into()), "{text}");
        }
        if cfg!(unix) {
            assert_eq!(Source::parse("file:///a%20b%23/c.json").unwrap(), Source::File("/a b#/c.json".into()));
            let elsewhere = Source::parse("file://host/a.json").unwrap_err().to_string();
            assert!(elsewhere.contains("it is no path of this system"), "{elsewhere}");
        }
        let other = Source::parse("ftp://host/a.json").unwrap_err().to_string();
        assert!(other.contains("it is neither http nor https"), "{other}");
    }
}
