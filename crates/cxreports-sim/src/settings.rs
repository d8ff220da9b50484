//! What an instance is like, as it is set before it starts.

use std::{net::SocketAddr, time::Duration};

use serde_json::Value;

use crate::{edition::Edition, fault::Faults, problem::ErrorStyle, seed::Seed};

/// The response to a request without a valid token. Releases differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Login {
    /// 401.
    #[default]
    Status,
    /// 200, and the login page.
    Page,
    /// A redirect to the login page.
    Redirect,
}

/// The attributes of the session cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SessionCookie {
    /// `SameSite=Lax`, the default of ASP.NET: browsers do not send it in a frame on another site.
    #[default]
    SameSite,
    /// `SameSite=None; Secure; Partitioned`, for frames on other sites.
    CrossSite,
}

/// The limits of a reverse proxy in front of the instance. Defaults to none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ProxyLimits {
    /// The longest request line, in bytes; a longer one is refused with 414.
    pub request_line: Option<usize>,
    /// The largest body, in bytes; a larger one is refused with 413.
    pub body: Option<u64>,
    /// How long the proxy waits for a response; it responds with 504 after that.
    pub timeout: Option<Duration>,
}

/// How long the server waits for a client. Defaults to the times of Kestrel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// How long an idle connection stays open (`KeepAliveTimeout`). Defaults to 130 seconds.
    pub keep_alive: Duration,
    /// How long the head of a request may take; it is refused with 408 after that (`RequestHeadersTimeout`). Defaults to 30 seconds.
    pub headers: Duration,
    /// How long a client may send a body, or read a response, at less than 240 bytes a second (`MinRequestBodyDataRate`,
    /// `MinResponseDataRate`). After that, a body is refused with 408, and a response ends with the connection. Defaults to 5
    /// seconds.
    pub body_grace: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            keep_alive: Duration::from_secs(130),
            headers: Duration::from_secs(30),
            body_grace: Duration::from_secs(5),
        }
    }
}

/// All settings of an instance; [`Builder`](crate::Builder) says what each one means.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) edition: Edition,
    pub(crate) listen: SocketAddr,
    pub(crate) token: String,
    pub(crate) base_path: String,
    pub(crate) api_root: String,
    pub(crate) swagger: bool,
    pub(crate) document: Option<Value>,
    pub(crate) written_as: Option<String>,
    pub(crate) seed: Seed,
    #[cfg(feature = "validate")]
    pub(crate) strict: bool,
    pub(crate) pascal_members: bool,
    pub(crate) numbers_as_text: bool,
    pub(crate) numeric_enums: bool,
    pub(crate) errors: ErrorStyle,
    pub(crate) login: Login,
    pub(crate) session_cookie: SessionCookie,
    pub(crate) require_length: bool,
    pub(crate) body_limit: u64,
    pub(crate) proxy: ProxyLimits,
    pub(crate) timeouts: Timeouts,
    pub(crate) latency: Duration,
    pub(crate) export_time: Duration,
    pub(crate) nonce_lifetime: Duration,
    pub(crate) session_lifetime: Duration,
    pub(crate) file_lifetime: Duration,
    pub(crate) data_lifetime: Duration,
    pub(crate) pad_files_to: u64,
    pub(crate) faults: Faults,
}

impl Settings {
    /// The settings of an edition as they are when nothing else is said.
    pub(crate) fn new(edition: Edition) -> Self {
        Self {
            edition,
            listen: ([127, 0, 0, 1], 0).into(),
            token: String::new(),
            base_path: String::new(),
            api_root: String::new(),
            swagger: true,
            document: None,
            written_as: None,
            seed: Seed::demo(),
            #[cfg(feature = "validate")]
            strict: false,
            pascal_members: false,
            numbers_as_text: false,
            numeric_enums: false,
            errors: match edition {
                Edition::V2024_9 => ErrorStyle::Error,
                Edition::V2026_5 => ErrorStyle::Problem,
            },
            login: Login::default(),
            session_cookie: SessionCookie::default(),
            require_length: false,
            body_limit: 30_000_000,
            proxy: ProxyLimits::default(),
            timeouts: Timeouts::default(),
            latency: Duration::ZERO,
            export_time: Duration::ZERO,
            nonce_lifetime: Duration::from_secs(5 * 60),
            session_lifetime: Duration::from_secs(14 * 24 * 60 * 60),
            file_lifetime: Duration::from_secs(60 * 60),
            data_lifetime: Duration::from_secs(24 * 60 * 60),
            pad_files_to: 0,
            faults: Faults::seeded(0),
        }
    }
}
