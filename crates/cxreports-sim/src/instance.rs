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
    /// The address is taken, or is not this machine's.
    #[error("cannot listen on {address}; choose another port, or 0 for any free one")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system's error.
        source: io::Error,
    },
    /// A base path or API root that is not a path.
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

    /// Returns how many requests have come to an endpoint, whatever became of them.
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

    /// Replaces the faults: from now on, these happen and no others.
    pub fn set_faults(&self, rules: impl IntoIterator<Item = FaultRule>) {
        self.server.state.changing().faults.rules = rules.into_iter().collect();
    }

    /// Replaces the document: from now on, the instance has the operations that this one lists, as after an upgrade.
    pub fn set_document(&self, document: Value) {
        self.server.set_document(document);
    }

    /// Moves the instance's clock ahead, but not beyond the year 9999. What expires meanwhile has expired, and what takes that long is done.
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

    /// Waits until the process ends.
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

    /// Sets the data that the instance has. Defaults to [`Seed::demo`].
    #[must_use]
    pub fn seed(mut self, seed: Seed) -> Self {
        self.0.seed = seed;
        self
    }

    /// Sets the document that the instance has and serves, instead of the edition's own. Operations that it does not list are not
    /// there.
    #[must_use]
    pub fn document(mut self, document: Value) -> Self {
        self.0.document = Some(document);
        self
    }

    /// Sets the document that the instance serves, however it is written. What the instance does stays the edition's.
    #[must_use]
    pub fn written_as(self, document: Value) -> Self {
        self.written_as_text(format!("{document:#}"))
    }

    /// Sets the text that the instance serves as its document, byte for byte. What the instance does stays the edition's.
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

    /// Sets how it writes errors. Defaults to `ProblemDetails` for 2026.5 and to `{"error": …}` for 2024.9.
    #[must_use]
    pub fn errors(mut self, style: ErrorStyle) -> Self {
        self.0.errors = style;
        self
    }

    /// Sets how it responds to a request without a valid token. Defaults to 401.
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

    /// Sets what a reverse proxy in front of the instance refuses. Defaults to nothing.
    #[must_use]
    pub fn proxy(mut self, limits: ProxyLimits) -> Self {
        self.0.proxy = limits;
        self
    }

    /// Sets how long Kestrel waits for a client. Defaults to Kestrel's own times.
    #[must_use]
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.0.timeouts = timeouts;
        self
    }

    /// Sets how long every request takes longer. Defaults to no time.
    #[must_use]
    pub fn latency(mut self, time: Duration) -> Self {
        self.0.latency = time;
        self
    }

    /// Sets how long it takes to make a file, and to handle one entry of a job. Defaults to no time.
    #[must_use]
    pub fn export_time(mut self, time: Duration) -> Self {
        self.0.export_time = time;
        self
    }

    /// Sets how long a nonce can be used. Defaults to five minutes.
    #[must_use]
    pub fn nonce_lifetime(mut self, time: Duration) -> Self {
        self.0.nonce_lifetime = time;
        self
    }

    /// Sets how long a session lasts that a nonce was exchanged for. Defaults to 14 days.
    #[must_use]
    pub fn session_lifetime(mut self, time: Duration) -> Self {
        self.0.session_lifetime = time;
        self
    }

    /// Sets how long a finished file is kept. Defaults to an hour.
    #[must_use]
    pub fn file_lifetime(mut self, time: Duration) -> Self {
        self.0.file_lifetime = time;
        self
    }

    /// Sets how long temporary data is kept when the request does not say. Defaults to a day.
    #[must_use]
    pub fn data_lifetime(mut self, time: Duration) -> Self {
        self.0.data_lifetime = time;
        self
    }

    /// Sets the least size of a file, in bytes: shorter ones are filled up with spaces, which are never all in memory. The API
    /// tells sizes in 64 bits with a sign, so that `i64::MAX` is the most.
    #[must_use]
    pub fn pad_files_to(mut self, bytes: u64) -> Self {
        self.0.pad_files_to = bytes.min(i64::MAX.unsigned_abs());
        self
    }

    /// Sets whether it accepts only requests that its document describes, to test a client: no unknown parameter or member, no other
    /// case, no other type. Defaults to `false`, as ASP.NET binds much more.
    #[cfg(feature = "validate")]
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.0.strict = strict;
        self
    }

    /// Sets what goes wrong. The same seed and the same requests give the same faults.
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
    /// [`StartError`] says which setting cannot be used.
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
