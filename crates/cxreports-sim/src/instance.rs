use std::{
    collections::BTreeMap,
    convert::Infallible,
    fmt, io,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use serde_json::Value;
use thiserror::Error;
use tokio::{
    net::TcpListener,
    sync::watch,
    task::{JoinHandle, JoinSet},
};

use crate::{
    Edition, Endpoint, ErrorStyle, FaultRule, Login, binding,
    fault::{ClosedOnRequest, Cut, Faults},
    router,
    seed::Seed,
    state::{Shared, State},
};

/// A running instance. It stops when it is dropped.
pub struct Instance {
    address: SocketAddr,
    shared: Shared,
    router: watch::Sender<Router>,
    server: JoinHandle<()>,
}

/// What an instance is to be like.
#[derive(Clone)]
pub struct Builder {
    pub(crate) edition: Edition,
    pub(crate) token: String,
    pub(crate) base_path: String,
    pub(crate) swagger: bool,
    pub(crate) seed: Seed,
    pub(crate) document: Value,
    pub(crate) written_as: Option<Value>,
    pub(crate) api_root: String,
    pub(crate) pascal_members: bool,
    pub(crate) numbers_as_text: bool,
    pub(crate) strict: bool,
    pub(crate) require_length: bool,
    pub(crate) errors: ErrorStyle,
    pub(crate) login: Login,
    pub(crate) numeric_enums: bool,
    pub(crate) export_time: Duration,
    pub(crate) file_lifetime: Duration,
    pub(crate) data_lifetime: Duration,
    pub(crate) pad_files_to: u64,
    pub(crate) faults: Option<Faults>,
    listen: SocketAddr,
}

/// The instance could not be started.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address is not free, or not ours.
    #[error("cannot listen on {address}; choose another port, or 0 for any free one")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// A base path that is no path.
    #[error("{0:?} is not a base path; write it like /reports")]
    BasePath(String),
    /// A token is needed, as with a real instance.
    #[error("the token is empty; choose any text")]
    EmptyToken,
}

impl Instance {
    /// The token that [`start`](Self::start) accepts.
    pub const TOKEN: &str = "simulated-token";

    /// An instance of the newest edition with the [seeded data](Seed::demo), which accepts [`Self::TOKEN`].
    ///
    /// # Errors
    ///
    /// [`StartError::Listen`] when the system has no port left.
    pub async fn start() -> Result<Self, StartError> {
        Self::builder(Edition::V2026_5).token(Self::TOKEN).start().await
    }

    /// An instance of an edition, with the [seeded data](Seed::demo), on a free port of the loopback interface.
    #[must_use]
    pub fn builder(edition: Edition) -> Builder {
        Builder {
            edition,
            token: String::new(),
            base_path: String::new(),
            swagger: true,
            seed: Seed::demo(),
            document: edition.parsed().clone(),
            written_as: None,
            api_root: String::new(),
            pascal_members: false,
            numbers_as_text: false,
            strict: true,
            require_length: false,
            errors: ErrorStyle::default(),
            login: Login::default(),
            numeric_enums: false,
            export_time: Duration::ZERO,
            file_lifetime: Duration::from_secs(60 * 60),
            data_lifetime: Duration::from_secs(24 * 60 * 60),
            pad_files_to: 0,
            faults: None,
            listen: ([127, 0, 0, 1], 0).into(),
        }
    }

    /// The base URL, with the base path and without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}{}", self.address, self.shared.settings.base_path)
    }

    /// How many requests have come to an endpoint, answered or not.
    #[must_use]
    pub fn requests(&self, endpoint: Endpoint) -> u32 {
        self.shared.changing().requests.get(&endpoint).copied().unwrap_or_default()
    }

    /// How many times each run has been delivered, by its id; every time, a real instance would have sent everything out.
    #[must_use]
    pub fn deliveries(&self) -> BTreeMap<i32, u32> {
        self.shared.changing().runs.iter().map(|(id, run)| (*id, run.deliveries)).collect()
    }

    /// From now on, these faults happen, and no others.
    pub fn set_faults(&self, rules: impl IntoIterator<Item = FaultRule>) {
        self.shared.changing().faults.rules = rules.into_iter().collect();
    }

    /// From now on, it serves this document, and only the operations that it lists: an upgrade, or what a proxy makes of it.
    pub fn set_document(&self, document: Value) {
        self.shared.set_document(document);
        // The router before it is of no use any more.
        let _ = self.router.send_replace(router::build(&self.shared));
    }

    /// Lets every temporary file and all temporary data expire.
    pub fn expire_everything(&self) {
        let mut changing = self.shared.changing();
        changing.files.values_mut().for_each(|file| file.expires = SystemTime::UNIX_EPOCH);
        changing.data.values_mut().for_each(|data| data.expires = SystemTime::UNIX_EPOCH);
    }

    /// Serves until the process ends or the instance is dropped.
    pub async fn serve_forever(mut self) {
        let _ = (&mut self.server).await;
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Builder {
    /// The Personal Access Token that the instance accepts. Required.
    #[must_use]
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = token.into();
        self
    }

    /// A prefix for everything, as behind a reverse proxy: `/reports`.
    #[must_use]
    pub fn base_path(mut self, path: impl Into<String>) -> Self {
        self.base_path = path.into();
        self
    }

    /// Sets whether Swagger is enabled. Defaults to true.
    #[must_use]
    pub fn swagger(mut self, enabled: bool) -> Self {
        self.swagger = enabled;
        self
    }

    /// The data that the instance has.
    #[must_use]
    pub fn seed(mut self, seed: Seed) -> Self {
        self.seed = seed;
        self
    }

    /// Serves this document instead of the edition's own, and only the operations that it lists.
    #[must_use]
    pub fn document(mut self, document: Value) -> Self {
        self.document = document;
        self
    }

    /// Serves this document as its own, however it is written; what the instance does stays the edition's.
    #[must_use]
    pub fn written_as(mut self, document: Value) -> Self {
        self.written_as = Some(document);
        self
    }

    /// The path of its API below the base path; `/api/v1` unless it is set.
    #[must_use]
    pub fn api_root(mut self, path: impl Into<String>) -> Self {
        self.api_root = path.into().trim_end_matches('/').to_owned();
        self
    }

    /// Whether the members of its responses begin with capitals (`PropertyNamingPolicy = null`).
    #[must_use]
    pub fn pascal_members(mut self, pascal: bool) -> Self {
        self.pascal_members = pascal;
        self
    }

    /// Whether the numbers of its responses are text (`JsonNumberHandling.WriteAsString`).
    #[must_use]
    pub fn numbers_as_text(mut self, text: bool) -> Self {
        self.numbers_as_text = text;
        self
    }

    /// Whether it takes requests as its document writes them and no others, for testing a client. Defaults to `true`. ASP.NET
    /// ignores query parameters that it does not know, and binds names without regard to case, numbers as text, enumerations
    /// by number, and empty values as null.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// Whether a POST without `Content-Length` is refused with 411, as IIS and HTTP.sys do.
    #[must_use]
    pub fn require_length(mut self, require: bool) -> Self {
        self.require_length = require;
        self
    }

    /// Sets how it writes errors. Defaults to `ProblemDetails`.
    #[must_use]
    pub fn errors(mut self, style: ErrorStyle) -> Self {
        self.errors = style;
        self
    }

    /// Sets what it answers to a request without a valid token. Defaults to 401.
    #[must_use]
    pub fn login(mut self, login: Login) -> Self {
        self.login = login;
        self
    }

    /// Whether states are written as integers, as some releases do.
    #[must_use]
    pub fn numeric_enums(mut self, numeric: bool) -> Self {
        self.numeric_enums = numeric;
        self
    }

    /// Sets how long it takes to make a file, and to handle one entry of a job. Defaults to no time.
    #[must_use]
    pub fn export_time(mut self, time: Duration) -> Self {
        self.export_time = time;
        self
    }

    /// Sets how long a finished file is kept. Defaults to an hour.
    #[must_use]
    pub fn file_lifetime(mut self, time: Duration) -> Self {
        self.file_lifetime = time;
        self
    }

    /// Sets how long temporary data is kept when the request does not say. Defaults to a day.
    #[must_use]
    pub fn data_lifetime(mut self, time: Duration) -> Self {
        self.data_lifetime = time;
        self
    }

    /// The least size of a file, in bytes: shorter ones are filled up with spaces, which are never all in memory.
    #[must_use]
    pub fn pad_files_to(mut self, bytes: u64) -> Self {
        self.pad_files_to = bytes;
        self
    }

    /// What goes wrong, chosen by chance from a seed: the same seed and the same requests give the same faults.
    #[must_use]
    pub fn faults(mut self, seed: u64, rules: impl IntoIterator<Item = FaultRule>) -> Self {
        let mut faults = Faults::seeded(seed);
        faults.rules.extend(rules);
        self.faults = Some(faults);
        self
    }

    /// The address to listen on; port 0 takes a free one.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Starts it.
    ///
    /// # Errors
    ///
    /// [`StartError`] says which setting cannot be used.
    pub async fn start(mut self) -> Result<Instance, StartError> {
        if self.token.is_empty() {
            return Err(StartError::EmptyToken);
        }
        let path = self.base_path.trim_end_matches('/');
        if !(path.is_empty() || path.starts_with('/'))
            || path.contains(['{', '}', '?', '#', '%', ' ', '*'])
            || path.contains("//")
        {
            return Err(StartError::BasePath(self.base_path));
        }
        self.base_path.truncate(path.len());

        let listen = |source| StartError::Listen { address: self.listen, source };
        let listener = TcpListener::bind(self.listen).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let shared: Shared = Arc::new(State::new(self));
        let (router, current) = watch::channel(router::build(&shared));
        let server = tokio::spawn(serve(listener, current, Arc::clone(&shared)));
        Ok(Instance { address, shared, router, server })
    }
}

/// Serves connections until it is dropped, and they with it.
async fn serve(listener: TcpListener, router: watch::Receiver<Router>, shared: Shared) {
    let mut connections = JoinSet::new();
    loop {
        // Finished connections are taken out, so that the set does not grow.
        while connections.try_join_next().is_some() {}
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, most likely: others may be closed meanwhile.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let (router, shared) = (router.clone(), Arc::clone(&shared));
        connections.spawn(async move {
            let service = hyper::service::service_fn(|mut request: hyper::Request<hyper::body::Incoming>| {
                if let Some(uri) = binding::uri(&shared.settings, request.uri()) {
                    *request.uri_mut() = uri;
                }
                let router = TowerToHyperService::new(router.borrow().clone());
                let answer = hyper::service::Service::call(&router, request);
                async move {
                    let answer = answer.await.map_err(|never: Infallible| ClosedOnRequest::from(never))?;
                    Cut::check(answer)
                }
            });
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instance").field("url", &self.url()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("edition", &self.edition)
            .field("base_path", &self.base_path)
            .field("swagger", &self.swagger)
            .field("listen", &self.listen)
            .finish_non_exhaustive()
    }
}
