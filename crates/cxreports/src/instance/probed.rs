//! Instances of which nothing is known beforehand: probed, called as they are, and gated at run time.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, SystemTime},
};

use cxreports_core::{Binding, CallError, Exchange, Operation, OperationSpec, Pin, Pinned, PinnedOperation, Supports};
use cxreports_openapi::contract::Contract;
use cxreports_pin::Connect as _;
use http::{Method, StatusCode, header};
use serde::{Deserialize, Serialize};
use tokio::sync::OnceCell;
use url::Url;

use crate::{
    builder::ClientBuilder,
    client::Client,
    error::Error,
    instance::served::{self, Revisited, Source},
    latest::LatestPin,
    transport::connection::Connection,
};

/// A pin for instances of which nothing is known beforehand, for tools that meet any of them: it can call what the newest pin
/// can, and refuses at run time what the instance lacks, before it is sent ([`CallError::Unsupported`]).
#[derive(Debug, Clone)]
pub struct Probed {
    base: Connection<LatestPin>,
    result: ProbeResult,
    /// The result of probing again, where the first one was kept from earlier; `None` where it was not.
    renewed: Option<Arc<OnceCell<ProbeResult>>>,
}

/// What probing an instance has found, to be kept for [`ClientBuilder::probe_with`](crate::ClientBuilder::probe_with). It has no secret in it.
///
/// It holds for one instance and one release of this crate; what is in it is no part of the API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProbeResult {
    release: String,
    instance: Url,
    /// When it was found, in seconds since 1970.
    time: u64,
    seen: Seen,
}

/// What is known of an instance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Seen {
    /// Its Swagger document: where it has each operation.
    Document { source: Source, prefix: String, bindings: BTreeMap<String, Binding> },
    /// Its routes, which tell nothing of fields: the operations that it lacks.
    Routes { missing: Vec<String> },
    /// It does not let itself be looked at.
    Nothing,
}

impl Seen {
    fn of(source: Source, contract: Contract) -> Self {
        let bindings = contract.operations.into_iter().map(|matched| (matched.spec.name.to_owned(), matched.binding));
        Self::Document { source, prefix: contract.prefix, bindings: bindings.collect() }
    }

    /// Looks at the instance: at its Swagger document or else, without acting on anything, at its routes.
    async fn look(connection: &Connection<LatestPin>) -> Result<Self, Error> {
        let look = async {
            match served::document(connection).await? {
                Some(served) => Ok(Self::of(served.source.clone(), served.contract()?)),
                None => Self::look_at_routes(connection).await,
            }
        };
        connection.within_two_requests("probe", look).await
    }

    /// ASP.NET responds to a method that a route lacks with 405 and the methods that it has, and 404 where there is no route.
    async fn look_at_routes(connection: &Connection<LatestPin>) -> Result<Self, Error> {
        let mut missing = Vec::new();
        let mut told = false;
        for pinned in LatestPin::PIN.operations {
            let path = pinned.binding.path.split('/').skip(1);
            let path: Vec<_> = path.map(|part| if part.starts_with('{') { "0" } else { part }).collect();
            let request = reqwest::Request::new(Method::OPTIONS, connection.url_of(&path));
            let response = connection.request("probe", request).await?;
            let allowed = response.headers().get(header::ALLOW).and_then(|value| value.to_str().ok());
            let method = OperationSpec::named(pinned.name).map_or("", |spec| spec.method);
            let is_there = match (response.status(), allowed) {
                (StatusCode::NOT_FOUND, _) => false,
                (StatusCode::METHOD_NOT_ALLOWED, Some(methods)) => {
                    told = true;
                    methods.split(',').any(|allowed| allowed.trim().eq_ignore_ascii_case(method))
                }
                _ => true,
            };
            if !is_there {
                missing.push(pinned.name.to_owned());
            }
        }
        Ok(if told { Self::Routes { missing } } else { Self::Nothing })
    }

    fn is_missing(&self, operation: &str) -> bool {
        match self {
            Self::Document { bindings, .. } => !bindings.contains_key(operation),
            Self::Routes { missing } => missing.iter().any(|name| name == operation),
            Self::Nothing => false,
        }
    }

    fn probed_from(&self) -> Option<&'static str> {
        match self {
            Self::Document { .. } => Some("its Swagger document"),
            Self::Routes { .. } => Some("its routes"),
            Self::Nothing => None,
        }
    }

    /// How the instance wants an operation.
    fn binding<Op: Operation>(&self, op: &Op) -> Result<&Binding, CallError> {
        let pin = LatestPin::PIN;
        let unsupported = |pinned: &'static PinnedOperation, needs, since| {
            let seen = self.probed_from().unwrap_or_default();
            CallError::Unsupported { operation: pinned.name, needs, pinned: pin.name, since, seen }
        };
        let name = Op::SPEC.name;
        let Some(pinned) = pin.operation(name) else {
            return Err(CallError::InvalidArgument(format!("{name}: the pin {} has no such operation", pin.name)));
        };
        if self.is_missing(name) {
            return Err(unsupported(pinned, pinned.endpoint(), pinned.since));
        }
        let binding = match self {
            Self::Document { bindings, .. } => bindings.get(name).unwrap_or(&pinned.binding),
            Self::Routes { .. } | Self::Nothing => &pinned.binding,
        };
        match binding.lacking(op) {
            Some(field) => Err(unsupported(pinned, format!("`{field}`"), pinned.field_since(field))),
            None => Ok(binding),
        }
    }

    /// Where the instance's pages are, if they are not below its base URL.
    fn site(&self, connection: &Connection<LatestPin>) -> Option<Url> {
        let Self::Document { prefix, bindings, .. } = self else { return None };
        let path = &bindings.values().next()?.path;
        connection.pin().transport().site(path, prefix).parse().ok()
    }
}

impl ProbeResult {
    fn new(connection: &Connection<LatestPin>, seen: Seen) -> Self {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self { release: Self::release(), instance: connection.url().clone(), time: since.as_secs(), seen }
    }

    /// The release of this crate, with the pin that it probes for.
    fn release() -> String {
        format!("{} {}", env!("CARGO_PKG_VERSION"), LatestPin::PIN.name)
    }

    /// Whether it can be used for an instance. Whatever it was read from, its paths stay on the instance's host.
    fn is_for(&self, connection: &Connection<LatestPin>) -> bool {
        let paths_are_safe = match &self.seen {
            Seen::Document { bindings, source, .. } => {
                source.has_origin_of(connection.url())
                    && !bindings.is_empty()
                    && bindings.values().all(|binding| binding.path.starts_with('/'))
            }
            Seen::Routes { .. } | Seen::Nothing => true,
        };
        self.release == Self::release() && self.instance == *connection.url() && paths_are_safe
    }

    /// How long ago it was found; `None` if that lies in the future.
    fn age(&self) -> Option<Duration> {
        let time = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(self.time))?;
        SystemTime::now().duration_since(time).ok()
    }

    /// The same, found again: with one request where the document has not changed.
    async fn renew(&self, connection: &Connection<LatestPin>) -> Result<Self, Error> {
        let seen = match &self.seen {
            Seen::Document { source, prefix, bindings } => match served::revisit(connection, source).await? {
                Revisited::Unchanged(source) => {
                    Seen::Document { source, prefix: prefix.clone(), bindings: bindings.clone() }
                }
                Revisited::Changed(served) => Seen::of(served.source.clone(), served.contract()?),
                Revisited::Gone => Seen::look(connection).await?,
            },
            Seen::Routes { .. } | Seen::Nothing => Seen::look(connection).await?,
        };
        Ok(Self::new(connection, seen))
    }
}

impl Probed {
    /// Probes an instance.
    pub(crate) async fn probe(base: &Connection<LatestPin>) -> Result<Connection<Self>, Error> {
        let result = ProbeResult::new(base, Seen::look(base).await?);
        Ok(Self::connection(base, result, None))
    }

    /// Probes an instance, unless an earlier result can be used.
    pub(crate) async fn probe_with(
        base: &Connection<LatestPin>,
        earlier: ProbeResult,
        max_age: Duration,
    ) -> Result<Connection<Self>, Error> {
        if !earlier.is_for(base) {
            return Self::probe(base).await;
        }
        if earlier.age().is_some_and(|age| age < max_age) {
            return Ok(Self::connection(base, earlier, Some(Arc::default())));
        }
        Ok(match earlier.renew(base).await {
            Ok(result) => Self::connection(base, result, None),
            // If the instance is out of order, the call that follows says so.
            Err(_) => Self::connection(base, earlier, Some(Arc::default())),
        })
    }

    fn connection(
        base: &Connection<LatestPin>,
        result: ProbeResult,
        renewed: Option<Arc<OnceCell<ProbeResult>>>,
    ) -> Connection<Self> {
        let site = result.seen.site(base);
        base.map_pin(|_| Self { base: base.clone(), result, renewed }, site)
    }

    fn current(&self) -> &ProbeResult {
        self.renewed.as_ref().and_then(|renewed| renewed.get()).unwrap_or(&self.result)
    }

    /// The operations of the newest pin that the instance does not have. Empty if the instance reveals neither its document nor
    /// its routes.
    pub fn missing_operations(&self) -> impl Iterator<Item = &'static str> {
        let seen = &self.current().seen;
        Self::PIN.operations.iter().map(|pinned| pinned.name).filter(|name| seen.is_missing(name))
    }

    /// What the operations were read from: `its Swagger document` or `its routes`. `None` if the instance reveals neither.
    #[must_use]
    pub fn probed_from(&self) -> Option<&'static str> {
        self.current().seen.probed_from()
    }

    /// What was found, to be kept for [`ClientBuilder::probe_with`](crate::ClientBuilder::probe_with).
    #[must_use]
    pub fn result(&self) -> &ProbeResult {
        self.current()
    }

    async fn send_as<Op: Operation>(&self, op: &Op, seen: &Seen, exchange: &Exchange) -> Result<Op::Output, CallError> {
        self.base.pin().transport().send(seen.binding(op)?, op, exchange).await
    }
}

impl Pinned for Probed {
    const PIN: &'static Pin = <LatestPin as Pinned>::PIN;
}

impl<Op: Operation> Supports<Op> for Probed
where
    LatestPin: Supports<Op>,
{
    async fn call(&self, op: Op) -> Result<Op::Output, CallError> {
        self.send(op, &Exchange::default()).await
    }

    /// What was refused, or was not there, may be so because the instance has changed since its result was kept: it is probed
    /// again, once, and called again if it wants the operation otherwise. Nothing has been acted on before.
    async fn send(&self, op: Op, exchange: &Exchange) -> Result<Op::Output, CallError> {
        let used = self.current();
        let outcome = self.send_as(&op, &used.seen, exchange).await;
        let (Err(error), Some(renewed)) = (&outcome, &self.renewed) else { return outcome };
        let is_refused = matches!(error, CallError::Unsupported { .. });
        let is_absent = matches!(error.status(), Some(StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED));
        // A document says how values are written, too, and asking for it again takes one request.
        let is_written_wrongly = matches!(used.seen, Seen::Document { .. })
            && error.status().is_some_and(|status| matches!(status.as_u16(), 400 | 415 | 422));
        if !(is_refused || is_absent || is_written_wrongly) || !op.can_be_sent() {
            return outcome;
        }
        let Ok(new) = renewed.get_or_try_init(|| self.result.renew(&self.base)).await else { return outcome };
        let is_same = match (used.seen.binding(&op), new.seen.binding(&op)) {
            (Ok(before), Ok(after)) => before == after,
            (before, after) => before.is_err() && after.is_err(),
        };
        if is_same { outcome } else { self.send_as(&op, &new.seen, exchange).await }
    }
}

impl ClientBuilder {
    /// Builds a client for an instance that was not pinned: reads what the instance serves, and refuses at run time what it
    /// lacks.
    ///
    /// ```
    /// # use cxreports_sim::{Edition, Instance};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let instance = Instance::builder(Edition::V2024_9).token("t").start().await.unwrap();
    /// let cx = cxreports::Client::builder(&instance.url()).token("t").workspace(1).probe().await?;
    /// assert!(cx.pinned().missing_operations().any(|operation| operation == "start_export"));
    /// let refused = cx.themes().await.unwrap_err();
    /// assert!(refused.to_string().starts_with("list_themes: the instance has no GET /api/v1/ws/"));
    /// # Ok::<(), cxreports::Error>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Build`] says which setting cannot be used; [`Error::Call`] when the instance cannot be reached.
    pub async fn probe(self) -> Result<Client<Probed>, Error> {
        Ok(Client::new(Probed::probe(&self.connection()?).await?))
    }

    /// Like [`probe`](Self::probe), with the result of an earlier time, so that a program that is started often need not probe
    /// each time.
    ///
    /// While the result is younger than `max_age`, nothing is sent; after that, the instance's document is asked for with its
    /// ETag. A result of another instance or another release of this crate is not used. When the instance refuses
    /// a call because it has changed meanwhile, it is probed again, and called again if that is safe.
    ///
    /// ```
    /// # use cxreports_sim::{Edition, Instance};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let instance = Instance::builder(Edition::V2026_5).token("t").start().await.unwrap();
    /// use std::time::Duration;
    ///
    /// let builder = || cxreports::Client::builder(&instance.url()).token("t").workspace(1);
    /// let kept = serde_json::to_string(builder().probe().await?.pinned().result())?;
    ///
    /// // Later, in another process:
    /// let earlier = serde_json::from_str(&kept)?;
    /// let cx = builder().probe_with(earlier, Duration::from_secs(600)).await?;
    /// assert!(!cx.themes().await?.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// As [`probe`](Self::probe).
    pub async fn probe_with(self, earlier: ProbeResult, max_age: Duration) -> Result<Client<Probed>, Error> {
        Ok(Client::new(Probed::probe_with(&self.connection()?, earlier, max_age).await?))
    }
}
