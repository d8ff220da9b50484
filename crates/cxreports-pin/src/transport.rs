use std::{fmt, io, sync::Arc, time::Duration};

use cxreports_core::{Authorize, Binding, CallError, Exchange, Operation, Pin};
use reqwest::{
    Response,
    header::{CONTENT_LENGTH, HeaderName},
};

use crate::{
    base::without_overlap,
    body::PayloadFailed,
    connection::connection_error,
    request::{self, Target},
    response::{self, Limits, Sent},
};

/// The id of a request, which ASP.NET reads and logs (W3C Trace Context, 3.2).
const TRACE_PARENT: HeaderName = HeaderName::from_static("traceparent");

/// How a pin reaches its instance: the base URL, the HTTP client, the credentials and the settings of all requests.
#[derive(Clone)]
pub struct Transport {
    target: Target,
    http: reqwest::Client,
    authorize: Arc<dyn Authorize>,
    limits: Limits,
    chunked: bool,
}

impl Transport {
    /// The largest JSON response that is read, in bytes, unless it is set: 16 MiB.
    pub const JSON_LIMIT: usize = 16 << 20;
    /// The longest time for the body of an error, unless it is set: 5 s.
    pub const ERROR_TIME: Duration = Duration::from_secs(5);

    /// A transport to the instance at `base`, which may have a path prefix.
    #[must_use]
    pub fn new(base: &str, http: reqwest::Client, authorize: Arc<dyn Authorize>) -> Self {
        let limits = Limits { json: Self::JSON_LIMIT, error_time: Self::ERROR_TIME };
        Self { target: Target::new(base), http, authorize, limits, chunked: false }
    }

    /// Sets parameters that an instance requires with every request beyond the contract, such as a tenant: by name, without
    /// regard to case.
    #[must_use]
    pub fn parameters(mut self, parameters: impl IntoIterator<Item = (String, String)>) -> Self {
        let parameters = parameters.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value));
        self.target.parameters = Arc::new(parameters.collect());
        self
    }

    /// Sets the largest JSON response that is read, in bytes. Defaults to [`JSON_LIMIT`](Self::JSON_LIMIT).
    #[must_use]
    pub fn json_limit(mut self, bytes: usize) -> Self {
        self.limits.json = bytes;
        self
    }

    /// Sets how long the body of an error is waited for. What has not arrived by then is left out; the status is reported in any
    /// case. Defaults to [`ERROR_TIME`](Self::ERROR_TIME).
    #[must_use]
    pub fn error_time(mut self, time: Duration) -> Self {
        self.limits.error_time = time;
        self
    }

    /// Sends values that are serialised while they are sent in chunks (RFC 9112, 7.1), instead of serialising them once more
    /// beforehand to find out their length.
    #[must_use]
    pub fn chunked(self, chunked: bool) -> Self {
        Self { chunked, ..self }
    }

    /// The HTTP client.
    #[must_use]
    pub fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// The credentials.
    #[must_use]
    pub fn authorize(&self) -> &Arc<dyn Authorize> {
        &self.authorize
    }

    /// The base URL of the paths of a pin's document.
    #[must_use]
    pub fn base_of(&self, pin: &Pin) -> String {
        let path = pin.operations.first().map_or("", |operation| &*operation.binding.path);
        format!("{}{}", without_overlap(&self.target.base, path), pin.server)
    }

    /// The URL of the instance's own pages, such as previews: the base URL with the path before the API's.
    #[must_use]
    pub fn site(&self, path: &str, prefix: &str) -> String {
        format!("{}{prefix}", without_overlap(&self.target.base, path))
    }

    /// Sends an operation once, as the instance of a pin wants it.
    ///
    /// # Errors
    ///
    /// [`CallError::UnsupportedField`] when a field is set that the pin lacks; otherwise as [`call`](Self::call).
    pub async fn send_pinned<Op: Operation>(
        &self,
        pin: &Pin,
        operation: &Op,
        exchange: &Exchange,
    ) -> Result<Op::Output, CallError> {
        let name = Op::SPEC.name;
        let Some(pinned) = pin.operation(name) else {
            return Err(CallError::InvalidArgument(format!("{name}: the pin {} has no such operation", pin.name)));
        };
        if let Some(field) = pinned.binding.lacking(operation) {
            return Err(CallError::UnsupportedField {
                operation: name,
                field: field.into(),
                pin: pin.name,
                since: pin.first_with(name, field),
            });
        }
        self.send(&pinned.binding, operation, exchange).await
    }

    /// Sends an operation once, as a binding says.
    ///
    /// # Errors
    ///
    /// [`CallError`] says whether anything was sent, and what came back.
    pub async fn call<Op: Operation>(&self, binding: &Binding, operation: &Op) -> Result<Op::Output, CallError> {
        self.send(binding, operation, &Exchange::default()).await
    }

    /// Sends an operation once, as a binding says, and records what is known of the request and its response.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    pub async fn send<Op: Operation>(
        &self,
        binding: &Binding,
        operation: &Op,
        exchange: &Exchange,
    ) -> Result<Op::Output, CallError> {
        let (response, sent) = self.response(binding, operation, exchange).await?;
        response::read(Op::SPEC.name, response, self.limits, &sent, exchange).await
    }

    /// Sends the request of an operation, up to the headers of its response.
    async fn response<Op: Operation>(
        &self,
        binding: &Binding,
        operation: &Op,
        exchange: &Exchange,
    ) -> Result<(Response, Sent), CallError> {
        let name = Op::SPEC.name;
        let (mut request, body) = request::request(&self.target, binding, operation)?;
        let mut sending = None;
        if let Some(body) = body {
            let finished = body.finish(self.chunked).await;
            let (body, length, rest) = finished.map_err(|source| CallError::Payload { operation: name, source })?;
            *request.body_mut() = Some(body);
            sending = Some(rest);
            exchange.sent(length);
            if let Some(length) = length {
                request.headers_mut().insert(CONTENT_LENGTH, length.into());
            }
        }
        authorize(&self.authorize, &mut request).await?;
        if let Some(id) = exchange.trace_parent() {
            // What the credentials' provider has set stays.
            request.headers_mut().entry(TRACE_PARENT).or_insert_with(|| id.clone());
        }
        let sent = Sent::with(&request);
        let response = self.http.execute(request).await.map_err(|error| failed(name, error))?;
        if let Some(rest) = sending.filter(|_| response.status().is_success()) {
            rest.detach();
        }
        Ok((response, sent))
    }
}

/// A request that got no response.
fn failed(operation: &'static str, error: reqwest::Error) -> CallError {
    let mut source = std::error::Error::source(&error);
    while let Some(error) = source {
        // What hyper says of a body that it could not read: the request was not completed.
        if let Some(error) = error.downcast_ref::<io::Error>()
            && error.get_ref().is_some_and(|inner| inner.is::<PayloadFailed>())
        {
            return CallError::Payload { operation, source: io::Error::new(error.kind(), error.to_string()) };
        }
        source = error.source();
    }
    connection_error(operation, error)
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").field("base", &self.target.base).finish_non_exhaustive()
    }
}

/// A pin that can be connected to its instance.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a pin",
    note = "name the pin of your instance: `Client::builder(url).pin::<cxreports_pin_acme::Api>()`"
)]
pub trait Connect: cxreports_core::Pinned + Sized {
    /// A client that reaches its instance by `transport`.
    fn connect(transport: Transport) -> Self;

    /// How it reaches its instance.
    fn transport(&self) -> &Transport;
}

/// Puts the credentials on a request: the hook of generated clients.
///
/// # Errors
///
/// [`CallError::Credentials`].
pub async fn authorize(authorize: &Arc<dyn Authorize>, request: &mut reqwest::Request) -> Result<(), CallError> {
    authorize.authorize(request.headers_mut()).await
}
