//! Exports whose file is ready.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use cxreports_core::{Supports, model::ExportStatus, op};
use futures_util::Stream;

use crate::{
    error::Error,
    export::remote::RemoteFile,
    file::{OnProgress, Progress, ReportFile},
    ticket::Ticket,
};

/// An export whose file is ready ("Download exported file").
#[must_use = "the file is still on the server"]
pub struct ReadyExport<P> {
    remote: RemoteFile<P>,
    status: ExportStatus,
    progress: Option<OnProgress>,
}

impl<P> ReadyExport<P> {
    pub(super) fn new(remote: RemoteFile<P>, status: ExportStatus) -> Self {
        Self { remote, status, progress: None }
    }

    /// Returns the status that said that it is ready.
    #[must_use]
    pub fn status(&self) -> &ExportStatus {
        &self.status
    }

    /// Returns the ticket by which another process can download it.
    #[must_use]
    pub fn ticket(&self) -> Ticket {
        self.remote.ticket()
    }

    /// Calls a function after each chunk of a download.
    pub fn on_progress(mut self, tell: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.progress = Some(Arc::new(tell));
        self
    }
}

impl<P> ReadyExport<P>
where
    P: Supports<op::DownloadExport>,
{
    /// Begins to download it. When the download is interrupted, the caller has to begin again; [`save_to`](Self::save_to),
    /// [`save_as`](Self::save_as) and [`bytes`](Self::bytes) do so by themselves.
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
        self.whole(|file| std::future::ready(Ok(file))).await
    }

    /// Saves it in a folder under the server's name: see [`ReportFile::save_to`].
    ///
    /// # Errors
    ///
    /// As [`download`](Self::download) and [`ReportFile::save_to`].
    pub async fn save_to(&self, folder: impl AsRef<Path>) -> Result<PathBuf, Error> {
        let folder = folder.as_ref();
        self.whole(|file| file.save_to(folder)).await
    }

    /// Saves it under a path: see [`ReportFile::save_as`].
    ///
    /// # Errors
    ///
    /// As [`download`](Self::download) and [`ReportFile::save_as`].
    pub async fn save_as(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        self.whole(|file| file.save_as(path)).await
    }

    /// Downloads it into memory.
    ///
    /// # Errors
    ///
    /// As [`download`](Self::download) and [`ReportFile::bytes`].
    pub async fn bytes(&self) -> Result<Bytes, Error> {
        self.whole(ReportFile::bytes).await
    }

    /// Downloads it as a stream of chunks: see [`ReportFile::into_stream`].
    ///
    /// # Errors
    ///
    /// As [`download`](Self::download); the stream's last item may be an error, too.
    pub async fn stream(&self) -> Result<impl Stream<Item = Result<Bytes, Error>> + Send + use<P>, Error> {
        Ok(self.download().await?.into_stream())
    }

    /// Downloads it, and gives it to `take`.
    async fn whole<T, F>(&self, take: impl Fn(ReportFile) -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let size = self.status.content_size.and_then(|size| u64::try_from(size).ok());
        self.remote.download(size, |file| take(file.with_progress(self.progress.clone()))).await
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
