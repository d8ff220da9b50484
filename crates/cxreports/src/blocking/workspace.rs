use std::{io::Read, path::PathBuf};

use cxreports_core::{
    FileId, Payload, ToIdOrCode,
    model::{Job, ReportTemplate, ReportType, Theme},
};

use crate::{
    blocking::{
        driver::Blocking,
        export::Export,
        job::JobHandle,
        macros::{calls, handles},
        report::{ReportHandle, Reports},
        upload::Upload,
    },
    error::Error,
};

/// See [`crate::WorkspaceHandle`].
pub type WorkspaceHandle<P> = Blocking<crate::workspace::WorkspaceHandle<P>>;

impl<P> WorkspaceHandle<P> {
    handles! { crate::WorkspaceHandle {
        reports(self) -> Reports<P>
        report(self, report: impl ToIdOrCode) -> ReportHandle<P>
        job(self, job: impl ToIdOrCode) -> JobHandle<P>
        upload(self, data: impl Into<Payload>) -> Upload<P>
        upload_file(self, path: impl Into<PathBuf>) -> Upload<P>
    }}
    calls! { crate::WorkspaceHandle {
        report_types(self) -> Vec<ReportType> where ListReportTypes;
        templates(self) -> Vec<ReportTemplate> where ListTemplates;
        themes(self) -> Vec<Theme> where ListThemes;
        jobs(self) -> Vec<Job> where ListJobs;
    }}

    /// See [`upload_reader`](crate::WorkspaceHandle::upload_reader).
    #[must_use]
    pub fn upload_reader(self, reader: impl Read + Send + 'static) -> Upload<P> {
        self.upload(Payload::reader(reader))
    }

    /// See [`started_export`](crate::WorkspaceHandle::started_export).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn started_export(self, file: impl Into<FileId>) -> Result<Export<P>, Error> {
        let Self { inner, runtime } = self;
        Ok(Blocking { inner: inner.started_export(file)?, runtime })
    }
}
