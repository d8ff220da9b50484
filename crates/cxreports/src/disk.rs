//! Files on disk, written in large pieces without holding up the runtime.

use std::{
    fs::File,
    io::{self, IoSlice, Write as _},
    path::{Path, PathBuf},
};

use bytes::Bytes;
use tempfile::NamedTempFile;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::error::Error;

/// A file that is being written under a temporary name. Chunks are collected into pieces, and one piece is written while the
/// next is received.
pub(crate) struct PartFile {
    folder: PathBuf,
    part: NamedTempFile,
    writing: JoinHandle<io::Result<File>>,
    chunks: Vec<Bytes>,
    bytes: usize,
}

impl PartFile {
    /// The size of a piece, in bytes.
    const PIECE: usize = 1 << 20;
    /// The most chunks of a piece: each may keep a buffer of its own in memory.
    const MAX_CHUNKS: usize = 256;

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
        Ok(Self { folder, part, writing: spawn_blocking(|| Ok(file)), chunks: Vec::new(), bytes: 0 })
    }

    pub(crate) async fn write(&mut self, chunk: Bytes) -> Result<(), Error> {
        self.bytes += chunk.len();
        self.chunks.push(chunk);
        if self.bytes < Self::PIECE && self.chunks.len() < Self::MAX_CHUNKS {
            return Ok(());
        }
        self.bytes = 0;
        let chunks = std::mem::take(&mut self.chunks);
        let mut file = self.written().await?;
        self.writing = spawn_blocking(move || write_all(&mut file, &chunks).map(|()| file));
        Ok(())
    }

    /// Writes what is left, and makes sure that it is on the disk.
    pub(crate) async fn finish(mut self) -> Result<NamedTempFile, Error> {
        let chunks = std::mem::take(&mut self.chunks);
        let mut file = self.written().await?;
        on_disk(self.folder, move || write_all(&mut file, &chunks).and_then(|()| file.sync_data())).await?;
        Ok(self.part)
    }

    /// The file, once the last piece has been written.
    async fn written(&mut self) -> Result<File, Error> {
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

fn write_all(file: &mut File, chunks: &[Bytes]) -> io::Result<()> {
    let mut slices: Vec<_> = chunks.iter().map(|chunk| IoSlice::new(chunk)).collect();
    let mut rest = &mut slices[..];
    IoSlice::advance_slices(&mut rest, 0);
    while !rest.is_empty() {
        match file.write_vectored(rest) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => IoSlice::advance_slices(&mut rest, written),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

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
