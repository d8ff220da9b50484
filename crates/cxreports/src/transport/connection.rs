//! Sends operations to an instance: with credentials, within a time limit, and again where that is safe.

use std::{fmt, sync::Arc, time::Duration};

use cxreports_core::{
    Authorize, CallError, Exchange, IdOrCode, Operation, OperationSpec, Supports, retry::RetryPolicy,
};
use cxreports_pin::connection_error;
use tokio::time::{sleep, timeout};
use tracing::Instrument as _;
use url::Url;

use crate::{
    error::Error,
    observe::RequestEvent,
    ticket::Ticket,
    transport::{
        limits::Limits,
        looks::LookBudget,
        pace::Pace,
        watch::{Telemetry, Watch},
    },
};

/// The way to one instance. Clones share it.
pub(crate) struct Connection<P>(Arc<Inner<P>>);

pub(crate) struct Inner<P> {
    pub(crate) pin: P,
    pub(crate) http: reqwest::Client,
    pub(crate) authorize: Arc<dyn Authorize>,
    pub(crate) url: Url,
    pub(crate) workspace: Option<IdOrCode>,
    pub(crate) settings: Settings,
    pub(crate) telemetry: Telemetry,
    pub(crate) pace: Arc<Pace>,
    pub(crate) looks: Arc<LookBudget>,
}

#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) request_timeout: Duration,
    pub(crate) files: Limits,
    pub(crate) retries: RetryPolicy,
    pub(crate) defaults: Defaults,
}

/// The settings of exports and previews that set none of their own.
#[derive(Debug, Clone, Default)]
pub(crate) struct Defaults {
    pub(crate) language: Option<String>,
    pub(crate) timezone: Option<String>,
}

impl<P> Connection<P> {
    pub(crate) fn new(inner: Inner<P>) -> Self {
        Self(Arc::new(inner))
    }

    /// The same connection with another pin, and another base URL of the instance's pages if there is one.
    pub(crate) fn map_pin<Q>(&self, map: impl FnOnce(&P) -> Q, site: Option<Url>) -> Connection<Q> {
        let Inner { pin, http, authorize, url, workspace, settings, telemetry, pace, looks } = &*self.0;
        Connection::new(Inner {
            pin: map(pin),
            http: http.clone(),
            authorize: Arc::clone(authorize),
            url: site.unwrap_or_else(|| url.clone()),
            workspace: workspace.clone(),
            settings: settings.clone(),
            telemetry: telemetry.clone(),
            pace: Arc::clone(pace),
            looks: Arc::clone(looks),
        })
    }

    pub(crate) fn pin(&self) -> &P {
        &self.0.pin
    }

    /// Base URL of the instance's pages.
    pub(crate) fn url(&self) -> &Url {
        &self.0.url
    }

    /// A URL below the base URL.
    pub(crate) fn url_of(&self, path: &[&str]) -> Url {
        let mut url = self.0.url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }

    /// The workspace that the client was built with.
    pub(crate) fn own_workspace(&self) -> Result<IdOrCode, Error> {
        self.0.workspace.clone().ok_or(Error::NoWorkspace)
    }

    /// The workspace of a ticket, if the ticket is for this instance.
    pub(crate) fn accept(&self, ticket: &Ticket) -> Result<IdOrCode, Error> {
        if ticket.is_of(self.url()) {
            return Ok(ticket.workspace_id()?);
        }
        Err(Error::OtherInstance { ticket: ticket.instance().to_owned(), client: self.url().to_string() })
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub(crate) fn pace(&self) -> &Arc<Pace> {
        &self.0.pace
    }

    pub(crate) fn looks(&self) -> &Arc<LookBudget> {
        &self.0.looks
    }

    /// Makes attempts until one succeeds, as many as the retry policy allows for the operation that they send, and as long as it
    /// can be sent again.
    pub(crate) async fn repeat<T, F>(
        &self,
        operation: &OperationSpec,
        can_be_sent: impl Fn() -> bool,
        mut attempt: impl FnMut(u32) -> F,
    ) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let mut number = 1;
        loop {
            let error = match attempt(number).await {
                Ok(output) => return Ok(output),
                Err(error) => error,
            };
            let failure = (error.class(), error.retry_after());
            match self.0.settings.retries.after(operation, failure, number, fastrand::f64()) {
                Some(wait) if can_be_sent() => sleep(wait).await,
                _ => return Err(error),
            }
            number += 1;
        }
    }

    /// Sends an operation, and again where that is safe and may help.
    pub(crate) async fn call<Op>(&self, op: Op) -> Result<Op::Output, Error>
    where
        Op: Operation + Clone,
        P: Supports<Op>,
    {
        self.repeat(Op::SPEC, || op.can_be_sent(), |attempt| self.attempt(op.clone(), attempt, None)).await
    }

    /// Sends an operation, and never again. Returns the time that the server asks to wait, too.
    pub(crate) async fn call_once<Op>(&self, op: Op) -> (Result<Op::Output, Error>, Option<Duration>)
    where
        Op: Operation,
        P: Supports<Op>,
    {
        let exchange = self.0.telemetry.exchange();
        let outcome = self.exchange(op, 1, None, &exchange).await;
        (outcome, exchange.retry_after())
    }

    /// Sends an operation once; its response has to begin `within` a time, which defaults to the request time-out.
    pub(crate) async fn attempt<Op>(&self, op: Op, attempt: u32, within: Option<Duration>) -> Result<Op::Output, Error>
    where
        Op: Operation,
        P: Supports<Op>,
    {
        self.exchange(op, attempt, within, &self.0.telemetry.exchange()).await
    }

    async fn exchange<Op>(
        &self,
        op: Op,
        attempt: u32,
        within: Option<Duration>,
        exchange: &Exchange,
    ) -> Result<Op::Output, Error>
    where
        Op: Operation,
        P: Supports<Op>,
    {
        let operation = Op::SPEC.name;
        let workspace = op.workspace().cloned();
        let event = RequestEvent {
            operation,
            method: Op::SPEC.method,
            template: Op::SPEC.path,
            workspace: workspace.as_ref().map(IdOrCode::as_str),
            attempt,
            trace_parent: None,
        };
        let watch = Watch::begin(&self.0.telemetry, &self.0.url, exchange, event);
        let after = within.unwrap_or(self.0.settings.request_timeout);
        let outcome = timeout(after, self.0.pin.send(op, exchange)).instrument(watch.span().clone()).await;
        let outcome = outcome.unwrap_or(Err(CallError::TimedOut { operation, after }));
        watch.end(outcome.as_ref().err());
        Ok(outcome?)
    }

    /// Ends work that takes several requests after twice the time of one: a server that responds slowly each time is given up.
    pub(crate) async fn within_two_requests<T>(
        &self,
        operation: &'static str,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let after = self.0.settings.request_timeout.saturating_mul(2);
        timeout(after, work).await.map_err(|_| CallError::TimedOut { operation, after })?
    }

    /// Sends a request that is no operation of the API.
    pub(crate) async fn request(
        &self,
        operation: &'static str,
        mut request: reqwest::Request,
    ) -> Result<reqwest::Response, Error> {
        let after = self.0.settings.request_timeout;
        let exchange = self.0.telemetry.exchange();
        let (method, template) = (request.method().clone(), request.url().path().to_owned());
        let (method, template) = (method.as_str(), template.as_str());
        let event = RequestEvent { operation, method, template, workspace: None, attempt: 1, trace_parent: None };
        let watch = Watch::begin(&self.0.telemetry, &self.0.url, &exchange, event);
        let sending = async {
            self.0.authorize.authorize(request.headers_mut()).await?;
            let response = self.0.http.execute(request).await.map_err(|error| connection_error(operation, error))?;
            exchange.received(response.status(), response.headers());
            Ok(response)
        };
        let outcome = timeout(after, sending).instrument(watch.span().clone()).await;
        let outcome = outcome.unwrap_or(Err(CallError::TimedOut { operation, after }));
        watch.end(outcome.as_ref().err());
        Ok(outcome?)
    }
}

impl<P> Clone for Connection<P> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<P: fmt::Debug> fmt::Debug for Connection<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("pin", &self.0.pin)
            .field("workspace", &self.0.workspace)
            .field("settings", &self.0.settings)
            .finish()
    }
}
