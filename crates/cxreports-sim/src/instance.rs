use std::{fmt, io, net::SocketAddr};

use thiserror::Error;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{Edition, router, seed::Seed};

/// A running instance. It stops when it is dropped.
#[derive(Debug)]
pub struct Instance {
    address: SocketAddr,
    base_path: String,
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
    /// An instance of an edition, with the [seeded data](Seed::demo), on a free port of the loopback interface.
    #[must_use]
    pub fn builder(edition: Edition) -> Builder {
        Builder {
            edition,
            token: String::new(),
            base_path: String::new(),
            swagger: true,
            seed: Seed::demo(),
            listen: ([127, 0, 0, 1], 0).into(),
        }
    }

    /// The base URL, with the base path and without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}{}", self.address, self.base_path)
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

    /// Whether Swagger is enabled; it is unless told otherwise.
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
        let base_path = self.base_path.clone();
        let router = router::build(self);
        let server = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Instance { address, base_path, server })
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
