//! The same client for programs without an async runtime: the same names, and methods that return when they are done.
//!
//! Where the asynchronous client has something to `.await` ([`Reports`](crate::Reports), [`Wait`](crate::Wait)), this one has
//! `get()`; where it has a stream, this one has an iterator.
//!
//! ```
//! # use cxreports_sim::{Edition, Instance};
//! # let runtime = tokio::runtime::Runtime::new().unwrap();
//! # let instance = runtime.block_on(Instance::builder(Edition::V2026_5).token("a-token").start()).unwrap();
//! # let (url, token) = (instance.url(), "a-token");
//! # let folder = tempfile::tempdir().unwrap();
//! use cxreports::{blocking::Client, model::DocumentFormat::Xlsx};
//!
//! let cx = Client::builder(&url).token(token).workspace("finance").build()?;
//! for report in cx.reports().of_type("invoice").get()? {
//!     println!("{}: {}", report.id, report.name);
//! }
//! let export = cx.report("invoice").export().format(Xlsx).params(&[("customer", 7)]).start()?;
//! let path = export.wait().get()?.save_to(folder.path())?;
//! # assert!(path.ends_with("Invoice.xlsx"));
//!
//! let run = cx.job("monthly-invoices").run().start()?;
//! println!("{} entries", run.wait().get()?.entries);
//! let document = run.review_document()?.wait().get()?.bytes()?;
//! run.deliver()?;
//! let page = cx.report("invoice").preview().url()?.iframe("Invoice");
//! # assert!(document.starts_with(b"%PDF") && page.starts_with("<iframe"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::{
    fmt,
    future::IntoFuture,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use cxreports_core::{
    Authorize, Pinned, Supports,
    chrono::{DateTime, Utc},
    model::{
        DocumentFormat, ExportStatus, Job, JobRunStatus, Report, ReportPage, ReportTemplate, ReportType, TemporaryData,
        Theme, Workspace,
    },
    op,
    poll::PollPolicy,
    retry::RetryPolicy,
};
use cxreports_pin::Connect;
use futures_util::{StreamExt as _, stream::BoxStream};
use secrecy::SecretString;
use serde::Serialize;
use tokio::runtime;

use crate::{
    Awaited, BuildError, Check, Error, LatestPin, PreviewUrl, ProbeResult, Probed, Progress, Ticket, ToIdOrCode,
    UploadedData,
};

/// Something of the asynchronous client, together with what drives it.
pub struct Blocking<T> {
    inner: T,
    runtime: Arc<Runtime>,
}

/// See [`crate::ClientBuilder`].
pub struct ClientBuilder<P = LatestPin>(crate::ClientBuilder<P>);
/// See [`crate::Client`].
pub type Client<P = LatestPin> = Blocking<crate::Client<P>>;
/// See [`crate::WorkspaceHandle`].
pub type WorkspaceHandle<P> = Blocking<crate::WorkspaceHandle<P>>;
/// See [`crate::ReportHandle`].
pub type ReportHandle<P> = Blocking<crate::ReportHandle<P>>;
/// See [`crate::Reports`].
pub type Reports<P> = Blocking<crate::Reports<P>>;
/// See [`crate::Upload`].
pub type Upload<P> = Blocking<crate::Upload<P>>;
/// See [`crate::Preview`].
pub type Preview<P> = Blocking<crate::Preview<P>>;
/// See [`crate::ExportRequest`].
pub type ExportRequest<P> = Blocking<crate::ExportRequest<P>>;
/// See [`crate::Export`].
pub type Export<P> = Blocking<crate::Export<P>>;
/// See [`crate::ReadyExport`].
pub type ReadyExport<P> = Blocking<crate::ReadyExport<P>>;
/// See [`crate::ReportFile`].
pub type ReportFile = Blocking<crate::ReportFile>;
/// See [`crate::JobHandle`].
pub type JobHandle<P> = Blocking<crate::JobHandle<P>>;
/// See [`crate::RunRequest`].
pub type RunRequest<P> = Blocking<crate::RunRequest<P>>;
/// See [`crate::JobRun`].
pub type JobRun<P> = Blocking<crate::JobRun<P>>;
/// See [`crate::Wait`].
pub type Wait<W> = Blocking<crate::Wait<W>>;
/// See [`crate::InstanceHandle`].
pub type InstanceHandle<P> = Blocking<crate::InstanceHandle<P>>;

/// Drives the connections from a thread of its own, so that they live on between two calls.
struct Runtime(Option<runtime::Runtime>);

impl Runtime {
    fn start() -> Result<Self, BuildError> {
        let mut builder = runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(1).thread_name("cxreports").enable_all().build();
        runtime.map(|runtime| Self(Some(runtime))).map_err(BuildError::Runtime)
    }

    fn run<F: Future>(&self, future: F) -> Result<F::Output, Error> {
        match &self.0 {
            // Tokio would panic.
            Some(_) if runtime::Handle::try_current().is_ok() => Err(Error::InsideRuntime),
            Some(runtime) => Ok(runtime.block_on(future)),
            None => Err(Error::InsideRuntime),
        }
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl<T> Blocking<T> {
    fn map<U>(self, change: impl FnOnce(T) -> U) -> Blocking<U> {
        Blocking { inner: change(self.inner), runtime: self.runtime }
    }

    fn with<U>(&self, inner: U) -> Blocking<U> {
        Blocking { inner, runtime: Arc::clone(&self.runtime) }
    }

    fn block<U>(&self, future: impl Future<Output = Result<U, Error>>) -> Result<U, Error> {
        self.runtime.run(future)?
    }

    /// What of the asynchronous client this is.
    pub fn into_inner(self) -> T {
        self.inner
    }
}

impl<T: Clone> Clone for Blocking<T> {
    fn clone(&self) -> Self {
        self.with(self.inner.clone())
    }
}

impl<T: fmt::Debug> fmt::Debug for Blocking<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

/// Methods that set something: the same on both clients.
macro_rules! setters {
    ($of:ty { $($name:ident($($argument:ident: $type:ty),*))* }) => {
        $(
            #[doc = concat!("See [`", stringify!($name), "`](", stringify!($of), "::", stringify!($name), ").")]
            #[must_use]
            pub fn $name(self, $($argument: $type),*) -> Self {
                self.map(|inner| inner.$name($($argument),*))
            }
        )*
    };
}

/// Methods that give something that is to be set or sent.
macro_rules! handles {
    ($of:ty { $($name:ident($($argument:ident: $type:ty),*) -> $gives:ty)* }) => {
        $(
            #[doc = concat!("See [`", stringify!($name), "`](", stringify!($of), "::", stringify!($name), ").")]
            #[must_use]
            pub fn $name(&self, $($argument: $type),*) -> $gives {
                self.with(self.inner.$name($($argument),*))
            }
        )*
    };
    ($of:ty { $($name:ident(self $(, $argument:ident: $type:ty)*) -> $gives:ty)* }) => {
        $(
            #[doc = concat!("See [`", stringify!($name), "`](", stringify!($of), "::", stringify!($name), ").")]
            #[must_use]
            pub fn $name(self, $($argument: $type),*) -> $gives {
                self.map(|inner| inner.$name($($argument),*))
            }
        )*
    };
}

/// Methods that send something, and give what came of it.
macro_rules! calls {
    ($of:ty { $($name:ident(&self $(, $argument:ident: $type:ty)*) -> $gives:ty where $($op:ident)*;)* }) => {
        $(
            #[doc = concat!("See [`", stringify!($name), "`](", stringify!($of), "::", stringify!($name), ").")]
            ///
            /// # Errors
            ///
            /// As there, and [`Error::InsideRuntime`].
            pub fn $name(&self, $($argument: $type),*) -> Result<$gives, Error>
            where
                P: Sized $(+ Supports<op::$op>)*,
            {
                self.block(self.inner.$name($($argument),*))
            }
        )*
    };
    ($of:ty { $($name:ident(self) -> $gives:ty where $($op:ident)*;)* }) => {
        $(
            #[doc = concat!("See [`", stringify!($name), "`](", stringify!($of), "::", stringify!($name), ").")]
            ///
            /// # Errors
            ///
            /// As there, and [`Error::InsideRuntime`].
            pub fn $name(self) -> Result<$gives, Error>
            where
                P: Sized $(+ Supports<op::$op>)*,
            {
                let Self { inner, runtime } = self;
                runtime.run(inner.$name())?
            }
        )*
    };
    ($of:ty { $($name:ident(self) => $gives:ty where $($op:ident)*;)* }) => {
        $(
            #[doc = concat!("See [`", stringify!($name), "`](", stringify!($of), "::", stringify!($name), ").")]
            ///
            /// # Errors
            ///
            /// As there, and [`Error::InsideRuntime`].
            pub fn $name(self) -> Result<$gives, Error>
            where
                P: Sized $(+ Supports<op::$op>)*,
            {
                let Self { inner, runtime } = self;
                let inner = runtime.run(inner.$name())??;
                Ok(Blocking { inner, runtime })
            }
        )*
    };
}

impl<P> ClientBuilder<P> {
    fn map<Q>(self, change: impl FnOnce(crate::ClientBuilder<P>) -> crate::ClientBuilder<Q>) -> ClientBuilder<Q> {
        ClientBuilder(change(self.0))
    }

    setters! { crate::ClientBuilder {
        token(token: impl Into<SecretString>)
        authorize(provider: impl Authorize + 'static)
        workspace(workspace: impl ToIdOrCode)
        http(http: reqwest::Client)
        root_certificate(certificate: reqwest::Certificate)
        allow_plain_http()
        connect_timeout(limit: Duration)
        idle_timeout(limit: Duration)
        request_timeout(limit: Duration)
        language(language: impl Into<String>)
        timezone(timezone: impl Into<String>)
        parameter(name: impl Into<String>, value: impl Into<String>)
        json_limit(bytes: usize)
        looks_per_second(looks: u32)
        retries(policy: RetryPolicy)
    }}

    /// See [`pin`](crate::ClientBuilder::pin).
    #[must_use]
    pub fn pin<Q>(self) -> ClientBuilder<Q> {
        self.map(crate::ClientBuilder::pin)
    }

    /// See [`build`](crate::ClientBuilder::build).
    ///
    /// # Errors
    ///
    /// As there, and [`BuildError::Runtime`].
    pub fn build(self) -> Result<Client<P>, BuildError>
    where
        P: Connect,
    {
        Ok(Blocking { inner: self.0.build()?, runtime: Arc::new(Runtime::start()?) })
    }
}

impl ClientBuilder {
    /// See [`probe`](crate::ClientBuilder::probe).
    ///
    /// # Errors
    ///
    /// As there, and [`Error::InsideRuntime`].
    pub fn probe(self) -> Result<Client<Probed>, Error> {
        let runtime = Arc::new(Runtime::start()?);
        let inner = runtime.run(self.0.probe())??;
        Ok(Blocking { inner, runtime })
    }

    /// See [`probe_with`](crate::ClientBuilder::probe_with).
    ///
    /// # Errors
    ///
    /// As there, and [`Error::InsideRuntime`].
    pub fn probe_with(self, earlier: ProbeResult, max_age: Duration) -> Result<Client<Probed>, Error> {
        let runtime = Arc::new(Runtime::start()?);
        let inner = runtime.run(self.0.probe_with(earlier, max_age))??;
        Ok(Blocking { inner, runtime })
    }
}

impl<P> fmt::Debug for ClientBuilder<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Client {
    /// See [`builder`](crate::Client::builder).
    #[must_use]
    pub fn builder(url: &str) -> ClientBuilder {
        ClientBuilder(crate::Client::builder(url))
    }

    /// See [`from_env`](crate::Client::from_env).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn from_env() -> Result<ClientBuilder, BuildError> {
        crate::Client::from_env().map(ClientBuilder)
    }
}

impl<P> Client<P> {
    handles! { crate::Client {
        workspace(workspace: impl ToIdOrCode) -> WorkspaceHandle<P>
        reports() -> Reports<P>
        report(report: impl ToIdOrCode) -> ReportHandle<P>
        job(job: impl ToIdOrCode) -> JobHandle<P>
        upload(data: &(impl Serialize + ?Sized)) -> Upload<P>
        instance() -> InstanceHandle<P>
    }}
    calls! { crate::Client {
        workspaces(&self) -> Vec<Workspace> where ListWorkspaces;
        report_types(&self) -> Vec<ReportType> where ListReportTypes;
        templates(&self) -> Vec<ReportTemplate> where ListTemplates;
        themes(&self) -> Vec<Theme> where ListThemes;
        jobs(&self) -> Vec<Job> where ListJobs;
    }}

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
    pub fn started_export(&self, file: i32) -> Result<Export<P>, Error> {
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
    pub fn pin(&self) -> &'static cxreports_core::Pin
    where
        P: Pinned,
    {
        self.inner.pin()
    }
}

impl<P: Pinned> InstanceHandle<P> {
    /// See [`check`](crate::InstanceHandle::check).
    ///
    /// # Errors
    ///
    /// As there, and [`Error::InsideRuntime`].
    pub fn check(&self) -> Result<Check, Error> {
        self.block(self.inner.check())
    }
}

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
}

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
        P: Supports<op::ListReports> + Send + Sync + 'static,
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

impl<P> Upload<P> {
    setters! { crate::Upload { expires(at: DateTime<Utc>) } }
    calls! { crate::Upload { send(self) -> TemporaryData where CreateTemporaryData; } }
}

impl<P> Preview<P> {
    setters! { crate::Preview {
        params(params: &(impl Serialize + ?Sized))
        data(data: &(impl Serialize + ?Sized))
        temporary_data(data: impl Into<UploadedData>)
        inline_up_to(bytes: usize)
        timezone(timezone: impl Into<String>)
        hide_print_button()
    }}
    calls! { crate::Preview { url(self) -> PreviewUrl where CreateNonce CreateTemporaryData; } }
}

impl<P> ExportRequest<P> {
    setters! { crate::ExportRequest {
        params(params: &(impl Serialize + ?Sized))
        data(data: &(impl Serialize + ?Sized))
        temporary_data(data: impl Into<UploadedData>)
        inline_up_to(bytes: usize)
        language(language: impl Into<String>)
        timezone(timezone: impl Into<String>)
        format(format: DocumentFormat)
        attachments()
        exclude_pages(pages: impl IntoIterator<Item = i32>)
        template(template: impl Into<String>)
        theme(theme: impl Into<String>)
        within(time: Duration)
    }}
    calls! { crate::ExportRequest {
        start(self) => Export<P> where StartExport CreateTemporaryData;
        now(self) => ReportFile where ExportReport ExportReportByQuery CreateTemporaryData;
        now_by_query(self) => ReportFile where ExportReportByQuery CreateTemporaryData;
    }}
}

impl<P> Export<P> {
    /// See [`ticket`](crate::Export::ticket).
    #[must_use]
    pub fn ticket(&self) -> Ticket {
        self.inner.ticket()
    }

    /// See [`file_id`](crate::Export::file_id).
    #[must_use]
    pub fn file_id(&self) -> i32 {
        self.inner.file_id()
    }

    calls! { crate::Export { status(&self) -> ExportStatus where GetExportStatus; } }
}

impl<P> Export<P>
where
    P: Supports<op::GetExportStatus> + Send + Sync + 'static,
{
    handles! { crate::Export { wait(self) -> Wait<crate::Export<P>> } }
    calls! { crate::Export { ready(self) => ReadyExport<P> where GetExportStatus; } }
}

impl<W: Awaited> Wait<W> {
    setters! { crate::Wait {
        within(time: Duration)
        policy(policy: PollPolicy)
        on_status(tell: impl Fn(&W::Status) + Send + Sync + 'static)
    }}

    /// See [`statuses`](crate::Wait::statuses).
    pub fn statuses(self) -> impl Iterator<Item = Result<W::Status, Error>> {
        let Self { inner, runtime } = self;
        Iter { stream: Some(Box::pin(inner.statuses())), runtime }
    }
}

impl<P> Wait<crate::Export<P>>
where
    P: Supports<op::GetExportStatus> + Send + Sync + 'static,
{
    /// Waits for it.
    ///
    /// # Errors
    ///
    /// As awaiting [`crate::Wait`], and [`Error::InsideRuntime`].
    pub fn get(self) -> Result<ReadyExport<P>, Error> {
        let Self { inner, runtime } = self;
        let inner = runtime.run(inner.into_future())??;
        Ok(Blocking { inner, runtime })
    }
}

impl<P> Wait<crate::JobRun<P>>
where
    P: Supports<op::GetJobRunStatus> + Send + Sync + 'static,
{
    /// Waits for it.
    ///
    /// # Errors
    ///
    /// As awaiting [`crate::Wait`], and [`Error::InsideRuntime`].
    pub fn get(self) -> Result<JobRunStatus, Error> {
        let Self { inner, runtime } = self;
        runtime.run(inner.into_future())?
    }
}

impl<P> ReadyExport<P> {
    setters! { crate::ReadyExport { on_progress(tell: impl Fn(Progress) + Send + Sync + 'static) } }

    /// See [`status`](crate::ReadyExport::status).
    #[must_use]
    pub fn status(&self) -> &ExportStatus {
        self.inner.status()
    }

    /// See [`ticket`](crate::ReadyExport::ticket).
    #[must_use]
    pub fn ticket(&self) -> Ticket {
        self.inner.ticket()
    }

    /// See [`download`](crate::ReadyExport::download).
    ///
    /// # Errors
    ///
    /// As there, and [`Error::InsideRuntime`].
    pub fn download(&self) -> Result<ReportFile, Error>
    where
        P: Supports<op::DownloadExport>,
    {
        Ok(self.with(self.block(self.inner.download())?))
    }

    calls! { crate::ReadyExport {
        save_to(&self, folder: impl AsRef<Path>) -> PathBuf where DownloadExport;
        save_as(&self, path: impl AsRef<Path>) -> () where DownloadExport;
        bytes(&self) -> Bytes where DownloadExport;
    }}
}

impl ReportFile {
    setters! { crate::ReportFile { on_progress(tell: impl Fn(Progress) + Send + Sync + 'static) } }

    /// See [`name`](crate::ReportFile::name).
    #[must_use]
    pub fn name(&self) -> &str {
        self.inner.name()
    }

    /// See [`content_type`](crate::ReportFile::content_type).
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.inner.content_type()
    }

    /// See [`size`](crate::ReportFile::size).
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        self.inner.size()
    }

    /// See [`save_to`](crate::ReportFile::save_to).
    ///
    /// # Errors
    ///
    /// As there, and [`Error::InsideRuntime`].
    pub fn save_to(self, folder: impl AsRef<Path>) -> Result<PathBuf, Error> {
        let Self { inner, runtime } = self;
        runtime.run(inner.save_to(folder))?
    }

    /// See [`save_as`](crate::ReportFile::save_as).
    ///
    /// # Errors
    ///
    /// As there, and [`Error::InsideRuntime`].
    pub fn save_as(self, path: impl AsRef<Path>) -> Result<(), Error> {
        let Self { inner, runtime } = self;
        runtime.run(inner.save_as(path))?
    }

    /// See [`bytes`](crate::ReportFile::bytes).
    ///
    /// # Errors
    ///
    /// As there, and [`Error::InsideRuntime`].
    pub fn bytes(self) -> Result<Bytes, Error> {
        let Self { inner, runtime } = self;
        runtime.run(inner.bytes())?
    }

    /// Its bytes as they come: see [`into_stream`](crate::ReportFile::into_stream).
    pub fn chunks(self) -> impl Iterator<Item = Result<Bytes, Error>> {
        let Self { inner, runtime } = self;
        Iter { stream: Some(Box::pin(inner.into_stream())), runtime }
    }
}

impl<P> JobHandle<P> {
    handles! { crate::JobHandle { run(self) -> RunRequest<P> } }

    /// See [`started`](crate::JobHandle::started).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn started(self, run: i32) -> Result<JobRun<P>, Error> {
        let Self { inner, runtime } = self;
        Ok(Blocking { inner: inner.started(run)?, runtime })
    }
}

impl<P> RunRequest<P> {
    setters! { crate::RunRequest {
        params(params: &(impl Serialize + ?Sized))
        data(data: &(impl Serialize + ?Sized))
    }}
    calls! { crate::RunRequest { start(self) => JobRun<P> where StartJobRun; } }
}

impl<P> JobRun<P> {
    /// See [`job`](crate::JobRun::job).
    #[must_use]
    pub fn job(&self) -> &str {
        self.inner.job()
    }

    /// See [`id`](crate::JobRun::id).
    #[must_use]
    pub fn id(&self) -> i32 {
        self.inner.id()
    }

    /// See [`ticket`](crate::JobRun::ticket).
    #[must_use]
    pub fn ticket(&self) -> Ticket {
        self.inner.ticket()
    }

    /// See [`review_document`](crate::JobRun::review_document).
    ///
    /// # Errors
    ///
    /// As there, and [`Error::InsideRuntime`].
    pub fn review_document(&self) -> Result<Export<P>, Error>
    where
        P: Supports<op::GenerateReviewDocument>,
    {
        Ok(self.with(self.block(self.inner.review_document())?))
    }

    calls! { crate::JobRun { status(&self) -> JobRunStatus where GetJobRunStatus; } }
    calls! { crate::JobRun { deliver(self) -> () where DeliverJobRun ListJobs; } }
}

impl<P> JobRun<P>
where
    P: Supports<op::GetJobRunStatus> + Send + Sync + 'static,
{
    handles! { crate::JobRun { wait() -> Wait<crate::JobRun<P>> } }
}

/// A stream, one item at a time.
struct Iter<T> {
    stream: Option<BoxStream<'static, Result<T, Error>>>,
    runtime: Arc<Runtime>,
}

impl<T> Iterator for Iter<T> {
    type Item = Result<T, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.runtime.run(self.stream.as_mut()?.next()) {
            Ok(item) => item,
            Err(error) => {
                self.stream = None;
                Some(Err(error))
            }
        }
    }
}
