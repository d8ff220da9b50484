use std::{io::Read, path::PathBuf};

use cxreports_core::{
    FileId, Payload, Pin, Pinned, ToIdOrCode,
    model::{Job, ReportTemplate, ReportType, Theme, Workspace},
};

use crate::{
    blocking::{
        driver::Blocking,
        export::Export,
        instance::InstanceHandle,
        job::{JobHandle, JobRun},
        macros::{calls, handles},
        report::{ReportHandle, Reports},
        upload::Upload,
        workspace::WorkspaceHandle,
    },
    error::Error,
    latest::LatestPin,
    ticket::Ticket,
};

/// See [`crate::Client`].
pub type Client<P = LatestPin> = Blocking<crate::client::Client<P>>;

impl<P> Client<P> {
    handles! { crate::Client {
        workspace(workspace: impl ToIdOrCode) -> WorkspaceHandle<P>
        reports() -> Reports<P>
        report(report: impl ToIdOrCode) -> ReportHandle<P>
        job(job: impl ToIdOrCode) -> JobHandle<P>
        upload(data: impl Into<Payload>) -> Upload<P>
        upload_file(path: impl Into<PathBuf>) -> Upload<P>
        instance() -> InstanceHandle<P>
    }}
    calls! { crate::Client {
        workspaces(&self) -> Vec<Workspace> where ListWorkspaces;
        report_types(&self) -> Vec<ReportType> where ListReportTypes;
        templates(&self) -> Vec<ReportTemplate> where ListTemplates;
        themes(&self) -> Vec<Theme> where ListThemes;
        jobs(&self) -> Vec<Job> where ListJobs;
    }}

    /// See [`upload_reader`](crate::Client::upload_reader).
    #[must_use]
    pub fn upload_reader(&self, reader: impl Read + Send + 'static) -> Upload<P> {
        self.upload(Payload::reader(reader))
    }

    /// See [`resume_export`](crate::Client::resume_export).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn resume_export(&self, ticket: &Ticket) -> Result<Export<P>, Error> {
        Ok(self.with(self.inner.resume_export(ticket)?))
    }

    /// See [`started_export`](crate::Client::started_export).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn started_export(&self, file: impl Into<FileId>) -> Result<Export<P>, Error> {
        Ok(self.with(self.inner.started_export(file)?))
    }

    /// See [`resume_run`](crate::Client::resume_run).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn resume_run(&self, ticket: &Ticket) -> Result<JobRun<P>, Error> {
        Ok(self.with(self.inner.resume_run(ticket)?))
    }

    /// See [`base_url`](crate::Client::base_url).
    #[must_use]
    pub fn base_url(&self) -> &str {
        self.inner.base_url()
    }

    /// See [`pinned`](crate::Client::pinned).
    #[must_use]
    pub fn pinned(&self) -> &P {
        self.inner.pinned()
    }

    /// See [`pin`](crate::Client::pin).
    #[must_use]
    pub fn pin(&self) -> &'static Pin
    where
        P: Pinned,
    {
        self.inner.pin()
    }
}
