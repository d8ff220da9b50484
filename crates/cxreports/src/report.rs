use std::{future::IntoFuture, pin::Pin};

use cxreports_core::{
    IdOrCode, Supports,
    model::{Report, ReportPage},
    op,
};

use crate::{error::Error, export::request::ExportRequest, preview::Preview, transport::connection::Connection};

/// A report of a workspace.
#[derive(Debug)]
pub struct ReportHandle<P> {
    connection: Connection<P>,
    named: Result<(IdOrCode, IdOrCode), Error>,
}

impl<P> ReportHandle<P> {
    pub(crate) fn new(connection: Connection<P>, named: Result<(IdOrCode, IdOrCode), Error>) -> Self {
        Self { connection, named }
    }

    /// Returns a builder for an export of the report as PDF, Word, Excel, PowerPoint or HTML.
    pub fn export(self) -> ExportRequest<P> {
        ExportRequest::new(self.connection, self.named)
    }

    /// Returns a builder for the URL of the report in an iframe.
    pub fn preview(self) -> Preview<P> {
        Preview::new(self.connection, self.named)
    }

    /// Lists its pages ("List report pages").
    ///
    /// ```
    /// # use cxreports_sim::{Edition, Instance};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let instance = Instance::builder(Edition::V2026_5).token("t").start().await.unwrap();
    /// # let cx = cxreports::Client::builder(&instance.url()).token("t").workspace("finance").build().unwrap();
    /// let pages = cx.report("invoice").pages().await?;
    /// assert_eq!(pages[0].name.as_deref(), Some("Cover"));
    /// # Ok::<(), cxreports::Error>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with 404 when there is no such workspace or report; [`Error::NoWorkspace`];
    /// [`Error::InvalidIdOrCode`].
    pub async fn pages(self) -> Result<Vec<ReportPage>, Error>
    where
        P: Supports<op::ListReportPages>,
    {
        let (workspace, report) = self.named?;
        self.connection.call(op::ListReportPages { workspace, report }).await
    }
}

/// Builder for a list of reports: `.await` it.
#[derive(Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct Reports<P> {
    connection: Connection<P>,
    workspace: Result<IdOrCode, Error>,
    report_type: Option<String>,
    offset: Option<i32>,
    limit: Option<i32>,
}

impl<P> Reports<P> {
    pub(crate) fn new(connection: Connection<P>, workspace: Result<IdOrCode, Error>) -> Self {
        Self { connection, workspace, report_type: None, offset: None, limit: None }
    }

    /// Lists only the reports of the type with this code.
    pub fn of_type(mut self, code: impl Into<String>) -> Self {
        self.report_type = Some(code.into());
        self
    }

    /// Sets the number of reports to skip.
    pub fn offset(mut self, offset: i32) -> Self {
        self.offset = Some(offset);
        self
    }

    /// Sets the maximum number of reports to return.
    pub fn limit(mut self, limit: i32) -> Self {
        self.limit = Some(limit);
        self
    }
}

impl<P> IntoFuture for Reports<P>
where
    P: Supports<op::ListReports>,
{
    type Output = Result<Vec<Report>, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { connection, workspace, report_type, offset, limit } = self;
        Box::pin(
            async move { connection.call(op::ListReports { workspace: workspace?, report_type, offset, limit }).await },
        )
    }
}
