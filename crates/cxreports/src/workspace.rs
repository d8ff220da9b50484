use std::path::PathBuf;

use cxreports_core::{
    FileId, IdOrCode, Payload, Supports, ToIdOrCode,
    model::{Job, ReportTemplate, ReportType, Theme},
    op,
};
use tokio::io::AsyncRead;

use crate::{
    data::{Upload, pieces},
    error::Error,
    export::started::Export,
    job::JobHandle,
    report::{ReportHandle, Reports},
    transport::connection::Connection,
};

/// A workspace of an instance. An id or code that is not valid is reported by the first call.
#[derive(Debug)]
pub struct WorkspaceHandle<P> {
    connection: Connection<P>,
    workspace: Result<IdOrCode, Error>,
}

impl<P> WorkspaceHandle<P> {
    pub(crate) fn new(connection: Connection<P>, workspace: Result<IdOrCode, Error>) -> Self {
        Self { connection, workspace }
    }

    /// Lists its reports ("List reports"): `.await` the [`Reports`], filtered or not.
    ///
    /// ```
    /// # use cxreports_sim::{Edition, Instance};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let instance = Instance::builder(Edition::V2026_5).token("t").start().await.unwrap();
    /// # let cx = cxreports::Client::builder(&instance.url()).token("t").build().unwrap();
    /// let all = cx.workspace("finance").reports().await?;
    /// let second = cx.workspace(1).reports().of_type("invoice").offset(1).limit(1).await?;
    /// assert_eq!((all.len(), second[0].id.get()), (3, 43));
    /// # Ok::<(), cxreports::Error>(()) }).unwrap();
    /// ```
    pub fn reports(self) -> Reports<P> {
        Reports::new(self.connection, self.workspace)
    }

    /// Returns a handle for a report, by its id, or by the code of the type whose default report is meant.
    #[must_use]
    pub fn report(self, report: impl ToIdOrCode) -> ReportHandle<P> {
        let named = self.workspace.and_then(|workspace| Ok((workspace, report.to_id_or_code()?)));
        ReportHandle::new(self.connection, named)
    }

    /// Returns a builder for an upload of data that several exports or previews use ("Upload temporary data"). A value is serialised
    /// while it is sent; pass a borrowed one as [`Json::new(&value)?`](cxreports_core::Json::new).
    ///
    /// ```
    /// # use cxreports_sim::{Edition, Instance};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let instance = Instance::builder(Edition::V2026_5).token("t").start().await.unwrap();
    /// # let cx = cxreports::Client::builder(&instance.url()).token("t").build().unwrap();
    /// let uploaded = cx.workspace("finance").upload(vec![1; 1000]).send().await?;
    /// let url = cx.workspace("finance").report(42).preview().temporary_data(uploaded.temp_data_id).url().await?;
    /// # assert!(url.expose().contains("tempDataId="));
    /// # Ok::<(), cxreports::Error>(()) }).unwrap();
    /// ```
    pub fn upload(self, data: impl Into<Payload>) -> Upload<P> {
        Upload::new(self.connection, self.workspace, data.into())
    }

    /// Returns a builder for an upload of a JSON file, which is sent as it is, in pieces.
    ///
    /// ```
    /// # use cxreports_sim::{Edition, Instance};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let instance = Instance::builder(Edition::V2026_5).token("t").start().await.unwrap();
    /// # let cx = cxreports::Client::builder(&instance.url()).token("t").workspace("finance").build().unwrap();
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("rows.json");
    /// # std::fs::write(&path, "[1,2,3]").unwrap();
    /// let from_file = cx.upload_file(&path).send().await?;
    /// let from_reader = cx.upload_reader(tokio::fs::File::open(&path).await?).send().await?;
    /// # assert_ne!(from_file.temp_data_id, from_reader.temp_data_id);
    /// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
    /// ```
    pub fn upload_file(self, path: impl Into<PathBuf>) -> Upload<P> {
        self.upload(Payload::file(path))
    }

    /// Returns a builder for an upload of the JSON that a reader reads. It is sent in chunks, since its length is not known, and
    /// cannot be sent again when the connection is lost.
    pub fn upload_reader(self, reader: impl AsyncRead + Send + 'static) -> Upload<P> {
        self.upload(Payload::stream(pieces(reader)))
    }

    /// Returns an export that was started before, by the id of its file. Prefer its [ticket](Export::ticket), which also has its
    /// name and its timing.
    ///
    /// # Errors
    ///
    /// [`Error::NoWorkspace`]; [`Error::InvalidIdOrCode`].
    pub fn started_export(self, file: impl Into<FileId>) -> Result<Export<P>, Error> {
        Ok(Export::known(self.connection, self.workspace?, file.into()))
    }

    /// Returns a handle for a job, by its id or code.
    #[must_use]
    pub fn job(self, job: impl ToIdOrCode) -> JobHandle<P> {
        let named = self.workspace.and_then(|workspace| Ok((workspace, job.to_id_or_code()?)));
        JobHandle::new(self.connection, named)
    }

    /// Lists its report types ("List report types").
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
        self.connection.call(op::ListReportTypes { workspace: self.workspace? }).await
    }

    /// Lists its templates ("List templates").
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
        self.connection.call(op::ListTemplates { workspace: self.workspace? }).await
    }

    /// Lists its themes ("List themes").
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
        self.connection.call(op::ListThemes { workspace: self.workspace? }).await
    }

    /// Lists its jobs ("List jobs").
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
        self.connection.call(op::ListJobs { workspace: self.workspace? }).await
    }
}
