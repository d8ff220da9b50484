use std::{future::IntoFuture, pin::Pin};

use cxreports_core::{
    IdOrCode, InvalidIdOrCode, Supports,
    model::{Job, Report, ReportPage, ReportTemplate, ReportType, Theme},
    op,
};

use serde::Serialize;

use crate::{Client, Error, Export, ExportRequest, JobHandle, Preview, Upload};

/// What names a workspace, a report or a job: an id, a code, or an [`IdOrCode`].
pub trait ToIdOrCode {
    /// The id or code.
    ///
    /// # Errors
    ///
    /// [`InvalidIdOrCode`] for text that no URL can carry as one segment.
    fn to_id_or_code(self) -> Result<IdOrCode, InvalidIdOrCode>;
}

impl ToIdOrCode for i32 {
    fn to_id_or_code(self) -> Result<IdOrCode, InvalidIdOrCode> {
        Ok(self.into())
    }
}

impl ToIdOrCode for &str {
    fn to_id_or_code(self) -> Result<IdOrCode, InvalidIdOrCode> {
        self.try_into()
    }
}

impl ToIdOrCode for String {
    fn to_id_or_code(self) -> Result<IdOrCode, InvalidIdOrCode> {
        self.try_into()
    }
}

impl ToIdOrCode for IdOrCode {
    fn to_id_or_code(self) -> Result<IdOrCode, InvalidIdOrCode> {
        Ok(self)
    }
}

/// A workspace of an instance. A name that cannot be one is told by the first call.
#[derive(Debug)]
pub struct WorkspaceHandle<P> {
    client: Client<P>,
    workspace: Result<IdOrCode, Error>,
}

impl<P> WorkspaceHandle<P> {
    pub(crate) fn new(client: Client<P>, workspace: Result<IdOrCode, Error>) -> Self {
        Self { client, workspace }
    }

    /// Its reports ("List reports"); `.await` what this gives, narrowed down or as it is.
    ///
    /// ```
    /// # use cxreports_sim::{Edition, Instance};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let instance = Instance::builder(Edition::V2026_5).token("t").start().await.unwrap();
    /// # let cx = cxreports::Client::builder(&instance.url()).token("t").build().unwrap();
    /// let all = cx.workspace("finance").reports().await?;
    /// let second = cx.workspace(1).reports().of_type("invoice").offset(1).limit(1).await?;
    /// assert_eq!((all.len(), second[0].id), (3, 43));
    /// # Ok::<(), cxreports::Error>(()) }).unwrap();
    /// ```
    pub fn reports(self) -> Reports<P> {
        Reports { client: self.client, workspace: self.workspace, report_type: None, offset: None, limit: None }
    }

    /// One of its reports, by id, or by the code of the type whose default report is meant.
    #[must_use]
    pub fn report(self, report: impl ToIdOrCode) -> ReportHandle<P> {
        let named = self.workspace.and_then(|workspace| Ok((workspace, report.to_id_or_code()?)));
        ReportHandle { client: self.client, named }
    }

    /// Data to be uploaded once and used by several exports or previews ("Upload temporary data").
    ///
    /// ```
    /// # use cxreports_sim::{Edition, Instance};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let instance = Instance::builder(Edition::V2026_5).token("t").start().await.unwrap();
    /// # let cx = cxreports::Client::builder(&instance.url()).token("t").build().unwrap();
    /// let uploaded = cx.workspace("finance").upload(&vec![1; 1000]).send().await?;
    /// let url = cx.workspace("finance").report(42).preview().temporary_data(uploaded.temp_data_id).url().await?;
    /// # assert!(url.expose().contains("tempDataId="));
    /// # Ok::<(), cxreports::Error>(()) }).unwrap();
    /// ```
    pub fn upload<T: Serialize + ?Sized>(self, data: &T) -> Upload<P> {
        Upload::new(self.client, self.workspace, data)
    }

    /// An export that was started before, by the id of its file; its [ticket](Export::ticket) says more.
    ///
    /// # Errors
    ///
    /// [`Error::NoWorkspace`]; [`Error::InvalidIdOrCode`].
    pub fn started_export(self, file: i32) -> Result<Export<P>, Error> {
        Ok(Export::started(self.client, self.workspace?, file))
    }

    /// One of its jobs, by id or code.
    #[must_use]
    pub fn job(self, job: impl ToIdOrCode) -> JobHandle<P> {
        let named = self.workspace.and_then(|workspace| Ok((workspace, job.to_id_or_code()?)));
        JobHandle::new(self.client, named)
    }

    /// Its report types ("List report types").
    ///
    /// ```
    /// # use cxreports_sim::{Edition, Instance};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let instance = Instance::builder(Edition::V2026_5).token("t").start().await.unwrap();
    /// # let cx = cxreports::Client::builder(&instance.url()).token("t").build().unwrap();
    /// let types: Vec<_> = cx.workspace("finance").report_types().await?;
    /// assert_eq!(types[0].code.as_deref(), Some("invoice"));
    /// # Ok::<(), cxreports::Error>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with 404 when there is no such workspace; [`Error::InvalidIdOrCode`].
    pub async fn report_types(self) -> Result<Vec<ReportType>, Error>
    where
        P: Supports<op::ListReportTypes>,
    {
        self.client.call(op::ListReportTypes { workspace: self.workspace? }).await
    }

    /// Its templates ("List templates").
    ///
    /// ```
    /// # use cxreports_sim::{Edition, Instance};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let instance = Instance::builder(Edition::V2026_5).token("t").start().await.unwrap();
    /// # let cx = cxreports::Client::builder(&instance.url()).token("t").build().unwrap();
    /// let templates = cx.workspace("finance").templates().await?;
    /// assert_eq!(templates[0].name, "Letter");
    /// # Ok::<(), cxreports::Error>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// As [`report_types`](Self::report_types).
    pub async fn templates(self) -> Result<Vec<ReportTemplate>, Error>
    where
        P: Supports<op::ListTemplates>,
    {
        self.client.call(op::ListTemplates { workspace: self.workspace? }).await
    }

    /// Its themes ("List themes").
    ///
    /// ```
    /// # use cxreports_sim::{Edition, Instance};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let instance = Instance::builder(Edition::V2026_5).token("t").start().await.unwrap();
    /// # let cx = cxreports::Client::builder(&instance.url()).token("t").build().unwrap();
    /// let themes = cx.workspace("finance").themes().await?;
    /// assert_eq!(themes[1].name, "Corporate");
    /// # Ok::<(), cxreports::Error>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// As [`report_types`](Self::report_types).
    pub async fn themes(self) -> Result<Vec<Theme>, Error>
    where
        P: Supports<op::ListThemes>,
    {
        self.client.call(op::ListThemes { workspace: self.workspace? }).await
    }

    /// Its jobs ("List jobs").
    ///
    /// ```
    /// # use cxreports_sim::{Edition, Instance};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let instance = Instance::builder(Edition::V2026_5).token("t").start().await.unwrap();
    /// # let cx = cxreports::Client::builder(&instance.url()).token("t").build().unwrap();
    /// let jobs = cx.workspace("finance").jobs().await?;
    /// assert_eq!(jobs[0].review_required, Some(true));
    /// # Ok::<(), cxreports::Error>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// As [`report_types`](Self::report_types).
    pub async fn jobs(self) -> Result<Vec<Job>, Error>
    where
        P: Supports<op::ListJobs>,
    {
        self.client.call(op::ListJobs { workspace: self.workspace? }).await
    }
}

/// A report of a workspace.
#[derive(Debug)]
pub struct ReportHandle<P> {
    client: Client<P>,
    named: Result<(IdOrCode, IdOrCode), Error>,
}

impl<P> ReportHandle<P> {
    /// The report as a document: PDF, Word, Excel, PowerPoint or HTML; at once, or to be waited for.
    pub fn export(self) -> ExportRequest<P> {
        ExportRequest::new(self.client, self.named)
    }

    /// The report in an iframe.
    pub fn preview(self) -> Preview<P> {
        Preview::new(self.client, self.named)
    }

    /// Its pages ("List report pages").
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
        self.client.call(op::ListReportPages { workspace, report }).await
    }
}

/// The reports of a workspace, to be narrowed down and awaited.
#[derive(Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct Reports<P> {
    client: Client<P>,
    workspace: Result<IdOrCode, Error>,
    report_type: Option<String>,
    offset: Option<i32>,
    limit: Option<i32>,
}

impl<P> Reports<P> {
    /// Only those of the type with this code.
    pub fn of_type(mut self, code: impl Into<String>) -> Self {
        self.report_type = Some(code.into());
        self
    }

    /// Without the first so many.
    pub fn offset(mut self, offset: i32) -> Self {
        self.offset = Some(offset);
        self
    }

    /// At the most so many.
    pub fn limit(mut self, limit: i32) -> Self {
        self.limit = Some(limit);
        self
    }
}

impl<P> IntoFuture for Reports<P>
where
    P: Supports<op::ListReports> + Send + Sync + 'static,
{
    type Output = Result<Vec<Report>, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { client, workspace, report_type, offset, limit } = self;
        Box::pin(
            async move { client.call(op::ListReports { workspace: workspace?, report_type, offset, limit }).await },
        )
    }
}
