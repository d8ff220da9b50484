use std::{fmt, path::PathBuf};

use cxreports_core::{
    FileId, Payload, Pin, Pinned, Supports, ToIdOrCode,
    model::{Job, ReportTemplate, ReportType, Theme, Workspace},
    op,
};
use tokio::io::AsyncRead;

use crate::{
    data::Upload,
    error::Error,
    export::started::Export,
    instance::check::InstanceHandle,
    job::{JobHandle, JobRun},
    latest::LatestPin,
    report::{ReportHandle, Reports},
    ticket::Ticket,
    transport::connection::Connection,
    workspace::WorkspaceHandle,
};

/// A client of one instance. Cloning it is cheap, and the clones share their connections.
pub struct Client<P = LatestPin>(Connection<P>);

impl<P> Client<P> {
    pub(crate) fn new(connection: Connection<P>) -> Self {
        Self(connection)
    }

    /// The pinned client that this one sends its requests with, for operations that have no method here.
    #[must_use]
    pub fn pinned(&self) -> &P {
        self.0.pin()
    }

    /// Base URL of the instance; it has no user, password or query.
    #[must_use]
    pub fn base_url(&self) -> &str {
        self.0.url().as_str()
    }

    /// Returns a handle for a workspace, by its id or code.
    #[must_use]
    pub fn workspace(&self, workspace: impl ToIdOrCode) -> WorkspaceHandle<P> {
        WorkspaceHandle::new(self.0.clone(), workspace.to_id_or_code().map_err(Error::from))
    }

    /// The workspace that the client was built with.
    fn own_workspace(&self) -> WorkspaceHandle<P> {
        WorkspaceHandle::new(self.0.clone(), self.0.own_workspace())
    }

    /// Lists the workspaces that the user has access to ("List workspaces").
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
        self.0.call(op::ListWorkspaces {}).await
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

    /// Uploads data for the client's workspace: see [`WorkspaceHandle::upload`].
    pub fn upload(&self, data: impl Into<Payload>) -> Upload<P> {
        self.own_workspace().upload(data)
    }

    /// Uploads a file for the client's workspace: see [`WorkspaceHandle::upload_file`].
    pub fn upload_file(&self, path: impl Into<PathBuf>) -> Upload<P> {
        self.own_workspace().upload_file(path)
    }

    /// Uploads what a reader reads for the client's workspace: see [`WorkspaceHandle::upload_reader`].
    pub fn upload_reader(&self, reader: impl AsyncRead + Send + 'static) -> Upload<P> {
        self.own_workspace().upload_reader(reader)
    }

    /// A job of the client's workspace: see [`WorkspaceHandle::job`].
    #[must_use]
    pub fn job(&self, job: impl ToIdOrCode) -> JobHandle<P> {
        self.own_workspace().job(job)
    }

    /// Returns an export that was started before, here or elsewhere, by its [ticket](Export::ticket).
    ///
    /// # Errors
    ///
    /// [`Error::OtherInstance`]; [`Error::Call`] when it is a ticket for something else.
    pub fn resume_export(&self, ticket: &Ticket) -> Result<Export<P>, Error> {
        Export::resume(self.0.clone(), ticket)
    }

    /// An export of the client's workspace that was started before: see [`WorkspaceHandle::started_export`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn started_export(&self, file: impl Into<FileId>) -> Result<Export<P>, Error> {
        self.own_workspace().started_export(file)
    }

    /// Returns a job run that was started before, here or elsewhere, by its [ticket](JobRun::ticket).
    ///
    /// # Errors
    ///
    /// As [`resume_export`](Self::resume_export).
    pub fn resume_run(&self, ticket: &Ticket) -> Result<JobRun<P>, Error> {
        JobRun::resume(self.0.clone(), ticket)
    }

    /// Returns a handle for the instance itself.
    #[must_use]
    pub fn instance(&self) -> InstanceHandle<P> {
        InstanceHandle::new(self.0.clone())
    }
}

impl<P: Pinned> Client<P> {
    /// Describes the document that the pinned client was generated from; [`pinned`](Self::pinned) is the client.
    #[must_use]
    pub fn pin(&self) -> &'static Pin {
        P::PIN
    }
}

impl<P> Clone for Client<P> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<P: fmt::Debug> fmt::Debug for Client<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
