use reqwest::StatusCode;
use thiserror::Error;

/// Redirects that are followed.
pub(super) const REDIRECTS: usize = 5;

/// A document cannot be fetched. Each variant names what was found and what to do about it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FetchError {
    /// Not a URL.
    #[error("{url:?} is not a URL: {reason}; write it like https://reports.example.com")]
    BadUrl {
        /// What was given.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// A URL with a user or password in it.
    #[error("{url:?} has a user or password in it, which would be committed")]
    Credentials {
        /// What was given, from the @ on.
        url: String,
    },
    /// The file cannot be read.
    #[error("cannot read {path}: {source}")]
    File {
        /// The file, or `standard input`.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The server does not respond.
    #[error("{url}: no response ({reason}); check the address, and that the instance runs")]
    Unreachable {
        /// The URL.
        url: String,
        /// What failed.
        reason: String,
    },
    /// The time ran out.
    #[error("{url}: no whole response within {seconds} s; try again, or fetch the document by hand")]
    TimedOut {
        /// The URL.
        url: String,
        /// The limit.
        seconds: u64,
    },
    /// Redirects without end.
    #[error("{url}: redirected more than {REDIRECTS} times; give the address that the browser ends at")]
    RedirectLoop {
        /// The URL.
        url: String,
    },
    /// A login page.
    #[error("{url}: a login page, not the document; the instance's Swagger is behind a login")]
    LoginPage {
        /// The URL.
        url: String,
    },
    /// The server requires credentials.
    #[error("{url}: {status}; the instance asks for a Personal Access Token")]
    Unauthorized {
        /// The URL.
        url: String,
        /// The status.
        status: StatusCode,
    },
    /// A web page that is not a Swagger page.
    #[error("{url}: a web page{}, not the document; the document's URL is under the title of the instance's Swagger page", title.as_ref().map(|t| format!(" ({t:?})")).unwrap_or_default())]
    Html {
        /// The URL.
        url: String,
        /// The page's title.
        title: Option<String>,
    },
    /// There is no document.
    #[error("{base}: no Swagger document (looked at {}); enable Swagger in the instance's configuration, or give the document's own URL", tried.join(", "))]
    NotFound {
        /// The instance.
        base: String,
        /// What was tried, with its status.
        tried: Vec<String>,
    },
    /// The body broke off.
    #[error(
        "{url}: the document breaks off after {bytes} bytes; try again, and look for a proxy that cuts long responses"
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
    #[error("{url}: neither JSON nor YAML: {reason}; give the document's own URL")]
    NotJson {
        /// The URL.
        url: String,
        /// What the parser said, with line and column.
        reason: String,
    },
    /// JSON or YAML that cannot be read.
    #[error("{url}: invalid {language}: {reason}")]
    Malformed {
        /// The URL.
        url: String,
        /// What it is.
        language: &'static str,
        /// What is wrong, with line and column.
        reason: String,
    },
    /// JSON, but no OpenAPI.
    #[error(
        "{url}: {found}, not an OpenAPI document: it has neither `openapi` nor `swagger` at the top; give the document's own URL"
    )]
    NotOpenApi {
        /// The URL.
        url: String,
        /// What it is instead.
        found: String,
    },
}

/// What helps against a [`FetchError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remedy {
    /// A Personal Access Token.
    Token,
    /// The URL of the document itself.
    DocumentUrl,
    /// The document as a file.
    SavedDocument,
}

impl FetchError {
    /// What helps, best first; nothing where the message says it all.
    #[must_use]
    pub fn remedies(&self) -> &'static [Remedy] {
        match self {
            Self::TimedOut { .. } => &[Remedy::SavedDocument],
            Self::LoginPage { .. } => &[Remedy::Token, Remedy::SavedDocument],
            Self::Unauthorized { .. } | Self::Credentials { .. } => &[Remedy::Token],
            Self::RedirectLoop { .. }
            | Self::Html { .. }
            | Self::NotFound { .. }
            | Self::NotJson { .. }
            | Self::NotOpenApi { .. } => &[Remedy::DocumentUrl],
            _ => &[],
        }
    }

    /// How informative an error is: of several attempts, the most informative error is reported.
    pub(super) fn weight(&self) -> u8 {
        match self {
            Self::NotFound { .. } => 0,
            Self::Html { .. } => 1,
            Self::LoginPage { .. } | Self::Unauthorized { .. } => 2,
            _ => 3,
        }
    }
}
