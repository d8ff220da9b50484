//! Exports that are being put together.

use std::time::Duration;

use cxreports_core::{IdOrCode, PageId, Payload, Supports, model::DocumentFormat, op};
use futures_util::future::BoxFuture;
use serde::Serialize;

use crate::{
    data::{Input, Resolved, UploadedData, expired_data},
    error::Error,
    export::started::Export,
    file::{Expect, ReportFile},
    transport::connection::{Connection, Defaults},
};

/// Builder for an export ("Exporting Reports").
#[derive(Debug)]
#[must_use = "nothing is sent until start() or now()"]
pub struct ExportRequest<P> {
    connection: Connection<P>,
    named: Result<(IdOrCode, IdOrCode), Error>,
    input: Input<P>,
    language: Option<String>,
    timezone: Option<String>,
    format: Option<DocumentFormat>,
    attachments: bool,
    exclude_pages: Vec<PageId>,
    template: Option<String>,
    theme: Option<String>,
    within: Option<Duration>,
    by_query: Option<ByQuery<P>>,
}

/// Exports at once with everything in the query.
type ByQuery<P> = fn(ExportRequest<P>) -> BoxFuture<'static, Result<ReportFile, Error>>;

impl<P> ExportRequest<P> {
    /// Data up to this size, in bytes of JSON, goes into the body of [`start`](Self::start).
    const INLINE: usize = 1 << 20;

    pub(crate) fn new(connection: Connection<P>, named: Result<(IdOrCode, IdOrCode), Error>) -> Self {
        let Defaults { language, timezone } = connection.settings().defaults.clone();
        Self {
            connection,
            named,
            input: Input::new(),
            language,
            timezone,
            format: None,
            attachments: false,
            exclude_pages: Vec::new(),
            template: None,
            theme: None,
            within: None,
            by_query: None,
        }
    }

    /// Sets the parameters of the report. The API takes an object; a list of pairs is
    /// sent as one.
    pub fn params<T: Serialize + ?Sized>(mut self, params: &T) -> Self {
        self.input.set_params(params);
        self
    }

    /// Sets the data of the report: a value, which is serialised while it is sent, or another [`Payload`] such as a file. Data
    /// that is larger than [`inline_up_to`](Self::inline_up_to) is uploaded as temporary data first.
    pub fn data(mut self, data: impl Into<Payload>) -> Self
    where
        P: Supports<op::CreateTemporaryData>,
    {
        self.input.set_data(data.into());
        self
    }

    /// Sets data that is always sent with the request; for instances without temporary data.
    pub fn inline_data(mut self, data: impl Into<Payload>) -> Self {
        self.input.set_inline_data(data.into());
        self
    }

    /// Sets data that was uploaded before: what [`Upload::send`](crate::Upload::send) returned, or its id.
    pub fn temporary_data(mut self, data: impl Into<UploadedData>) -> Self
    where
        P: Supports<op::ExportReportByQuery>,
    {
        self.input.uploaded = Some(data.into());
        self.may_go_by_query()
    }

    /// Sets the size, in bytes of JSON, up to which [`data`](Self::data) is sent with the request; larger data is uploaded first.
    /// Defaults to 1 MiB for [`start`](Self::start), 2 KiB for [`now_by_query`](Self::now_by_query), and any size for
    /// [`now`](Self::now).
    pub fn inline_up_to(mut self, bytes: usize) -> Self
    where
        P: Supports<op::ExportReportByQuery>,
    {
        self.input.inline_up_to = Some(bytes);
        self.may_go_by_query()
    }

    /// Uploaded data cannot be named in the body of [`now`](Self::now).
    fn may_go_by_query(mut self) -> Self
    where
        P: Supports<op::ExportReportByQuery>,
    {
        self.by_query = Some(|request| Box::pin(request.now_by_query()));
        self
    }

    /// Sets the language, for example `de`.
    pub fn language(mut self, language: impl Into<String>) -> Self {
        self.language = Some(language.into());
        self
    }

    /// Sets the time zone, for example `Europe/Berlin`.
    pub fn timezone(mut self, timezone: impl Into<String>) -> Self {
        self.timezone = Some(timezone.into());
        self
    }

    /// Sets the format of the document. Defaults to PDF.
    pub fn format(mut self, format: DocumentFormat) -> Self {
        self.format = Some(format);
        self
    }

    /// Puts the report and its attachments into a ZIP.
    pub fn attachments(mut self) -> Self {
        self.attachments = true;
        self
    }

    /// Leaves out the pages with these ids (see [`ReportHandle::pages`](crate::ReportHandle::pages)). Only
    /// [`start`](Self::start) can leave out pages.
    pub fn exclude_pages(mut self, pages: impl IntoIterator<Item = impl Into<PageId>>) -> Self {
        self.exclude_pages.extend(pages.into_iter().map(Into::into));
        self
    }

    /// Sets the template, by its code or id. Defaults to the report's own.
    pub fn template(mut self, template: impl Into<String>) -> Self {
        self.template = Some(template.into());
        self
    }

    /// Sets the theme, by its code or id. Defaults to the report's own.
    pub fn theme(mut self, theme: impl Into<String>) -> Self {
        self.theme = Some(theme.into());
        self
    }

    /// Sets the longest time that [`now`](Self::now) and [`now_by_query`](Self::now_by_query) wait for the file to begin: the
    /// server renders the report in it. Defaults to the [request time-out](crate::ClientBuilder::request_timeout).
    pub fn within(mut self, time: Duration) -> Self {
        self.within = Some(time);
        self
    }

    /// Starts the export and returns at once ("Start an async export"); [`Export::wait`] waits for the file.
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
    /// let export = cx.report("invoice").export().format(Xlsx).data(lines).exclude_pages([420]).start().await?;
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
        P: Supports<op::StartExport>,
    {
        let fallback_name = self.fallback_name();
        let Self { connection, named, input, exclude_pages, .. } = self;
        let (workspace, report) = named?;
        let Resolved { params, data, uploaded } = input.resolve(&connection, &workspace, Self::INLINE).await?;
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
        let started = connection.call(start).await.map_err(|error| expired_data(uploaded, error))?;
        Ok(Export::starting(connection, workspace, started.temporary_file_id, fallback_name))
    }

    /// Exports at once: the response is the file ("Export synchronously (POST)"). It has to begin within the
    /// [request time-out](crate::ClientBuilder::request_timeout); use [`start`](Self::start) for reports that take longer.
    ///
    /// The API does not take temporary data in a POST: with it, this sends [`now_by_query`](Self::now_by_query).
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
    /// As [`start`](Self::start), and [`Error::ConflictingSettings`] when pages are to be left out.
    pub async fn now(self) -> Result<ReportFile, Error>
    where
        P: Supports<op::ExportReport>,
    {
        if let Some(by_query) = self.by_query
            && (self.input.uploaded.is_some() || self.input.exceeds_limit().await?)
        {
            return by_query(self).await;
        }
        self.no_excluded_pages()?;
        let fallback = self.fallback_name();
        let (workspace, report) = self.named?;
        let Resolved { params, data, .. } = self.input.resolve(&self.connection, &workspace, usize::MAX).await?;
        let export = op::ExportReport {
            workspace,
            report,
            params,
            data,
            lang: self.language,
            timezone: self.timezone,
            format: self.format,
            include_attachments: self.attachments.then_some(true),
            template: self.template,
            theme: self.theme,
        };
        let expect = Expect { fallback: &fallback, size: None };
        ReportFile::fetch(&self.connection, export, &expect, self.within).await
    }

    /// Exports at once, with everything in the query ("Export synchronously (GET)"): for instances that have no other export.
    /// A lost connection is retried, since a GET changes nothing.
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
    /// As [`now`](Self::now), and [`Error::UrlTooLong`], which names what is too long.
    pub async fn now_by_query(self) -> Result<ReportFile, Error>
    where
        P: Supports<op::ExportReportByQuery>,
    {
        self.no_excluded_pages()?;
        let fallback = self.fallback_name();
        let Self { connection, named, input, language, timezone, template, theme, within, .. } = self;
        let (workspace, report) = named?;
        let url = connection.url_of(&["api", "v1", "ws", workspace.as_str(), "reports", report.as_str(), "pdf"]);
        let words = [&language, &timezone, &template, &theme];
        let (Resolved { params, uploaded, .. }, data) =
            input.resolve_for_query(&connection, &workspace, &url, &words).await?;
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
        let expect = Expect { fallback: &fallback, size: None };
        ReportFile::fetch(&connection, export, &expect, within).await.map_err(|error| expired_data(uploaded, error))
    }

    fn no_excluded_pages(&self) -> Result<(), Error> {
        if self.exclude_pages.is_empty() {
            return Ok(());
        }
        Err(Error::ConflictingSettings {
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
