use std::{fmt, sync::Arc, time::Duration};

use cxreports_core::{
    Authorize, CallError, Download, IdOrCode, Operation, OperationSpec, Pin, Pinned, Supports,
    model::{Job, ReportTemplate, ReportType, Theme, Workspace},
    op,
    retry::RetryPolicy,
};
use serde::Serialize;
use tokio::time::{Instant, sleep, timeout};
use tracing::Instrument as _;
use url::Url;

use crate::{
    BuildError, ClientBuilder, Error, Export, InstanceHandle, JobHandle, JobRun, LatestPin, ReportFile, ReportHandle,
    Reports, Ticket, ToIdOrCode, Upload, WorkspaceHandle, file::Expect, pace::Pace,
};

/// A client of one instance. Cloning it is cheap, and the clones share their connections.
pub struct Client<P = LatestPin>(Arc<Inner<P>>);

pub(crate) struct Inner<P> {
    pub(crate) pin: P,
    pub(crate) http: reqwest::Client,
    pub(crate) authorize: Arc<dyn Authorize>,
    pub(crate) url: Url,
    pub(crate) workspace: Option<IdOrCode>,
    pub(crate) settings: Settings,
    pub(crate) pace: Arc<Pace>,
}

#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) request_timeout: Duration,
    pub(crate) idle_timeout: Duration,
    pub(crate) retries: RetryPolicy,
    pub(crate) defaults: Defaults,
}

/// What exports and previews are asked for unless they say otherwise.
#[derive(Debug, Clone, Default)]
pub(crate) struct Defaults {
    pub(crate) language: Option<String>,
    pub(crate) timezone: Option<String>,
}

impl Client {
    /// A client of the newest pin for the instance at `url`, which may have a path prefix.
    #[must_use]
    pub fn builder(url: &str) -> ClientBuilder {
        ClientBuilder::new(url)
    }

    /// A builder from `CX_REPORTS_URL`, `CX_REPORTS_PAT` and, if it is there, `CX_REPORTS_WORKSPACE_ID`.
    ///
    /// # Errors
    ///
    /// [`BuildError::NoVariable`] names what the environment lacks.
    pub fn from_env() -> Result<ClientBuilder, BuildError> {
        ClientBuilder::from_env()
    }
}

impl<P> Client<P> {
    pub(crate) fn new(inner: Inner<P>) -> Self {
        Self(Arc::new(inner))
    }

    /// The pinned client below, for operations that have no method here.
    #[must_use]
    pub fn pinned(&self) -> &P {
        &self.0.pin
    }

    /// Base URL of the instance; it has no user, password or query.
    #[must_use]
    pub fn base_url(&self) -> &str {
        self.0.url.as_str()
    }

    /// A workspace, by its id or code.
    #[must_use]
    pub fn workspace(&self, workspace: impl ToIdOrCode) -> WorkspaceHandle<P> {
        WorkspaceHandle::new(self.clone(), workspace.to_id_or_code().map_err(Error::from))
    }

    /// The workspace that the client was built with.
    fn own_workspace(&self) -> WorkspaceHandle<P> {
        WorkspaceHandle::new(self.clone(), self.0.workspace.clone().ok_or(Error::NoWorkspace))
    }

    /// The workspaces that the user has access to ("List workspaces").
    ///
    /// ```
    /// # use cxreports_sim::{Edition, Instance};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let instance = Instance::builder(Edition::V2026_5).token("t").start().await.unwrap();
    /// # let cx = cxreports::Client::builder(&instance.url()).token("t").build().unwrap();
    /// let codes: Vec<_> = cx.workspaces().await?.into_iter().filter_map(|workspace| workspace.code).collect();
    /// assert_eq!(codes, ["finance", "logistics"]);
    /// # Ok::<(), cxreports::Error>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Call`].
    pub async fn workspaces(&self) -> Result<Vec<Workspace>, Error>
    where
        P: Supports<op::ListWorkspaces>,
    {
        self.call(op::ListWorkspaces {}).await
    }

    /// The reports of the client's workspace: see [`WorkspaceHandle::reports`].
    pub fn reports(&self) -> Reports<P> {
        self.own_workspace().reports()
    }

    /// A report of the client's workspace: see [`WorkspaceHandle::report`].
    #[must_use]
    pub fn report(&self, report: impl ToIdOrCode) -> ReportHandle<P> {
        self.own_workspace().report(report)
    }

    /// The report types of the client's workspace: see [`WorkspaceHandle::report_types`].
    ///
    /// # Errors
    ///
    /// As there, and [`Error::NoWorkspace`].
    pub async fn report_types(&self) -> Result<Vec<ReportType>, Error>
    where
        P: Supports<op::ListReportTypes>,
    {
        self.own_workspace().report_types().await
    }

    /// The templates of the client's workspace: see [`WorkspaceHandle::templates`].
    ///
    /// # Errors
    ///
    /// As there, and [`Error::NoWorkspace`].
    pub async fn templates(&self) -> Result<Vec<ReportTemplate>, Error>
    where
        P: Supports<op::ListTemplates>,
    {
        self.own_workspace().templates().await
    }

    /// The themes of the client's workspace: see [`WorkspaceHandle::themes`].
    ///
    /// # Errors
    ///
    /// As there, and [`Error::NoWorkspace`].
    pub async fn themes(&self) -> Result<Vec<Theme>, Error>
    where
        P: Supports<op::ListThemes>,
    {
        self.own_workspace().themes().await
    }

    /// The jobs of the client's workspace: see [`WorkspaceHandle::jobs`].
    ///
    /// # Errors
    ///
    /// As there, and [`Error::NoWorkspace`].
    pub async fn jobs(&self) -> Result<Vec<Job>, Error>
    where
        P: Supports<op::ListJobs>,
    {
        self.own_workspace().jobs().await
    }

    /// Data for the client's workspace: see [`WorkspaceHandle::upload`].
    pub fn upload<T: Serialize + ?Sized>(&self, data: &T) -> Upload<P> {
        self.own_workspace().upload(data)
    }

    /// A job of the client's workspace: see [`WorkspaceHandle::job`].
    #[must_use]
    pub fn job(&self, job: impl ToIdOrCode) -> JobHandle<P> {
        self.own_workspace().job(job)
    }

    /// An export that was started before, here or elsewhere, by its [ticket](Export::ticket).
    ///
    /// # Errors
    ///
    /// [`Error::OtherInstance`]; [`Error::Call`] when it is a ticket for something else.
    pub fn resume_export(&self, ticket: &Ticket) -> Result<Export<P>, Error> {
        Export::resume(self.clone(), ticket)
    }

    /// An export of the client's workspace that was started before: see [`WorkspaceHandle::started_export`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn started_export(&self, file: i32) -> Result<Export<P>, Error> {
        self.own_workspace().started_export(file)
    }

    /// A job run that was started before, here or elsewhere, by its [ticket](JobRun::ticket).
    ///
    /// # Errors
    ///
    /// As [`resume_export`](Self::resume_export).
    pub fn resume_run(&self, ticket: &Ticket) -> Result<JobRun<P>, Error> {
        JobRun::resume(self.clone(), ticket)
    }

    /// The instance itself: what it serves.
    #[must_use]
    pub fn instance(&self) -> InstanceHandle<P> {
        InstanceHandle::new(self.clone())
    }

    /// The same client with another pin, and where its pages are if they are elsewhere.
    pub(crate) fn map_pin<Q>(&self, map: impl FnOnce(&P) -> Q, site: Option<Url>) -> Client<Q> {
        let Inner { pin, http, authorize, url, workspace, settings, pace } = &*self.0;
        Client::new(Inner {
            pin: map(pin),
            http: http.clone(),
            authorize: Arc::clone(authorize),
            url: site.unwrap_or_else(|| url.clone()),
            workspace: workspace.clone(),
            settings: settings.clone(),
            pace: Arc::clone(pace),
        })
    }

    /// What a request that is no operation needs: the HTTP client, the credentials, and the longest time for it.
    pub(crate) fn plain(&self) -> (&reqwest::Client, &dyn Authorize, Duration) {
        (&self.0.http, &*self.0.authorize, self.0.settings.request_timeout)
    }

    pub(crate) fn url(&self) -> &Url {
        &self.0.url
    }

    pub(crate) fn defaults(&self) -> &Defaults {
        &self.0.settings.defaults
    }

    pub(crate) fn pace(&self) -> &Arc<Pace> {
        &self.0.pace
    }

    /// A URL below the instance's base URL.
    pub(crate) fn url_of(&self, path: &[&str]) -> Url {
        let mut url = self.0.url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }

    /// Does something until it succeeds, as often as the retry policy allows for the operation that it sends.
    pub(crate) async fn repeat<T, F>(
        &self,
        operation: &OperationSpec,
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
                Some(wait) => sleep(wait).await,
                None => return Err(error),
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
        self.repeat(Op::SPEC, |attempt| self.attempt(op.clone(), attempt, None)).await
    }

    /// Sends an operation, and never again.
    pub(crate) async fn call_once<Op>(&self, op: Op) -> Result<Op::Output, Error>
    where
        Op: Operation,
        P: Supports<Op>,
    {
        self.attempt(op, 1, None).await
    }

    async fn attempt<Op>(&self, op: Op, attempt: u32, within: Option<Duration>) -> Result<Op::Output, Error>
    where
        Op: Operation,
        P: Supports<Op>,
    {
        let operation = Op::SPEC.name;
        let span = tracing::debug_span!(
            "cxreports",
            operation,
            workspace = op.workspace().map(IdOrCode::as_str),
            attempt,
            status = tracing::field::Empty,
            duration_ms = tracing::field::Empty,
        );
        let after = within.unwrap_or(self.0.settings.request_timeout);
        let since = Instant::now();
        let outcome = timeout(after, self.0.pin.call(op)).instrument(span.clone()).await;
        let outcome = outcome.unwrap_or(Err(CallError::TimedOut { operation, after }));
        span.record("duration_ms", u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX));
        let _entered = span.enter();
        match &outcome {
            Ok(_) => tracing::debug!("answered"),
            Err(error) => {
                span.record("status", error.status().map(|status| status.as_u16()));
                tracing::debug!("failed");
            }
        }
        Ok(outcome?)
    }

    /// Begins a download, and again where that is safe and may help; the response may take `within` to begin.
    pub(crate) async fn download<Op>(
        &self,
        op: Op,
        expect: &Expect<'_>,
        within: Option<Duration>,
    ) -> Result<ReportFile, Error>
    where
        Op: Operation<Output = Download> + Clone,
        P: Supports<Op>,
    {
        self.repeat(Op::SPEC, |attempt| self.begin(op.clone(), expect, attempt, within)).await
    }

    /// Begins a download once.
    pub(crate) async fn begin<Op>(
        &self,
        op: Op,
        expect: &Expect<'_>,
        attempt: u32,
        within: Option<Duration>,
    ) -> Result<ReportFile, Error>
    where
        Op: Operation<Output = Download>,
        P: Supports<Op>,
    {
        let download = self.attempt(op, attempt, within).await?;
        ReportFile::begin(Op::SPEC.name, download, expect, self.0.settings.idle_timeout).await
    }
}

impl<P: Pinned> Client<P> {
    /// What the client was generated from.
    #[must_use]
    pub fn pin(&self) -> &'static Pin {
        P::PIN
    }
}

impl<P> Clone for Client<P> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<P: fmt::Debug> fmt::Debug for Client<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("pin", &self.0.pin)
            .field("workspace", &self.0.workspace)
            .field("settings", &self.0.settings)
            .finish()
    }
}
