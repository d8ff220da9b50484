//! Files that are downloaded: to a folder, to a path, into memory, or as a stream.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use cxreports_core::{CallError, Download, DownloadStream, Operation, Supports};
use futures_util::{Stream, StreamExt as _, TryStreamExt as _, stream};
use tempfile::NamedTempFile;
use tokio::time::{Instant, timeout};

use crate::{
    disk::{PartFile, on_disk, sync_folder},
    error::Error,
    name,
    signature::Signature,
    transport::{connection::Connection, limits::Limits},
};

/// Progress of a download.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes received so far.
    pub received: u64,
    /// Size of the file in bytes, if the server sent it.
    pub total: Option<u64>,
}

/// Called after each chunk of a download.
pub(crate) type OnProgress = Arc<dyn Fn(Progress) + Send + Sync>;

/// A file whose response has begun; its content is still to be downloaded.
#[must_use = "nothing is downloaded until it is saved or read"]
pub struct ReportFile {
    operation: &'static str,
    name: String,
    content_type: Option<String>,
    size: Option<u64>,
    request_id: Option<String>,
    stream: DownloadStream,
    limits: Limits,
    progress: Option<OnProgress>,
    /// How the file has to end, where nothing but the connection says that it has.
    ending: Option<Signature>,
}

/// What is known about a file before it is requested.
pub(crate) struct Expect<'a> {
    /// The name to save it under when the server gives none; its extension is that of the format that was asked for.
    pub(crate) fallback: &'a str,
    /// The size by its status, in bytes.
    pub(crate) size: Option<u64>,
}

impl ReportFile {
    /// Sends an operation whose response is a file, and again where that is safe and may help; the response has to begin
    /// `within` a time, which defaults to the request time-out.
    pub(crate) async fn fetch<P, Op>(
        connection: &Connection<P>,
        op: Op,
        expect: &Expect<'_>,
        within: Option<Duration>,
    ) -> Result<Self, Error>
    where
        Op: Operation<Output = Download> + Clone,
        P: Supports<Op>,
    {
        let limits = &connection.settings().files;
        let once = async |op: Op, attempt| {
            let download = connection.attempt(op, attempt, within).await?;
            Self::begin(Op::SPEC.name, download, expect, limits).await
        };
        connection.repeat(Op::SPEC, || op.can_be_sent(), |attempt| once(op.clone(), attempt)).await
    }

    /// Begins to read a download, and makes sure that it is what was asked for.
    pub(crate) async fn begin(
        operation: &'static str,
        download: Download,
        expect: &Expect<'_>,
        limits: &Limits,
    ) -> Result<Self, Error> {
        let given = download.content_disposition().as_deref().and_then(name::from_disposition);
        let name = given.as_deref().and_then(name::safe_file_name).or_else(|| name::safe_file_name(expect.fallback));
        let size = match (expect.size, download.content_length()) {
            (Some(expected), Some(received)) if expected != received => {
                return Err(Error::WrongLength { operation, expected, received });
            }
            (known, announced) => known.or(announced),
        };
        if size.is_some_and(|size| size > limits.file) {
            return Err(Error::TooLarge { operation, limit: limits.file });
        }
        let content_type = download.content_type().map(str::to_owned);
        let is_open = size.is_none() && !download.is_framed();
        let request_id = download.request_id();
        let signature = Signature::expected(expect.fallback, given.as_deref(), content_type.as_deref());
        let reading = signature.check(operation, content_type.as_deref(), download.into_stream());
        let after = limits.idle;
        let stream = timeout(after, reading).await;
        let stream = stream.map_err(|_| Error::Stalled { operation, after, received: 0 })??;
        let name = name.unwrap_or_else(|| "report".to_owned());
        let ending = is_open.then_some(signature);
        Ok(Self { operation, name, content_type, size, request_id, stream, limits: *limits, progress: None, ending })
    }

    /// Returns the name to save it under: the server's (RFC 6266), made safe, or one made of the report and the format.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns its media type, as the server sent it.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// Returns its size in bytes, if the server sent it.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    /// Returns the server's id of the request, for its log, if it sent one.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// Calls a function after each chunk of the download.
    pub fn on_progress(mut self, tell: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.progress = Some(Arc::new(tell));
        self
    }

    pub(crate) fn with_progress(mut self, tell: Option<OnProgress>) -> Self {
        self.progress = tell;
        self
    }

    /// Saves it in a folder under its [`name`](Self::name), and returns the path. A file that exists already is kept: the new
    /// one is then called `name (2)`. The file appears under its name only when it is complete.
    ///
    /// ```
    /// # use cxreports_sim::{Edition, Instance};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let instance = Instance::builder(Edition::V2026_5).token("t").start().await.unwrap();
    /// # let cx = cxreports::Client::builder(&instance.url()).token("t").workspace("finance").build().unwrap();
    /// # let folder = tempfile::tempdir().unwrap();
    /// let path = cx.report("invoice").export().now().await?.save_to(folder.path()).await?;
    /// assert!(path.ends_with("Invoice.pdf"));
    /// # Ok::<(), cxreports::Error>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Save`] when the folder cannot be written to; [`Error::Call`] when the download is interrupted;
    /// [`Error::Stalled`]; [`Error::WrongLength`].
    pub async fn save_to(self, folder: impl AsRef<Path>) -> Result<PathBuf, Error> {
        let folder = folder.as_ref().to_owned();
        let name = self.name.clone();
        let part = self.write_part(&folder).await?;
        on_disk(folder.clone(), move || {
            let mut part = part;
            for number in 1.. {
                let path = folder.join(name::numbered(&name, number));
                match part.persist_noclobber(&path) {
                    Ok(_) => return sync_folder(&folder).map(|()| path),
                    Err(taken) if taken.error.kind() == io::ErrorKind::AlreadyExists => part = taken.file,
                    Err(failed) => return Err(failed.error),
                }
            }
            Err(io::ErrorKind::AlreadyExists.into())
        })
        .await
    }

    /// Saves it under a path. A file that exists there is replaced when the new one is complete; a link to a file stays a link, and
    /// the file that it leads to is replaced.
    ///
    /// # Errors
    ///
    /// As [`save_to`](Self::save_to).
    pub async fn save_as(self, path: impl AsRef<Path>) -> Result<(), Error> {
        let asked = path.as_ref().to_owned();
        let follow =
            move || Ok(if asked.is_symlink() { std::fs::canonicalize(&asked).unwrap_or(asked) } else { asked });
        let path = on_disk(path.as_ref().to_owned(), follow).await?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let part = self.write_part(folder).await?;
        let folder = folder.to_owned();
        on_disk(path.clone(), move || {
            part.persist(path).map_err(|failed| failed.error)?;
            sync_folder(&folder)
        })
        .await
    }

    /// Writes it to a temporary file in the folder.
    async fn write_part(self, folder: &Path) -> Result<NamedTempFile, Error> {
        let mut part = PartFile::create(folder).await?;
        let mut bytes = std::pin::pin!(self.into_stream());
        while let Some(chunk) = bytes.try_next().await? {
            part.write(chunk).await?;
        }
        part.finish().await
    }

    /// Downloads it into memory, up to [`memory_limit`](crate::ClientBuilder::memory_limit).
    ///
    /// # Errors
    ///
    /// As [`save_to`](Self::save_to), except for those of the disk.
    pub async fn bytes(mut self) -> Result<Bytes, Error> {
        // A size that a server makes up must not take the memory of this process.
        const MAX_RESERVED: u64 = 1 << 20;
        let Self { operation, size, limits, .. } = self;
        let limit = limits.file.min(limits.memory);
        if size.is_some_and(|size| size > limit) {
            return Err(Error::TooLarge { operation, limit });
        }
        self.limits.file = limit;
        let mut whole =
            BytesMut::with_capacity(usize::try_from(size.unwrap_or(0).min(MAX_RESERVED)).unwrap_or_default());
        let mut bytes = std::pin::pin!(self.into_stream());
        while let Some(chunk) = bytes.try_next().await? {
            whole.extend_from_slice(&chunk);
        }
        Ok(whole.freeze())
    }

    /// Downloads it as a stream of chunks. The last item is an error when the file is incomplete.
    pub fn into_stream(self) -> impl Stream<Item = Result<Bytes, Error>> + Send {
        stream::try_unfold(
            Coming { file: self, received: 0, waited: Duration::ZERO, progress: 0, tail: Vec::new() },
            async |mut coming| Ok(coming.next().await?.map(|chunk| (chunk, coming))),
        )
    }
}

/// A file of which a part has come.
struct Coming {
    file: ReportFile,
    received: u64,
    /// Bytes that had come at the last progress, and the time that was waited for more since then.
    progress: u64,
    waited: Duration,
    /// The last bytes, where they have to show that the file is whole.
    tail: Vec<u8>,
}

impl Coming {
    /// The next piece, as long as the file is neither larger nor slower than it may be.
    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        let ReportFile { operation, size, limits, .. } = self.file;
        let received = self.received;
        let since = Instant::now();
        let Ok(next) = timeout(limits.idle.saturating_sub(self.waited), self.file.stream.next()).await else {
            return Err(Error::Stalled { operation, after: limits.idle, received });
        };
        let Some(chunk) = next.transpose()? else {
            return match size {
                Some(expected) if expected != received => Err(Error::WrongLength { operation, expected, received }),
                _ if self.file.ending.is_some_and(|ending| !ending.is_end(&self.tail)) => {
                    Err(torn(operation, received))
                }
                _ => Ok(None),
            };
        };
        if self.file.ending.is_some() {
            self.tail.extend_from_slice(&chunk[chunk.len().saturating_sub(Signature::TAIL)..]);
            self.tail.drain(..self.tail.len().saturating_sub(Signature::TAIL));
        }
        self.received += chunk.len() as u64;
        let received = self.received;
        if let Some(expected) = size.filter(|size| received > *size) {
            return Err(Error::WrongLength { operation, expected, received });
        }
        if received > limits.file {
            return Err(Error::TooLarge { operation, limit: limits.file });
        }
        self.waited += since.elapsed();
        if received - self.progress >= Limits::PROGRESS {
            (self.progress, self.waited) = (received, Duration::ZERO);
        }
        if let Some(tell) = &self.file.progress {
            tell(Progress { received, total: size });
        }
        Ok(Some(chunk))
    }
}

/// A connection that ended before the file did.
fn torn(operation: &'static str, received: u64) -> Error {
    let source = format!("the connection ended after {received} bytes, before the file did");
    CallError::Body { operation, source: source.into() }.into()
}

impl fmt::Debug for ReportFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReportFile")
            .field("name", &self.name)
            .field("content_type", &self.content_type)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}
