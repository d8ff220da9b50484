use std::{fmt, sync::Arc, time::Duration};

use cxreports_core::{
    CallError, IdOrCode, Operation, Pin, Pinned, Supports,
    model::{Job, ReportTemplate, ReportType, Theme, Workspace},
    op,
    retry::RetryPolicy,
};
use tokio::time::{Instant, sleep, timeout};

use serde::Serialize;
use url::Url;

use crate::{BuildError, ClientBuilder, Error, LatestPin, ReportHandle, Reports, ToIdOrCode, Upload, WorkspaceHandle};

/// A client of one instance. Cloning it is cheap, and the clones share their connections.
pub struct Client<P = LatestPin>(Arc<Inner<P>>);

pub(crate) struct Inner<P> {
    pub(crate) pin: P,
    pub(crate) url: Url,
    pub(crate) workspace: Option<IdOrCode>,
    pub(crate) settings: Settings,
}

#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) request_timeout: Duration,
    pub(crate) retries: RetryPolicy,
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
    /// [`Error::Call`], [`Error::TimedOut`].
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

    /// Where the preview page of a report is: outside of the API proper, below the same base URL.
    pub(crate) fn preview_base(&self, workspace: &IdOrCode, report: &IdOrCode) -> Url {
        let mut url = self.0.url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(["ws", workspace.as_str(), "reports", report.as_str(), "preview"]);
        }
        url
    }

    /// Sends an operation, and again where that is safe and may help.
    pub(crate) async fn call<Op>(&self, op: Op) -> Result<Op::Output, Error>
    where
        Op: Operation + Clone,
        P: Supports<Op>,
    {
        let Settings { request_timeout, retries } = &self.0.settings;
        let operation = Op::SPEC.name;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let since = Instant::now();
            let Ok(outcome) = timeout(*request_timeout, self.0.pin.call(op.clone())).await else {
                tracing::debug!(operation, attempt, duration = ?since.elapsed(), "timed out");
                return Err(Error::TimedOut { operation, after: *request_timeout });
            };
            let error = match outcome {
                Ok(output) => {
                    tracing::debug!(operation, attempt, duration = ?since.elapsed(), "answered");
                    return Ok(output);
                }
                Err(error) => error,
            };
            let status = error.status().map(|status| status.as_u16());
            tracing::debug!(operation, attempt, status, duration = ?since.elapsed(), "failed");
            match retries.after(Op::SPEC, &error, attempt, fastrand::f64()) {
                Some(wait) => sleep(wait).await,
                None => return Err(CallError::into(error)),
            }
        }
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
