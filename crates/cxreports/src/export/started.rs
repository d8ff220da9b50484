//! Exports that have been started.

use std::{fmt, sync::Arc, time::Duration};

use cxreports_core::{
    FileId, IdOrCode, Supports,
    model::{ExportState, ExportStatus},
    op,
};
use futures_util::future::BoxFuture;

use crate::{
    error::Error,
    export::{ready::ReadyExport, remote::RemoteFile},
    ticket::Ticket,
    transport::{
        connection::Connection,
        looks::LookBudget,
        pace::{Pace, Timing},
    },
    wait::{Awaited, Wait, sealed::Steps},
};

/// An export that has been started. It continues on the server whether or not anybody waits for it; its
/// [ticket](Self::ticket) is enough to wait for it elsewhere.
pub struct Export<P>(RemoteFile<P>);

impl<P> Export<P> {
    /// An export that starts now.
    pub(crate) fn starting(
        connection: Connection<P>,
        workspace: IdOrCode,
        file: FileId,
        fallback_name: String,
    ) -> Self {
        Self(RemoteFile::starting(connection, workspace, file, fallback_name))
    }

    /// An export of which nothing is known but its id.
    pub(crate) fn known(connection: Connection<P>, workspace: IdOrCode, file: FileId) -> Self {
        Self(RemoteFile::known(connection, workspace, file))
    }

    pub(crate) fn resume(connection: Connection<P>, ticket: &Ticket) -> Result<Self, Error> {
        RemoteFile::of_ticket(connection, ticket).map(Self)
    }

    /// Returns the id of the file that it makes.
    #[must_use]
    pub fn file_id(&self) -> FileId {
        self.0.id
    }

    /// Returns the ticket by which another process can wait for the export and download its file.
    #[must_use]
    pub fn ticket(&self) -> Ticket {
        self.0.ticket()
    }

    /// Returns the status ("Check export status").
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
        self.0.status().await
    }

    /// Returns the file if it is ready now.
    ///
    /// # Errors
    ///
    /// [`Error::NotReady`]; [`Error::ExportFailed`] with the server's words; and as [`status`](Self::status).
    pub async fn ready(self) -> Result<ReadyExport<P>, Error>
    where
        P: Supports<op::GetExportStatus>,
    {
        let status = self.status().await?;
        self.finish(status)
    }

    /// Waits until it is ready: `.await` the [`Wait`]. Dropping it stops the wait, not the export.
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
        P: Supports<op::GetExportStatus>,
    {
        Wait::new(self)
    }
}

impl<P> Clone for Export<P> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<P> fmt::Debug for Export<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Export").field(&self.ticket()).finish()
    }
}

impl<P> Awaited for Export<P>
where
    P: Supports<op::GetExportStatus>,
{
    type Status = ExportStatus;
    type Done = ReadyExport<P>;
}

impl<P> Steps<ExportStatus, ReadyExport<P>> for Export<P>
where
    P: Supports<op::GetExportStatus>,
{
    fn look(&self) -> BoxFuture<'static, (Result<ExportStatus, Error>, Option<Duration>)> {
        let file = self.0.clone();
        Box::pin(async move { file.status_once().await })
    }

    fn has_settled(status: &ExportStatus) -> bool {
        status.is_ready || has_failed(status)
    }

    fn finish(self, status: ExportStatus) -> Result<ReadyExport<P>, Error> {
        if status.is_ready {
            return Ok(ReadyExport::new(self.0, status));
        }
        if has_failed(&status) {
            return Err(Error::ExportFailed { message: status.error_message });
        }
        Err(Error::NotReady { ticket: Box::new(self.ticket()) })
    }

    fn is_ready(status: &ExportStatus) -> bool {
        status.is_ready
    }

    fn ticket(&self) -> Ticket {
        self.ticket()
    }

    fn timing(&self) -> &Timing {
        &self.0.timing
    }

    fn pace(&self) -> Arc<Pace> {
        Arc::clone(self.0.connection.pace())
    }

    fn looks(&self) -> Arc<LookBudget> {
        Arc::clone(self.0.connection.looks())
    }
}

/// Whether an export has failed: an instance may say so with a message alone.
fn has_failed(status: &ExportStatus) -> bool {
    let has_message = status.error_message.as_deref().is_some_and(|message| !message.trim().is_empty());
    match status.status {
        Some(ExportState::Failed) => true,
        Some(ExportState::InProgress) => false,
        _ => has_message,
    }
}
