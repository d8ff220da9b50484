use std::{
    future::IntoFuture,
    path::{Path, PathBuf},
    time::Duration,
};

use bytes::Bytes;
use cxreports_core::{
    FileId, PageId, Payload, Supports,
    model::{DocumentFormat, ExportStatus},
    op,
};
use serde::Serialize;

use crate::{
    blocking::{
        driver::Blocking,
        file::ReportFile,
        macros::{calls, handles, setters},
        wait::Wait,
    },
    data::UploadedData,
    error::Error,
    export::{ready, request, started},
    file::Progress,
    ticket::Ticket,
};

/// See [`crate::ExportRequest`].
pub type ExportRequest<P> = Blocking<request::ExportRequest<P>>;
/// See [`crate::Export`].
pub type Export<P> = Blocking<started::Export<P>>;
/// See [`crate::ReadyExport`].
pub type ReadyExport<P> = Blocking<ready::ReadyExport<P>>;

impl<P> ExportRequest<P> {
    setters! { crate::ExportRequest {
        params(params: &(impl Serialize + ?Sized))
        data(data: impl Into<Payload>): CreateTemporaryData
        inline_data(data: impl Into<Payload>)
        temporary_data(data: impl Into<UploadedData>): ExportReportByQuery
        inline_up_to(bytes: usize): ExportReportByQuery
        language(language: impl Into<String>)
        timezone(timezone: impl Into<String>)
        format(format: DocumentFormat)
        attachments()
        exclude_pages(pages: impl IntoIterator<Item = impl Into<PageId>>)
        template(template: impl Into<String>)
        theme(theme: impl Into<String>)
        within(time: Duration)
    }}
    calls! { crate::ExportRequest {
        start(self) => Export<P> where StartExport;
        now(self) => ReportFile where ExportReport;
        now_by_query(self) => ReportFile where ExportReportByQuery;
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
    pub fn file_id(&self) -> FileId {
        self.inner.file_id()
    }

    calls! { crate::Export { status(&self) -> ExportStatus where GetExportStatus; } }
}

impl<P> Export<P>
where
    P: Supports<op::GetExportStatus>,
{
    handles! { crate::Export { wait(self) -> Wait<started::Export<P>> } }
    calls! { crate::Export { ready(self) => ReadyExport<P> where GetExportStatus; } }
}

impl<P> Wait<started::Export<P>>
where
    P: Supports<op::GetExportStatus>,
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

    /// See [`stream`](crate::ReadyExport::stream).
    ///
    /// # Errors
    ///
    /// As there, and [`Error::InsideRuntime`].
    pub fn chunks(&self) -> Result<impl Iterator<Item = Result<Bytes, Error>> + use<P>, Error>
    where
        P: Supports<op::DownloadExport>,
    {
        Ok(self.download()?.chunks())
    }
}
