use std::future::IntoFuture;

use cxreports_core::{
    Supports,
    model::{Report, ReportPage},
    op,
};

use crate::{
    blocking::{
        driver::Blocking,
        export::ExportRequest,
        macros::{calls, handles, setters},
        preview::Preview,
    },
    error::Error,
};

/// See [`crate::ReportHandle`].
pub type ReportHandle<P> = Blocking<crate::report::ReportHandle<P>>;
/// See [`crate::Reports`].
pub type Reports<P> = Blocking<crate::report::Reports<P>>;

impl<P> Reports<P> {
    setters! { crate::Reports {
        of_type(code: impl Into<String>)
        offset(offset: i32)
        limit(limit: i32)
    }}

    /// The reports.
    ///
    /// # Errors
    ///
    /// As awaiting [`crate::Reports`], and [`Error::InsideRuntime`].
    pub fn get(self) -> Result<Vec<Report>, Error>
    where
        P: Supports<op::ListReports>,
    {
        let Self { inner, runtime } = self;
        runtime.run(inner.into_future())?
    }
}

impl<P> ReportHandle<P> {
    handles! { crate::ReportHandle {
        export(self) -> ExportRequest<P>
        preview(self) -> Preview<P>
    }}
    calls! { crate::ReportHandle {
        pages(self) -> Vec<ReportPage> where ListReportPages;
    }}
}
