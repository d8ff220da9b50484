//! A file of an export on the instance: its status, its content and its ticket.

use std::time::Duration;

use cxreports_core::{Download, FileId, IdOrCode, Operation as _, Supports, model::ExportStatus, op};
use http::StatusCode;

use crate::{
    error::Error,
    file::{Expect, ReportFile},
    ticket::{Ticket, Work},
    transport::{connection::Connection, pace::Timing},
};

/// A file that an export makes, or has made.
pub(super) struct RemoteFile<P> {
    pub(super) connection: Connection<P>,
    pub(super) workspace: IdOrCode,
    pub(super) id: FileId,
    /// The name to save it under when the server gives none.
    pub(super) fallback_name: String,
    pub(super) timing: Timing,
}

impl<P> RemoteFile<P> {
    /// The file of an export that starts now; its duration is remembered for others of its report and format.
    pub(super) fn starting(connection: Connection<P>, workspace: IdOrCode, id: FileId, fallback_name: String) -> Self {
        let timing = Timing::starting(Some(kind(&workspace, &fallback_name)));
        Self { connection, workspace, id, fallback_name, timing }
    }

    /// A file of which nothing is known but its id.
    pub(super) fn known(connection: Connection<P>, workspace: IdOrCode, id: FileId) -> Self {
        Self { connection, workspace, id, fallback_name: format!("export-{id}"), timing: Timing::starting(None) }
    }

    pub(super) fn of_ticket(connection: Connection<P>, ticket: &Ticket) -> Result<Self, Error> {
        let workspace = connection.accept(ticket)?;
        let Work::Export { temporary_file_id, fallback_name, timing } = &ticket.work else {
            return Err(ticket.is_not_for("an export").into());
        };
        let kind = || Some(kind(&workspace, fallback_name));
        let timing = timing.as_ref().map_or_else(|| Timing::starting(None), |known| Timing::resumed(known, kind()));
        Ok(Self { connection, workspace, id: *temporary_file_id, fallback_name: fallback_name.clone(), timing })
    }

    pub(super) fn ticket(&self) -> Ticket {
        let timing = Some(self.timing.for_ticket(self.connection.pace()));
        let work = Work::Export { temporary_file_id: self.id, fallback_name: self.fallback_name.clone(), timing };
        Ticket::new(self.connection.url(), &self.workspace, work)
    }

    fn status_request(&self) -> op::GetExportStatus {
        op::GetExportStatus { workspace: self.workspace.clone(), temporary_file_id: self.id }
    }

    /// Its status, retried as the client's policy says.
    pub(super) async fn status(&self) -> Result<ExportStatus, Error>
    where
        P: Supports<op::GetExportStatus>,
    {
        self.connection.call(self.status_request()).await.map_err(expired)
    }

    /// Its status by one request, and when the server says to request it again.
    pub(super) async fn status_once(&self) -> (Result<ExportStatus, Error>, Option<Duration>)
    where
        P: Supports<op::GetExportStatus>,
    {
        let (status, retry_after) = self.connection.call_once(self.status_request()).await;
        (status.map_err(expired), retry_after)
    }

    /// Downloads it, and gives it to `take`; both once more when that fails in a way that may pass.
    pub(super) async fn download<T, F>(&self, size: Option<u64>, take: impl Fn(ReportFile) -> F) -> Result<T, Error>
    where
        P: Supports<op::DownloadExport>,
        F: Future<Output = Result<T, Error>>,
    {
        let take = &take;
        let once = |attempt| async move { take(self.begin(size, attempt).await?).await };
        self.connection.repeat(op::DownloadExport::SPEC, || true, once).await
    }

    async fn begin(&self, size: Option<u64>, attempt: u32) -> Result<ReportFile, Error>
    where
        P: Supports<op::DownloadExport>,
    {
        let request = op::DownloadExport { workspace: self.workspace.clone(), temporary_file_id: self.id };
        let download: Result<Download, Error> = self.connection.attempt(request, attempt, None).await;
        let download = download.map_err(|error| match error {
            Error::Call(source) if source.status() == Some(StatusCode::BAD_REQUEST) => {
                Error::NotReady { ticket: Box::new(self.ticket()) }
            }
            other => expired(other),
        })?;
        let expect = Expect { fallback: &self.fallback_name, size };
        let limits = &self.connection.settings().files;
        ReportFile::begin(op::DownloadExport::SPEC.name, download, &expect, limits).await
    }
}

impl<P> Clone for RemoteFile<P> {
    fn clone(&self) -> Self {
        Self {
            connection: self.connection.clone(),
            workspace: self.workspace.clone(),
            id: self.id,
            fallback_name: self.fallback_name.clone(),
            timing: self.timing.clone(),
        }
    }
}

/// The key under which durations are remembered: the file's name has the report and the format in it.
fn kind(workspace: &IdOrCode, fallback_name: &str) -> String {
    format!("{workspace}/{fallback_name}")
}

/// The id came from the server, so a file that is not found has expired.
fn expired(error: Error) -> Error {
    match error {
        Error::Call(source) if source.status() == Some(StatusCode::NOT_FOUND) => Error::Expired { source },
        other => other,
    }
}
