//! Files on disk, written in large pieces without holding up the runtime.

use std::{
    fs::File,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use bytes::Bytes;
use tempfile::NamedTempFile;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::error::Error;

/// A file that is being written under a temporary name, in large pieces: one is written while the next is received.
///
/// Chunks are copied into the piece at once, since what holds on to them makes the HTTP client read into fresh memory each time,
/// which costs more than the copy.
pub(crate) struct PartFile {
    folder: PathBuf,
    part: NamedTempFile,
    piece: Vec<u8>,
    /// The piece before this one, which comes back empty when it has been written.
    writing: JoinHandle<io::Result<(File, Vec<u8>)>>,
    /// How many bytes have been given to the file.
    given: u64,
}

impl PartFile {
    /// The size of a piece, in bytes.
    const PIECE: usize = 1 << 20;
    /// After how many bytes the disk begins to write them.
    const WRITE_BACK: u64 = 4 << 20;

    pub(crate) async fn create(folder: &Path) -> Result<Self, Error> {
        let folder = folder.to_owned();
        let place = folder.clone();
        let (part, file) = on_disk(folder.clone(), move || {
            let mut builder = tempfile::Builder::new();
            builder.prefix(".").suffix(".part");
            #[cfg(unix)]
            builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
            let part = builder.tempfile_in(place).map_err(without_path)?;
            let file = part.reopen()?;
            Ok((part, file))
        })
        .await?;
        let writing = spawn_blocking(|| Ok((file, Vec::new())));
        Ok(Self { folder, part, piece: Vec::new(), writing, given: 0 })
    }

    pub(crate) async fn write(&mut self, chunk: Bytes) -> Result<(), Error> {
        let mut rest = &chunk[..];
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(Self::PIECE - self.piece.len()));
            self.piece.extend_from_slice(now);
            rest = later;
            if self.piece.len() == Self::PIECE {
                let (mut file, empty) = self.written().await?;
                let mut piece = std::mem::replace(&mut self.piece, empty);
                self.given += Self::PIECE as u64;
                let end = self.given;
                self.writing = spawn_blocking(move || {
                    file.write_all(&piece)?;
                    if end.is_multiple_of(Self::WRITE_BACK) {
                        begin_write_back(&file, end - Self::WRITE_BACK, Self::WRITE_BACK);
                    }
                    piece.clear();
                    Ok((file, piece))
                });
            }
        }
        Ok(())
    }

    /// Writes what is left, and makes sure that it is on the disk.
    pub(crate) async fn finish(mut self) -> Result<NamedTempFile, Error> {
        let (mut file, _) = self.written().await?;
        on_disk(self.folder, move || file.write_all(&self.piece).and_then(|()| file.sync_data())).await?;
        Ok(self.part)
    }

    /// The file, and an empty piece, once the last piece has been written.
    async fn written(&mut self) -> Result<(File, Vec<u8>), Error> {
        let outcome = (&mut self.writing).await.unwrap_or_else(|panicked| Err(io::Error::other(panicked)));
        outcome.map_err(|source| Error::Save { path: self.folder.clone(), source })
    }
}

/// An error of a temporary file without the file's name, which is another one each time.
fn without_path(error: io::Error) -> io::Error {
    let text = error.to_string();
    match text.split_once(" at path ") {
        Some((cause, _)) => io::Error::new(error.kind(), cause),
        None => error,
    }
}

/// Has the disk begin to write a range of a file, while more is received: otherwise all of it is left to the sync at the end.
///
/// Linux begins to write what a program says it will not need again (`posix_fadvise(2)`, `POSIX_FADV_DONTNEED`). A failure to write is
/// reported by the sync at the end.
#[cfg(target_os = "linux")]
fn begin_write_back(file: &File, offset: u64, length: u64) {
    let _ = rustix::fs::fadvise(file, offset, std::num::NonZeroU64::new(length), rustix::fs::Advice::DontNeed);
}

/// Other systems are not told.
#[cfg(not(target_os = "linux"))]
fn begin_write_back(_: &File, _: u64, _: u64) {}

/// Syncs a folder, so that the name of a new file is still there after a power failure.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Runs blocking work; `path` is the place that an error names.
pub(crate) async fn on_disk<T: Send + 'static>(
    path: PathBuf,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Error> {
    let outcome = spawn_blocking(work).await.unwrap_or_else(|panicked| Err(io::Error::other(panicked)));
    outcome.map_err(|source| Error::Save { path, source })
}
