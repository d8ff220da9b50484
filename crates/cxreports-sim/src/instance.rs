use std::{
    collections::BTreeMap,
    fmt, io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use serde_json::Value;
use thiserror::Error;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    edition::Edition,
    endpoint::Endpoint,
    fault::{FaultRule, Faults},
    problem::ErrorStyle,
    seed::Seed,
    server::Server,
    settings::{Login, ProxyLimits, SessionCookie, Settings, Timeouts},
};

/// A running instance. It stops when it is dropped.
pub struct Instance {
    address: SocketAddr,
    server: Arc<Server>,
    task: JoinHandle<()>,
}

/// Builder for [`Instance`].
///
/// By default, an instance behaves as an ASP.NET application does; see the table in the [crate's documentation](crate).
#[derive(Clone)]
pub struct Builder(Settings);

/// The instance could not be started.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address is in use, or not one of this machine.
    #[error("cannot listen on {address}; choose another port, or 0 for any free one")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system's error.
        source: io::Error,
    },
    /// The base path or API root is not a path.
    #[error("{0:?} is not a path of a URL without escapes; write it like /reports")]
    BasePath(String),
    /// A token is required, and has to be one that clients can send in a header.
    #[error("no client can send the token; use visible characters of ASCII, at least one")]
    Token,
}

impl Instance {
    /// The token that [`start`](Self::start) accepts.
    pub const TOKEN: &str = "simulated-token";

    /// Starts an instance of the newest edition with the [seeded data](Seed::demo), which accepts [`Self::TOKEN`].
    ///
    /// # Errors
    ///
    /// [`StartError::Listen`] when the system has no port left.
    pub async fn start() -> Result<Self, StartError> {
        Self::builder(Edition::V2026_5).token(Self::TOKEN).start().await
    }

    /// A builder for an instance of an edition, with the [seeded data](Seed::demo), on a free port of the loopback interface.
    #[must_use]
    pub fn builder(edition: Edition) -> Builder {
        Builder(Settings::new(edition))
    }

    /// Returns the base URL, with the base path and without a slash at the end. An instance that listens on all addresses has the
    /// loopback address in it.
    #[must_use]
    pub fn url(&self) -> String {
        let mut address = self.address;
        match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
            IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
            _ => {}
        }
        format!("http://{address}{}", self.server.state.settings.base_path)
    }

    /// Returns how many requests an endpoint has received, including those that failed.
    #[must_use]
    pub fn requests(&self, endpoint: Endpoint) -> u32 {
        self.server.state.changing().requests.get(&endpoint).copied().unwrap_or_default()
    }

    /// Returns how many times each run has been delivered, by its id. A real instance would have sent its documents out each
    /// time.
    #[must_use]
    pub fn deliveries(&self) -> BTreeMap<i32, u32> {
        self.server.state.changing().runs.iter().map(|(id, run)| (*id, run.deliveries)).collect()
    }

    /// Replaces all fault rules.
    pub fn set_faults(&self, rules: impl IntoIterator<Item = FaultRule>) {
        self.server.state.changing().faults.rules = rules.into_iter().collect();
    }

    /// Replaces the document, as an upgrade does: the instance has the operations that the new one lists.
    pub fn set_document(&self, document: Value) {
        self.server.set_document(document);
    }

    /// Moves the instance's clock ahead, at most to the end of the year 9999: what would have expired by then has expired, and what
    /// would have finished has finished.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use cxreports_sim::{Edition, Instance};
    /// use std::time::Duration;
    ///
    /// let builder = Instance::builder(Edition::V2026_5).token("t").export_time(Duration::from_secs(60));
    /// let instance = builder.file_lifetime(Duration::from_secs(600)).start().await?;
    /// // An export that is started here is ready after this line,
    /// instance.advance(Duration::from_secs(60));
    /// // and its file is gone after that one.
    /// instance.advance(Duration::from_secs(600));
    /// # Ok::<(), cxreports_sim::StartError>(()) }).unwrap();
    /// ```
    pub fn advance(&self, by: Duration) {
        self.server.state.clock.advance(by);
    }

    /// Serves until the process ends.
    pub async fn serve_forever(mut self) {
        let _ = (&mut self.task).await;
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Builder {
    /// Sets the Personal Access Token that the instance accepts. Required.
    #[must_use]
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.0.token = token.into();
        self
    }

    /// Sets the address to listen on; port 0 takes a free one.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.0.listen = address;
        self
    }

    /// Sets a prefix for everything, as behind a reverse proxy: `/reports`.
    #[must_use]
    pub fn base_path(mut self, path: impl Into<String>) -> Self {
        self.0.base_path = path.into();
        self
    }

    /// Sets the path of the API below the base path. Defaults to `/api/v1`.
    #[must_use]
    pub fn api_root(mut self, path: impl Into<String>) -> Self {
        self.0.api_root = path.into();
        self
    }

    /// Sets whether Swagger is enabled. Defaults to `true`.
    #[must_use]
    pub fn swagger(mut self, enabled: bool) -> Self {
        self.0.swagger = enabled;
        self
    }

    /// Sets the data of the instance. Defaults to [`Seed::demo`].
    #[must_use]
    pub fn seed(mut self, seed: Seed) -> Self {
        self.0.seed = seed;
        self
    }

    /// Sets the document that the instance serves, and with it the operations that the instance has. Defaults to the edition's
    /// document.
    #[must_use]
    pub fn document(mut self, document: Value) -> Self {
        self.0.document = Some(document);
        self
    }

    /// Sets the document that the instance serves, without a change of its operations: they stay the edition's.
    #[must_use]
    pub fn written_as(self, document: Value) -> Self {
        self.written_as_text(format!("{document:#}"))
    }

    /// Sets the text that the instance serves as its document, byte for byte, without a change of its operations.
    #[must_use]
    pub fn written_as_text(mut self, document: impl Into<String>) -> Self {
        self.0.written_as = Some(document.into());
        self
    }

    /// Sets whether responses have members in Pascal case (`PropertyNamingPolicy = null`). Defaults to `false`.
    #[must_use]
    pub fn pascal_members(mut self, pascal: bool) -> Self {
        self.0.pascal_members = pascal;
        self
    }

    /// Sets whether responses have numbers as text (`JsonNumberHandling.WriteAsString`). Defaults to `false`.
    #[must_use]
    pub fn numbers_as_text(mut self, text: bool) -> Self {
        self.0.numbers_as_text = text;
        self
    }

    /// Sets whether responses have enumerations as integers (no `JsonStringEnumConverter`). Defaults to `false`. Requests may name
    /// values either way.
    #[must_use]
    pub fn numeric_enums(mut self, numeric: bool) -> Self {
        self.0.numeric_enums = numeric;
        self
    }

    /// Sets the format of errors. Defaults to `ProblemDetails` for 2026.5 and to `{"error": …}` for 2024.9.
    #[must_use]
    pub fn errors(mut self, style: ErrorStyle) -> Self {
        self.0.errors = style;
        self
    }

    /// Sets the response to a request without a valid token. Defaults to 401.
    #[must_use]
    pub fn login(mut self, login: Login) -> Self {
        self.0.login = login;
        self
    }

    /// Sets the attributes of the session cookie. Defaults to `SameSite=Lax`.
    #[must_use]
    pub fn session_cookie(mut self, cookie: SessionCookie) -> Self {
        self.0.session_cookie = cookie;
        self
    }

    /// Sets whether a POST with neither `Content-Length` nor chunks is refused with 411, as IIS and HTTP.sys do. Defaults to `false`.
    #[must_use]
    pub fn require_length(mut self, require: bool) -> Self {
        self.0.require_length = require;
        self
    }

    /// Sets the largest body, in bytes (`MaxRequestBodySize`); a larger one is refused with 413. Defaults to 30,000,000.
    #[must_use]
    pub fn body_limit(mut self, bytes: u64) -> Self {
        self.0.body_limit = bytes;
        self
    }

    /// Sets the limits of a reverse proxy in front of the instance. Defaults to none.
    #[must_use]
    pub fn proxy(mut self, limits: ProxyLimits) -> Self {
        self.0.proxy = limits;
        self
    }

    /// Sets how long the server waits for a client. Defaults to the times of Kestrel.
    #[must_use]
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.0.timeouts = timeouts;
        self
    }

    /// Sets a delay of every response. Defaults to none.
    #[must_use]
    pub fn latency(mut self, time: Duration) -> Self {
        self.0.latency = time;
        self
    }

    /// Sets how long an export takes, and each entry of a job. Defaults to no time.
    #[must_use]
    pub fn export_time(mut self, time: Duration) -> Self {
        self.0.export_time = time;
        self
    }

    /// Sets how long a nonce is valid. Defaults to five minutes.
    #[must_use]
    pub fn nonce_lifetime(mut self, time: Duration) -> Self {
        self.0.nonce_lifetime = time;
        self
    }

    /// Sets how long the session that a nonce is exchanged for is valid. Defaults to 14 days.
    #[must_use]
    pub fn session_lifetime(mut self, time: Duration) -> Self {
        self.0.session_lifetime = time;
        self
    }

    /// Sets how long a finished export can be downloaded. Defaults to an hour.
    #[must_use]
    pub fn file_lifetime(mut self, time: Duration) -> Self {
        self.0.file_lifetime = time;
        self
    }

    /// Sets how long temporary data without an `expiryDate` is kept. Defaults to a day.
    #[must_use]
    pub fn data_lifetime(mut self, time: Duration) -> Self {
        self.0.data_lifetime = time;
        self
    }

    /// Sets the minimum size of files, in bytes: shorter ones are padded with spaces, which are made while they are sent. At most
    /// `i64::MAX`, as sizes in the API are signed integers of 64 bits.
    #[must_use]
    pub fn pad_files_to(mut self, bytes: u64) -> Self {
        self.0.pad_files_to = bytes.min(i64::MAX.unsigned_abs());
        self
    }

    /// Sets whether only requests that the document describes are accepted, to test a client: no unknown parameters and members, no
    /// names in another case, no values of another type. Defaults to `false`, as ASP.NET accepts much more.
    #[cfg(feature = "validate")]
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.0.strict = strict;
        self
    }

    /// Sets the fault rules, and the seed of their probabilities: the same seed and requests give the same faults.
    #[must_use]
    pub fn faults(mut self, seed: u64, rules: impl IntoIterator<Item = FaultRule>) -> Self {
        self.0.faults = Faults::seeded(seed);
        self.0.faults.rules.extend(rules);
        self
    }

    /// Starts the instance.
    ///
    /// # Errors
    ///
    /// [`StartError`] names the setting that cannot be used.
    pub async fn start(self) -> Result<Instance, StartError> {
        let mut settings = self.0;
        let token = &settings.token;
        if token.is_empty() || token.trim() != token || !token.bytes().all(|c| matches!(c, b' '..=b'~')) {
            return Err(StartError::Token);
        }
        settings.base_path = path(settings.base_path)?;
        settings.api_root = path(settings.api_root)?;
        let listen = |source| StartError::Listen { address: settings.listen, source };
        let listener = TcpListener::bind(settings.listen).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let server = Arc::new(Server::new(settings));
        let task = tokio::spawn(Arc::clone(&server).serve(listener));
        Ok(Instance { address, server, task })
    }
}

/// A path without a slash at its end.
fn path(text: String) -> Result<String, StartError> {
    let path = text.trim_end_matches('/');
    let is_path = path.is_empty() || path.starts_with('/');
    // Segments of dots are taken out of requests.
    let is_reached = !path.split('/').any(|segment| matches!(segment, "." | ".."));
    if !is_path
        || !is_reached
        || path.contains("//")
        || path.contains(|c: char| !c.is_ascii_graphic() || "{}?#%*;\"\\".contains(c))
    {
        return Err(StartError::BasePath(text));
    }
    Ok(path.to_owned())
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instance").field("url", &self.url()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Settings { edition, base_path, swagger, listen, .. } = &self.0;
        f.debug_struct("Builder")
            .field("edition", edition)
            .field("base_path", base_path)
            .field("swagger", swagger)
            .field("listen", listen)
            .finish_non_exhaustive()
    }
}
