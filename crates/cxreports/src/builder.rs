use std::{collections::BTreeMap, env, fmt, marker::PhantomData, sync::Arc, time::Duration};

use cxreports_core::{Authorize, Bearer, IdOrCode, InvalidIdOrCode, ToIdOrCode, retry::RetryPolicy};
use cxreports_openapi::discover::is_loopback;
use cxreports_pin::{Connect, Transport};
use secrecy::{ExposeSecret as _, SecretString};

use crate::{
    client::Client,
    error::BuildError,
    latest::LatestPin,
    observe::Observer,
    transport::{
        base_url::{base_url, shown, site},
        connection::{Connection, Defaults, Inner, Settings},
        limits::Limits,
        looks::LookBudget,
        pace::Pace,
        watch::Telemetry,
    },
};

/// Builder for [`Client`].
pub struct ClientBuilder<P = LatestPin> {
    url: String,
    credentials: Option<Credentials>,
    workspace: Option<Result<IdOrCode, InvalidIdOrCode>>,
    http: Option<reqwest::Client>,
    #[cfg(feature = "rustls")]
    certificates: Vec<reqwest::Certificate>,
    plain_http: bool,
    connect_timeout: Duration,
    parameters: BTreeMap<String, String>,
    json_limit: usize,
    chunked: bool,
    looks_per_second: u32,
    settings: Settings,
    telemetry: Telemetry,
    pin: PhantomData<fn() -> P>,
}

enum Credentials {
    Token(SecretString),
    Provider(Arc<dyn Authorize>),
}

impl Client {
    /// Returns a builder for a client of the newest pin, for the instance at `url`, which may have a path prefix.
    #[must_use]
    pub fn builder(url: &str) -> ClientBuilder {
        ClientBuilder::new(url)
    }

    /// Returns a builder from `CX_REPORTS_URL`, `CX_REPORTS_PAT` and, if it is set, `CX_REPORTS_WORKSPACE_ID`.
    ///
    /// # Errors
    ///
    /// [`BuildError::NoVariable`] names the variable that is not set.
    pub fn from_env() -> Result<ClientBuilder, BuildError> {
        ClientBuilder::from_variables(|name| env::var(name).ok())
    }
}

impl ClientBuilder {
    fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            credentials: None,
            workspace: None,
            http: None,
            #[cfg(feature = "rustls")]
            certificates: Vec::new(),
            plain_http: false,
            connect_timeout: Duration::from_secs(10),
            parameters: BTreeMap::new(),
            json_limit: Transport::JSON_LIMIT,
            chunked: false,
            settings: Settings {
                request_timeout: Duration::from_secs(60),
                files: Limits { idle: Duration::from_secs(60), file: 4 << 30, memory: 256 << 20 },
                retries: RetryPolicy::default(),
                defaults: Defaults::default(),
            },
            looks_per_second: 256,
            telemetry: Telemetry { observer: None, trace_ids: true },
            pin: PhantomData,
        }
    }

    /// The names are those that the clients for other languages use.
    fn from_variables(get: impl Fn(&str) -> Option<String>) -> Result<Self, BuildError> {
        let need = |name| get(name).filter(|value| !value.is_empty()).ok_or(BuildError::NoVariable(name));
        let builder = Self::new(&need("CX_REPORTS_URL")?).token(need("CX_REPORTS_PAT")?);
        Ok(match get("CX_REPORTS_WORKSPACE_ID").filter(|value| !value.is_empty()) {
            Some(workspace) => builder.workspace(workspace),
            None => builder,
        })
    }
}

impl<P> ClientBuilder<P> {
    /// Sets the Personal Access Token ("Authentication" of the API documentation).
    #[must_use]
    pub fn token(mut self, token: impl Into<SecretString>) -> Self {
        self.credentials = Some(Credentials::Token(token.into()));
        self
    }

    /// Sets a provider of the credentials of each request, for tokens that change.
    #[must_use]
    pub fn authorize(mut self, provider: impl Authorize + 'static) -> Self {
        self.credentials = Some(Credentials::Provider(Arc::new(provider)));
        self
    }

    /// Sets the workspace of all calls that do not name one, by its id or code.
    #[must_use]
    pub fn workspace(mut self, workspace: impl ToIdOrCode) -> Self {
        self.workspace = Some(workspace.to_id_or_code());
        self
    }

    /// Sets the HTTP client. Its own settings apply to connecting, certificates and redirects.
    #[must_use]
    pub fn http(mut self, http: reqwest::Client) -> Self {
        self.http = Some(http);
        self
    }

    /// Adds a certificate authority to trust in addition to those of the system. Without the feature `rustls`, set it on the client that
    /// is passed to [`http`](Self::http).
    #[cfg(feature = "rustls")]
    #[must_use]
    pub fn root_certificate(mut self, certificate: reqwest::Certificate) -> Self {
        self.certificates.push(certificate);
        self
    }

    /// Allows the token to go over plain http to hosts other than this machine.
    #[must_use]
    pub fn allow_plain_http(mut self) -> Self {
        self.plain_http = true;
        self
    }

    /// Sets the longest time to connect. Defaults to 10 s.
    #[must_use]
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// Sets the longest time in which a file makes no progress, which is less than 1 KiB. Defaults to 60 s. There is no limit on
    /// the whole of a download.
    #[must_use]
    pub fn idle_timeout(mut self, limit: Duration) -> Self {
        self.settings.files.idle = limit;
        self
    }

    /// Sets the largest file that is downloaded, in bytes. Defaults to 4 GiB.
    #[must_use]
    pub fn file_limit(mut self, bytes: u64) -> Self {
        self.settings.files.file = bytes;
        self
    }

    /// Sets the largest file that [`ReportFile::bytes`](crate::ReportFile::bytes) and
    /// [`ReadyExport::bytes`](crate::ReadyExport::bytes) hold in memory, in bytes. Defaults to 256 MiB.
    #[must_use]
    pub fn memory_limit(mut self, bytes: u64) -> Self {
        self.settings.files.memory = bytes;
        self
    }

    /// Sets the longest time for one request, up to the headers of its response. Defaults to 60 s. Probing, which takes several
    /// requests, ends within twice this time.
    #[must_use]
    pub fn request_timeout(mut self, limit: Duration) -> Self {
        self.settings.request_timeout = limit;
        self
    }

    /// Sets the language of exports that do not set one, for example `de`.
    #[must_use]
    pub fn language(mut self, language: impl Into<String>) -> Self {
        self.settings.defaults.language = Some(language.into());
        self
    }

    /// Sets the time zone of exports and previews that do not set one, for example `Europe/Berlin`.
    #[must_use]
    pub fn timezone(mut self, timezone: impl Into<String>) -> Self {
        self.settings.defaults.timezone = Some(timezone.into());
        self
    }

    /// Sets a parameter that the instance requires with every request beyond the API documentation, such as a tenant: a
    /// header, a cookie, or a parameter of its paths or queries, by its name in the instance's document.
    #[must_use]
    pub fn parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.parameters.insert(name.into(), value.into());
        self
    }

    /// Sets the largest JSON response that is read, in bytes. Defaults to 16 MiB. Files have a limit of
    /// their own: [`file_limit`](Self::file_limit).
    #[must_use]
    pub fn json_limit(mut self, bytes: usize) -> Self {
        self.json_limit = bytes;
        self
    }

    /// Sends large values in chunks, without `Content-Length`, while they are serialised. By default they are serialised once more
    /// beforehand to find out their length, since some servers and proxies refuse chunked requests.
    #[must_use]
    pub fn chunked_bodies(mut self) -> Self {
        self.chunked = true;
        self
    }

    /// Sets how many status requests a second all waits of the client share, not counting the first one of each wait. Defaults to 256.
    #[must_use]
    pub fn looks_per_second(mut self, looks: u32) -> Self {
        self.looks_per_second = looks;
        self
    }

    /// Sets which calls are retried, and how often.
    #[must_use]
    pub fn retries(mut self, policy: RetryPolicy) -> Self {
        self.settings.retries = policy;
        self
    }

    /// Sets a hook that sees each request and its response, for metrics and tests: see [`Observer`].
    #[must_use]
    pub fn observe(mut self, observer: impl Observer + 'static) -> Self {
        self.telemetry.observer = Some(Arc::new(observer));
        self
    }

    /// Sends requests without `traceparent`, the id by which ASP.NET logs a request (W3C Trace Context). By default each request has one.
    #[must_use]
    pub fn without_trace_ids(mut self) -> Self {
        self.telemetry.trace_ids = false;
        self
    }

    /// Sets the pin of the instance. Defaults to the newest one.
    ///
    /// ```
    /// # use cxreports_pin_2024_9 as cxreports_pin_acme;
    /// let cx = cxreports::Client::builder("https://old.example.com")
    ///     .pin::<cxreports_pin_acme::Api>()
    ///     .token("a-token")
    ///     .build()?;
    /// # Ok::<(), cxreports::BuildError>(())
    /// ```
    #[must_use]
    pub fn pin<Q>(self) -> ClientBuilder<Q> {
        ClientBuilder {
            url: self.url,
            credentials: self.credentials,
            workspace: self.workspace,
            http: self.http,
            #[cfg(feature = "rustls")]
            certificates: self.certificates,
            plain_http: self.plain_http,
            connect_timeout: self.connect_timeout,
            parameters: self.parameters,
            json_limit: self.json_limit,
            chunked: self.chunked,
            looks_per_second: self.looks_per_second,
            settings: self.settings,
            telemetry: self.telemetry,
            pin: PhantomData,
        }
    }

    /// Builds the client. Nothing is sent.
    ///
    /// # Errors
    ///
    /// [`BuildError`] says which setting cannot be used, and what to do.
    pub fn build(self) -> Result<Client<P>, BuildError>
    where
        P: Connect,
    {
        self.connection().map(Client::new)
    }

    pub(crate) fn connection(self) -> Result<Connection<P>, BuildError>
    where
        P: Connect,
    {
        let url = base_url(&self.url)?;
        let is_local = url.host_str().is_some_and(is_loopback);
        if url.scheme() == "http" && !self.plain_http && !is_local {
            return Err(BuildError::PlainHttp { host: url.host_str().unwrap_or_default().to_owned() });
        }
        let authorize: Arc<dyn Authorize> = match self.credentials.ok_or(BuildError::NoToken)? {
            Credentials::Provider(provider) => provider,
            Credentials::Token(token) if token.expose_secret().trim().is_empty() => return Err(BuildError::NoToken),
            Credentials::Token(token) => Arc::new(Bearer::new(token.expose_secret()).map_err(BuildError::Token)?),
        };
        let http = match self.http {
            Some(http) => http,
            None => {
                let builder = reqwest::Client::builder()
                    .connect_timeout(self.connect_timeout)
                    // The API does not redirect; what does is a login page, or a place that should not get the token.
                    .redirect(reqwest::redirect::Policy::none());
                // A proxy of the environment is no part of this machine: the token does not go there over plain http.
                let builder = if is_local { builder.no_proxy() } else { builder };
                // Without TLS, the certificates of the system are not read, which takes longer than a request, and need not be there.
                #[cfg(feature = "rustls")]
                let builder = match is_local && url.scheme() == "http" {
                    true => builder.tls_certs_only([]),
                    false => self.certificates.into_iter().fold(builder, reqwest::ClientBuilder::add_root_certificate),
                };
                builder.build().map_err(BuildError::Http)?
            }
        };
        let transport = Transport::new(url.as_str(), http.clone(), Arc::clone(&authorize))
            .parameters(self.parameters)
            .json_limit(self.json_limit)
            .error_time(Transport::ERROR_TIME.min(self.settings.request_timeout / 4))
            .chunked(self.chunked);
        let url = site(&transport, P::PIN).unwrap_or(url);
        let pin = P::connect(transport);
        let workspace = self.workspace.transpose()?;
        Ok(Connection::new(Inner {
            pin,
            http,
            authorize,
            url,
            workspace,
            settings: self.settings,
            telemetry: self.telemetry,
            pace: Arc::new(Pace::default()),
            looks: Arc::new(LookBudget::new(self.looks_per_second)),
        }))
    }
}

impl<P> fmt::Debug for ClientBuilder<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("url", &shown(&self.url))
            .field("workspace", &self.workspace)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_is_read_by_the_names_that_are_in_use() {
        let from = |variables: &'static [(&str, &str)]| {
            ClientBuilder::from_variables(|name| {
                variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            })
        };
        let all = &[("CX_REPORTS_URL", "https://a.example"), ("CX_REPORTS_PAT", "t"), ("CX_REPORTS_WORKSPACE_ID", "7")];
        assert!(format!("{:?}", from(all).unwrap()).contains("IdOrCode(\"7\")"));
        assert!(from(&all[..2]).unwrap().build().is_ok());
        assert_eq!(from(&all[..1]).unwrap_err().to_string(), "the environment has no CX_REPORTS_PAT");
        assert_eq!(from(&[]).unwrap_err().to_string(), "the environment has no CX_REPORTS_URL");
    }
}
