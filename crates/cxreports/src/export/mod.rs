//! Exports: at once, or later.

mod ready;
mod request;

use std::sync::Arc;

use cxreports_core::{
    IdOrCode, Supports,
    model::{ExportState, ExportStatus},
    op,
};
use futures_util::future::BoxFuture;

pub use self::{ready::ReadyExport, request::ExportRequest};
use crate::{
    Client, Error, Ticket,
    pace::{Pace, Timing},
    ticket::Work,
    wait::{Awaited, Wait, sealed::Timed},
};

/// An export that has been started. It goes on whether or not anybody waits for it; its [ticket](Self::ticket) is enough to
/// wait for it elsewhere.
#[derive(Debug)]
pub struct Export<P> {
    client: Client<P>,
    workspace: IdOrCode,
    file: i32,
    fallback_name: String,
    timing: Timing,
}

impl<P> Export<P> {
    /// An export that has just been started; what it takes is remembered for others of its report and format.
    pub(crate) fn new(client: Client<P>, workspace: IdOrCode, file: i32, fallback_name: String) -> Self {
        let timing = Timing::starting(Some(kind(&workspace, &fallback_name)));
        Self { client, workspace, file, fallback_name, timing }
    }

    /// An export of which nothing is known but its id.
    pub(crate) fn started(client: Client<P>, workspace: IdOrCode, file: i32) -> Self {
        let (fallback_name, timing) = (format!("export-{file}"), Timing::starting(None));
        Self { client, workspace, file, fallback_name, timing }
    }

    pub(crate) fn resume(client: Client<P>, ticket: &Ticket) -> Result<Self, Error> {
        let workspace = ticket.accept(client.url())?;
        match &ticket.work {
            Work::Export { temporary_file_id, fallback_name, timing } => {
                let known = timing.as_ref().map(|told| told.timing(Some(kind(&workspace, fallback_name))));
                let timing = known.unwrap_or_else(|| Timing::starting(None));
                Ok(Self { client, workspace, file: *temporary_file_id, fallback_name: fallback_name.clone(), timing })
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
        let timing = Some(self.timing.told(self.client.pace()));
        let work = Work::Export { temporary_file_id: self.file, fallback_name: self.fallback_name.clone(), timing };
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
        Self {
            client: self.client.clone(),
            workspace: self.workspace.clone(),
            file: self.file,
            fallback_name: self.fallback_name.clone(),
            timing: self.timing.clone(),
        }
    }
}

/// What the durations of exports are remembered under: the report and the format are in the file's name.
fn kind(workspace: &IdOrCode, fallback_name: &str) -> String {
    format!("{workspace}/{fallback_name}")
}

/// A file that is not there is one that has expired: the id came from the server.
fn expired(error: Error) -> Error {
    match error {
        Error::Call(source) if source.status() == Some(http::StatusCode::NOT_FOUND) => Error::Expired { source },
        other => other,
    }
}

impl<P> Timed for Export<P> {
    fn timing(&self) -> &Timing {
        &self.timing
    }

    fn pace(&self) -> Arc<Pace> {
        Arc::clone(self.client.pace())
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
        status.is_ready || has_failed(status)
    }

    fn finish(self, status: ExportStatus) -> Result<ReadyExport<P>, Error> {
        if status.is_ready {
            return Ok(ReadyExport::new(self, status));
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
