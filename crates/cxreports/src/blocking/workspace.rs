use cxreports_core::{
    ToIdOrCode,
    model::{Job, ReportTemplate, ReportType, Theme},
};
use serde::Serialize;

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
        upload(self, data: &(impl Serialize + ?Sized)) -> Upload<P>
    }}
    calls! { crate::WorkspaceHandle {
        report_types(self) -> Vec<ReportType> where ListReportTypes;
        templates(self) -> Vec<ReportTemplate> where ListTemplates;
        themes(self) -> Vec<Theme> where ListThemes;
        jobs(self) -> Vec<Job> where ListJobs;
    }}

    /// See [`started_export`](crate::WorkspaceHandle::started_export).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn started_export(self, file: i32) -> Result<Export<P>, Error> {
        let Self { inner, runtime } = self;
        Ok(Blocking { inner: inner.started_export(file)?, runtime })
    }
}
