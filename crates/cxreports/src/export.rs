//! Exports: at once, or later.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use cxreports_core::{
    IdOrCode, Json, Supports,
    model::{DocumentFormat, ExportState, ExportStatus},
    op,
};
use futures_util::{Stream, future::BoxFuture};
use serde::Serialize;

use crate::{
    Client, Error, Progress, ReportFile, Ticket, UploadedData,
    client::Defaults,
    data::{Given, Input, json},
    file::{OnProgress, may_be_whole_next_time},
    ticket::Work,
    wait::{Awaited, Wait},
};

/// An export that is being put together ("Exporting Reports").
#[derive(Debug)]
#[must_use = "nothing is sent until start() or now()"]
pub struct ExportRequest<P> {
    client: Client<P>,
    named: Result<(IdOrCode, IdOrCode), Error>,
    input: Input,
    language: Option<String>,
    timezone: Option<String>,
    format: Option<DocumentFormat>,
    attachments: bool,
    exclude_pages: Vec<i32>,
    template: Option<String>,
    theme: Option<String>,
}

impl<P> ExportRequest<P> {
    /// Data up to this size, in bytes of JSON, goes into the body of [`start`](Self::start).
    const MOST_IN_BODY: usize = 1 << 20;

    pub(crate) fn new(client: Client<P>, named: Result<(IdOrCode, IdOrCode), Error>) -> Self {
        let Defaults { language, timezone } = client.defaults().clone();
        Self {
            client,
            named,
            input: Input::default(),
            language,
            timezone,
            format: None,
            attachments: false,
            exclude_pages: Vec::new(),
            template: None,
            theme: None,
        }
    }

    /// Report parameters.
    pub fn params<T: Serialize + ?Sized>(mut self, params: &T) -> Self {
        self.input.params = Some(json("params", params));
        self
    }

    /// Data for the report, serialised once. What is larger than [`inline_up_to`](Self::inline_up_to) is uploaded as temporary
    /// data first.
    pub fn data<T: Serialize + ?Sized>(mut self, data: &T) -> Self {
        self.input.data = Some(json("data", data));
        self
    }

    /// Data that was uploaded before: what [`Upload::send`](crate::Upload::send) gave, or its id.
    pub fn temporary_data(mut self, data: impl Into<UploadedData>) -> Self {
        self.input.uploaded = Some(data.into());
        self
    }

    /// Data up to this size, in bytes of JSON, is sent along; larger data is uploaded first. Unless told otherwise, 1 MiB for
    /// [`start`](Self::start), 2 KiB for [`now_by_query`](Self::now_by_query), and any size for [`now`](Self::now).
    pub fn inline_up_to(mut self, bytes: usize) -> Self {
        self.input.inline_up_to = Some(bytes);
        self
    }

    /// Preferred language, for example `de`.
    pub fn language(mut self, language: impl Into<String>) -> Self {
        self.language = Some(language.into());
        self
    }

    /// Preferred time zone, for example `Europe/Berlin`.
    pub fn timezone(mut self, timezone: impl Into<String>) -> Self {
        self.timezone = Some(timezone.into());
        self
    }

    /// Format of the document; PDF unless told otherwise.
    pub fn format(mut self, format: DocumentFormat) -> Self {
        self.format = Some(format);
        self
    }

    /// Puts the report and its attachments into a ZIP.
    pub fn attachments(mut self) -> Self {
        self.attachments = true;
        self
    }

    /// Leaves out the pages with these ids (see [`ReportHandle::pages`](crate::ReportHandle::pages)). For
    /// [`start`](Self::start) only.
    pub fn exclude_pages(mut self, pages: impl IntoIterator<Item = i32>) -> Self {
        self.exclude_pages.extend(pages);
        self
    }

    /// Code or id of the template; the report's own unless told otherwise.
    pub fn template(mut self, template: impl Into<String>) -> Self {
        self.template = Some(template.into());
        self
    }

    /// Code or id of the theme; the report's own unless told otherwise.
    pub fn theme(mut self, theme: impl Into<String>) -> Self {
        self.theme = Some(theme.into());
        self
    }

    /// Starts the export, to be waited for ("Start an async export").
    ///
    /// ```
    /// # use cxreports_sim::{Edition, Instance};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let instance = Instance::builder(Edition::V2026_5).token("t").start().await.unwrap();
    /// # let cx = cxreports::Client::builder(&instance.url()).token("t").workspace("finance").build().unwrap();
    /// # let folder = tempfile::tempdir().unwrap();
    /// use cxreports::model::DocumentFormat::Xlsx;
    ///
    /// let lines = [("Tea", 12.5), ("Cake", 30.0)];
    /// let export = cx.report("invoice").export().format(Xlsx).data(&lines).exclude_pages([420]).start().await?;
    /// let path = export.wait().await?.save_to(folder.path()).await?;
    /// assert!(path.ends_with("Invoice.xlsx"));
    /// # Ok::<(), cxreports::Error>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::NotJson`]; [`Error::Call`] with 404 when there is no such report; [`Error::DataExpired`];
    /// [`Error::NoWorkspace`]; [`Error::InvalidIdOrCode`].
    pub async fn start(self) -> Result<Export<P>, Error>
    where
        P: Supports<op::StartExport> + Supports<op::CreateTemporaryData>,
    {
        let fallback_name = self.fallback_name();
        let Self { client, named, input, exclude_pages, .. } = self;
        let (workspace, report) = named?;
        let Given { params, data, uploaded } = input.for_body(&client, &workspace, Self::MOST_IN_BODY).await?;
        let start = op::StartExport {
            workspace: workspace.clone(),
            report,
            params,
            data,
            lang: self.language,
            timezone: self.timezone,
            format: self.format,
            include_attachments: self.attachments.then_some(true),
            exclude_pages: (!exclude_pages.is_empty()).then_some(exclude_pages),
            temp_data_id: uploaded.map(|data| data.id),
            template: self.template,
            theme: self.theme,
        };
        let started = client.call(start).await.map_err(|error| Given::blame(uploaded, error))?;
        Ok(Export::new(client, workspace, started.temporary_file_id, fallback_name))
    }

    /// Exports at once: the answer is the file ("Export synchronously (POST)"). It has to come within the
    /// [request time-out](crate::ClientBuilder::request_timeout); what takes longer is for [`start`](Self::start).
    ///
    /// Temporary data cannot be named in a POST: with it, the export goes [by query](Self::now_by_query).
    ///
    /// ```
    /// # use cxreports_sim::{Edition, Instance};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let instance = Instance::builder(Edition::V2026_5).token("t").start().await.unwrap();
    /// # let cx = cxreports::Client::builder(&instance.url()).token("t").workspace("finance").build().unwrap();
    /// let pdf = cx.report("invoice").export().params(&[("customer", 7)]).language("de").now().await?.bytes().await?;
    /// assert!(pdf.starts_with(b"%PDF"));
    /// # Ok::<(), cxreports::Error>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start), and [`Error::NotTogether`] for pages to leave out.
    pub async fn now(self) -> Result<ReportFile, Error>
    where
        P: Supports<op::ExportReport> + Supports<op::ExportReportByQuery> + Supports<op::CreateTemporaryData>,
    {
        let is_large = |data: &Json| self.input.inline_up_to.is_some_and(|most| data.as_str().len() > most);
        let goes_up = matches!(&self.input.data, Some(Ok(data)) if is_large(data));
        if goes_up || self.input.uploaded.is_some() {
            return self.now_by_query().await;
        }
        self.no_excluded_pages()?;
        let fallback = self.fallback_name();
        let (workspace, report) = self.named?;
        let export = op::ExportReport {
            workspace,
            report,
            params: self.input.params.transpose()?,
            data: self.input.data.transpose()?,
            lang: self.language,
            timezone: self.timezone,
            format: self.format,
            include_attachments: self.attachments.then_some(true),
            template: self.template,
            theme: self.theme,
        };
        self.client.download(export, &fallback, None).await
    }

    /// Exports at once, with everything in the query ("Export synchronously (GET)"): for instances that have nothing else, and
    /// where a GET may be repeated and a POST may not.
    ///
    /// ```
    /// # use cxreports_sim::{Edition, Instance};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let instance = Instance::builder(Edition::V2024_9).token("t").start().await.unwrap();
    /// let cx = cxreports::Client::builder(&instance.url())
    ///     .pin::<cxreports_pin_2024_9::Api>()
    /// #   .token("t")
    ///     .workspace("finance")
    ///     .build()?;
    /// let pdf = cx.report("invoice").export().params(&[("customer", 7)]).now_by_query().await?.bytes().await?;
    /// assert!(pdf.starts_with(b"%PDF"));
    /// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// As [`now`](Self::now), and [`Error::UrlTooLong`], which names what makes it so.
    pub async fn now_by_query(self) -> Result<ReportFile, Error>
    where
        P: Supports<op::ExportReportByQuery> + Supports<op::CreateTemporaryData>,
    {
        self.no_excluded_pages()?;
        let fallback = self.fallback_name();
        let Self { client, named, input, language, timezone, template, theme, .. } = self;
        let (workspace, report) = named?;
        let url = client.url_of(&["api", "v1", "ws", workspace.as_str(), "reports", report.as_str(), "pdf"]);
        let words = [&language, &timezone, &template, &theme];
        let Given { params, data, uploaded } = input.for_query(&client, &workspace, &url, &words).await?;
        let export = op::ExportReportByQuery {
            workspace,
            report,
            params,
            data,
            temp_data_id: uploaded.map(|data| data.id),
            lang: language,
            timezone,
            format: self.format,
            include_attachments: self.attachments.then_some(true),
            template,
            theme,
        };
        client.download(export, &fallback, None).await.map_err(|error| Given::blame(uploaded, error))
    }

    fn no_excluded_pages(&self) -> Result<(), Error> {
        if self.exclude_pages.is_empty() {
            return Ok(());
        }
        Err(Error::NotTogether {
            setting: "exclude_pages",
            with: "an export at once",
            instead: "use start() and wait()",
        })
    }

    /// The name to save the file under when the server gives none.
    fn fallback_name(&self) -> String {
        let report = self.named.as_ref().map_or("report", |(_, report)| report.as_str());
        match &self.format {
            _ if self.attachments => format!("{report}.zip"),
            Some(format) => format!("{report}.{format}"),
            None => format!("{report}.{}", DocumentFormat::Pdf),
        }
    }
}

/// An export that has been started. It goes on whether or not anybody waits for it; its [ticket](Self::ticket) is enough to
/// wait for it elsewhere.
#[derive(Debug)]
pub struct Export<P> {
    client: Client<P>,
    workspace: IdOrCode,
    file: i32,
    fallback_name: String,
}

impl<P> Export<P> {
    pub(crate) fn new(client: Client<P>, workspace: IdOrCode, file: i32, fallback_name: String) -> Self {
        Self { client, workspace, file, fallback_name }
    }

    pub(crate) fn resume(client: Client<P>, ticket: &Ticket) -> Result<Self, Error> {
        let workspace = ticket.accept(client.url())?;
        match &ticket.work {
            Work::Export { temporary_file_id, fallback_name } => {
                Ok(Self::new(client, workspace, *temporary_file_id, fallback_name.clone()))
            }
            Work::JobRun { .. } => Err(ticket.is_for("an export")),
        }
    }

    /// Id of the file to be.
    #[must_use]
    pub fn file_id(&self) -> i32 {
        self.file
    }

    /// What another process needs to wait for the export, and to download it.
    #[must_use]
    pub fn ticket(&self) -> Ticket {
        let work = Work::Export { temporary_file_id: self.file, fallback_name: self.fallback_name.clone() };
        Ticket::new(self.client.url(), &self.workspace, work)
    }

    /// How far it is ("Check export status").
    ///
    /// ```
    /// # use cxreports_sim::{Edition, Instance};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let instance = Instance::builder(Edition::V2026_5).token("t").start().await.unwrap();
    /// # let cx = cxreports::Client::builder(&instance.url()).token("t").workspace("finance").build().unwrap();
    /// let status = cx.report("invoice").export().start().await?.status().await?;
    /// println!("{:?}, {:?} bytes", status.status, status.content_size);
    /// # Ok::<(), cxreports::Error>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Expired`] when the file is not there any more; [`Error::Call`].
    pub async fn status(&self) -> Result<ExportStatus, Error>
    where
        P: Supports<op::GetExportStatus>,
    {
        self.client.call(self.look()).await.map_err(expired)
    }

    /// The file, if it is ready now.
    ///
    /// # Errors
    ///
    /// [`Error::NotReady`]; [`Error::ExportFailed`] with the server's words; and as [`status`](Self::status).
    pub async fn ready(self) -> Result<ReadyExport<P>, Error>
    where
        P: Supports<op::GetExportStatus> + Send + Sync + 'static,
    {
        let status = self.status().await?;
        self.finish(status)
    }

    /// Waits until it is ready: `.await` what this gives, told otherwise or as it is. Dropping it stops the wait, not the export.
    ///
    /// ```
    /// # use cxreports_sim::{Edition, Instance};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let instance = Instance::builder(Edition::V2026_5).token("t").start().await.unwrap();
    /// # let cx = cxreports::Client::builder(&instance.url()).token("t").workspace("finance").build().unwrap();
    /// use std::time::Duration;
    ///
    /// let export = cx.report("invoice").export().start().await?;
    /// let ready = export.wait().within(Duration::from_secs(120)).on_status(|status| println!("{:?}", status.status)).await?;
    /// assert_eq!(ready.status().name.as_deref(), Some("Invoice.pdf"));
    /// # Ok::<(), cxreports::Error>(()) }).unwrap();
    /// ```
    pub fn wait(self) -> Wait<Self>
    where
        P: Supports<op::GetExportStatus> + Send + Sync + 'static,
    {
        Wait::new(self)
    }

    fn look(&self) -> op::GetExportStatus {
        op::GetExportStatus { workspace: self.workspace.clone(), temporary_file_id: self.file }
    }
}

impl<P> Clone for Export<P> {
    fn clone(&self) -> Self {
        Self::new(self.client.clone(), self.workspace.clone(), self.file, self.fallback_name.clone())
    }
}

/// A file that is not there is one that has expired: the id came from the server.
fn expired(error: Error) -> Error {
    match error {
        Error::Call(source) if source.status() == Some(http::StatusCode::NOT_FOUND) => Error::Expired { source },
        other => other,
    }
}

impl<P> Awaited for Export<P>
where
    P: Supports<op::GetExportStatus> + Send + Sync + 'static,
{
    type Status = ExportStatus;
    type Done = ReadyExport<P>;

    fn look(&self) -> BoxFuture<'static, Result<ExportStatus, Error>> {
        let (client, look) = (self.client.clone(), self.look());
        Box::pin(async move { client.call_once(look).await.map_err(expired) })
    }

    fn has_settled(status: &ExportStatus) -> bool {
        status.is_ready || status.status == Some(ExportState::Failed)
    }

    fn finish(self, status: ExportStatus) -> Result<ReadyExport<P>, Error> {
        match status.status {
            _ if status.is_ready => Ok(ReadyExport { export: self, status, progress: None }),
            Some(ExportState::Failed) => Err(Error::ExportFailed { message: status.error_message }),
            _ => Err(Error::NotReady { ticket: Box::new(self.ticket()) }),
        }
    }

    fn ticket(&self) -> Ticket {
        self.ticket()
    }
}

/// An export whose file is ready ("Download exported file").
#[must_use = "the file is still on the server"]
pub struct ReadyExport<P> {
    export: Export<P>,
    status: ExportStatus,
    progress: Option<OnProgress>,
}

impl<P> ReadyExport<P> {
    /// What the server says of the file.
    #[must_use]
    pub fn status(&self) -> &ExportStatus {
        &self.status
    }

    /// What another process needs to download it.
    #[must_use]
    pub fn ticket(&self) -> Ticket {
        self.export.ticket()
    }

    /// Tells how far a download is, after each piece.
    pub fn on_progress(mut self, tell: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.progress = Some(Arc::new(tell));
        self
    }
}

impl<P> ReadyExport<P>
where
    P: Supports<op::DownloadExport>,
{
    /// Begins to download it. A download that breaks off is for the caller to begin again; [`save_to`](Self::save_to),
    /// [`save_as`](Self::save_as) and [`bytes`](Self::bytes) do it by themselves.
    ///
    /// ```
    /// # use cxreports_sim::{Edition, Instance};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let instance = Instance::builder(Edition::V2026_5).token("t").start().await.unwrap();
    /// # let cx = cxreports::Client::builder(&instance.url()).token("t").workspace("finance").build().unwrap();
    /// let ready = cx.report("invoice").export().start().await?.wait().await?;
    /// let file = ready.download().await?;
    /// assert_eq!((file.name(), file.content_type()), ("Invoice.pdf", Some("application/pdf")));
    /// # Ok::<(), cxreports::Error>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Expired`] when the file is not there any more; [`Error::NotReady`]; [`Error::Call`].
    pub async fn download(&self) -> Result<ReportFile, Error> {
        let Export { client, workspace, file, fallback_name } = &self.export;
        let download = op::DownloadExport { workspace: workspace.clone(), temporary_file_id: *file };
        let size = self.status.content_size.and_then(|size| u64::try_from(size).ok());
        let file = client.download(download, fallback_name, size).await.map_err(|error| match error {
            Error::Call(source) if source.status() == Some(http::StatusCode::BAD_REQUEST) => {
                Error::NotReady { ticket: Box::new(self.ticket()) }
            }
            other => expired(other),
        })?;
        Ok(file.with_progress(self.progress.clone()))
    }

    /// Saves it in a folder under the server's name: see [`ReportFile::save_to`].
    ///
    /// # Errors
    ///
    /// As [`download`](Self::download) and [`ReportFile::save_to`].
    pub async fn save_to(&self, folder: impl AsRef<Path>) -> Result<PathBuf, Error> {
        let mut attempt = 0;
        loop {
            let whole = async { self.download().await?.save_to(folder.as_ref()).await };
            match whole.await {
                Err(error) => self.again(error, &mut attempt).await?,
                saved => return saved,
            }
        }
    }

    /// Saves it under a path: see [`ReportFile::save_as`].
    ///
    /// # Errors
    ///
    /// As [`download`](Self::download) and [`ReportFile::save_as`].
    pub async fn save_as(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let mut attempt = 0;
        loop {
            let whole = async { self.download().await?.save_as(path.as_ref()).await };
            match whole.await {
                Err(error) => self.again(error, &mut attempt).await?,
                saved => return saved,
            }
        }
    }

    /// All of it, in memory.
    ///
    /// # Errors
    ///
    /// As [`download`](Self::download) and [`ReportFile::bytes`].
    pub async fn bytes(&self) -> Result<Bytes, Error> {
        let mut attempt = 0;
        loop {
            let whole = async { self.download().await?.bytes().await };
            match whole.await {
                Err(error) => self.again(error, &mut attempt).await?,
                bytes => return bytes,
            }
        }
    }

    /// Its bytes as they come: see [`ReportFile::into_stream`].
    ///
    /// # Errors
    ///
    /// As [`download`](Self::download); the stream's last item may be an error, too.
    pub async fn stream(&self) -> Result<impl Stream<Item = Result<Bytes, Error>> + Send + use<P>, Error> {
        Ok(self.download().await?.into_stream())
    }

    /// Waits until a broken download may be begun again, or gives its error back.
    async fn again(&self, error: Error, attempt: &mut u32) -> Result<(), Error> {
        *attempt += 1;
        let retries = self.export.client.retries();
        if *attempt > retries.retries || !may_be_whole_next_time(&error) {
            return Err(error);
        }
        tracing::debug!(operation = "download_export", attempt, "the download broke off; it is begun again");
        tokio::time::sleep(retries.wait(*attempt, fastrand::f64())).await;
        Ok(())
    }
}

impl<P> fmt::Debug for ReadyExport<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadyExport")
            .field("ticket", &self.ticket())
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}
