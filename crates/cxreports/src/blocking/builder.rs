use std::{fmt, sync::Arc, time::Duration};

use cxreports_core::{Authorize, ToIdOrCode, retry::RetryPolicy};
use cxreports_pin::Connect;
use secrecy::SecretString;

use crate::{
    blocking::{
        client::Client,
        driver::{Blocking, Runtime},
        macros::setters,
    },
    error::BuildError,
    latest::LatestPin,
    observe::Observer,
};

/// See [`crate::ClientBuilder`].
pub struct ClientBuilder<P = LatestPin>(pub(super) crate::builder::ClientBuilder<P>);

impl<P> ClientBuilder<P> {
    fn map<Q>(
        self,
        change: impl FnOnce(crate::builder::ClientBuilder<P>) -> crate::builder::ClientBuilder<Q>,
    ) -> ClientBuilder<Q> {
        ClientBuilder(change(self.0))
    }

    setters! { crate::ClientBuilder {
        token(token: impl Into<SecretString>)
        authorize(provider: impl Authorize + 'static)
        workspace(workspace: impl ToIdOrCode)
        http(http: reqwest::Client)
        #[cfg(feature = "rustls")]
        root_certificate(certificate: reqwest::Certificate)
        allow_plain_http()
        connect_timeout(limit: Duration)
        idle_timeout(limit: Duration)
        request_timeout(limit: Duration)
        language(language: impl Into<String>)
        timezone(timezone: impl Into<String>)
        parameter(name: impl Into<String>, value: impl Into<String>)
        json_limit(bytes: usize)
        file_limit(bytes: u64)
        memory_limit(bytes: u64)
        chunked_bodies()
        looks_per_second(looks: u32)
        observe(observer: impl Observer + 'static)
        without_trace_ids()
        retries(policy: RetryPolicy)
    }}

    /// See [`pin`](crate::ClientBuilder::pin).
    #[must_use]
    pub fn pin<Q>(self) -> ClientBuilder<Q> {
        self.map(crate::builder::ClientBuilder::pin)
    }

    /// See [`build`](crate::ClientBuilder::build).
    ///
    /// # Errors
    ///
    /// As there, and [`BuildError::Runtime`].
    pub fn build(self) -> Result<Client<P>, BuildError>
    where
        P: Connect,
    {
        Ok(Blocking { inner: self.0.build()?, runtime: Arc::new(Runtime::start()?) })
    }
}

impl<P> fmt::Debug for ClientBuilder<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Client {
    /// See [`builder`](crate::Client::builder).
    #[must_use]
    pub fn builder(url: &str) -> ClientBuilder {
        ClientBuilder(crate::client::Client::builder(url))
    }

    /// See [`from_env`](crate::Client::from_env).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn from_env() -> Result<ClientBuilder, BuildError> {
        crate::client::Client::from_env().map(ClientBuilder)
    }
}
