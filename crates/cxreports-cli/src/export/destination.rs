//! Where a file goes: standard output, a folder, or a path.

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
    time::Duration,
};

use cxreports::{Export, Probed, Progress, ReadyExport, ReportFile};
use futures_util::TryStreamExt as _;
use indicatif::ProgressBar;
use serde_json::json;

use super::settings::format_of;
use crate::{
    failure::Failure,
    output::Output,
    recommend::{again, quoted},
};

/// Where a file goes.
pub(crate) enum Destination {
    StandardOutput,
    /// A pipe or a device, which is written to and not replaced.
    Device(PathBuf),
    Folder(PathBuf),
    File(PathBuf),
}

impl Destination {
    /// The destination that an option names, checked before anything is exported: a folder is created, the folder of a file
    /// must exist.
    pub(crate) fn prepare(path: Option<&Path>, output: &Output) -> Result<Self, Failure> {
        let Some(path) = path else { return Ok(Self::Folder(PathBuf::from("."))) };
        if path == Path::new("-") {
            if output.json {
                return Err(Failure::Usage("--json and the file would both be written to standard output".to_owned()));
            }
            return Ok(Self::StandardOutput);
        }
        let ends_as_folder = path.as_os_str().to_string_lossy().ends_with(std::path::is_separator);
        if ends_as_folder || path.is_dir() {
            std::fs::create_dir_all(path).map_err(Failure::file(path))?;
            check_writable(path)?;
            return Ok(Self::Folder(path.to_owned()));
        }
        match path.metadata() {
            Ok(metadata) if !metadata.is_file() => return Ok(Self::Device(path.to_owned())),
            // A name that is too long, for example.
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(Failure::file(path)(error)),
            _ => {}
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        match std::fs::metadata(folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let shown = folder.display();
                return Err(Failure::Usage(format!(
                    "there is no folder {shown}; create it, or pass -o {shown}/ to have it created"
                )));
            }
            found => found.map_err(Failure::file(folder))?,
        };
        check_writable(folder)?;
        Ok(Self::File(path.to_owned()))
    }

    /// The file, if it is one.
    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            _ => None,
        }
    }

    /// Waits for an export and downloads it; returns the path of its file, if it has one.
    pub(crate) async fn receive(
        self,
        export: Export<Probed>,
        name: &str,
        timeout: Duration,
        output: &mut Output,
    ) -> Result<Option<PathBuf>, Failure> {
        let to = match &self {
            Self::StandardOutput => " -o -".to_owned(),
            Self::Folder(path) if path == Path::new(".") => String::new(),
            Self::Folder(path) | Self::File(path) | Self::Device(path) => {
                format!(" -o {}", quoted(&path.to_string_lossy()))
            }
        };
        let download = again(&format!("download {}{to}", export.file_id()));
        output.if_interrupted(format!("it continues on the server: {download}"));
        output.has_started(export.ticket());
        let spinner = output.spinner(&format!("waiting for {name}"));
        let ready = export.wait().within(timeout).await;
        spinner.finish_and_clear();
        self.download(ready?, output).await
    }

    /// A download that breaks off is begun again, except where it is written as it arrives.
    async fn download(self, ready: ReadyExport<Probed>, output: &mut Output) -> Result<Option<PathBuf>, Failure> {
        if matches!(self, Self::StandardOutput | Self::Device(_)) {
            return self.write(ready.download().await?, output).await;
        }
        if let (Some(path), Some(name)) = (self.file(), &ready.status().name) {
            check_extension(path, name)?;
        }
        let bar = download_bar(output);
        let ready = ready.on_progress(follow(&bar));
        let path = match self {
            Self::Folder(folder) => ready.save_to(folder).await?,
            Self::File(path) => ready.save_as(&path).await.map(|()| path)?,
            Self::StandardOutput | Self::Device(_) => return Ok(None),
        };
        bar.finish_and_clear();
        Ok(Some(path))
    }

    /// Writes a file that is arriving; returns its path, if it has one.
    pub(crate) async fn write(self, file: ReportFile, output: &mut Output) -> Result<Option<PathBuf>, Failure> {
        let bar = download_bar(output);
        let file = file.on_progress(follow(&bar));
        let path = match self {
            Self::StandardOutput => {
                let mut chunks = std::pin::pin!(file.into_stream());
                while let Some(chunk) = chunks.try_next().await? {
                    output.bytes(&chunk)?;
                }
                None
            }
            Self::Device(path) => {
                let opened = std::fs::OpenOptions::new().write(true).open(&path);
                let mut device = opened.map_err(Failure::file(&path))?;
                let mut chunks = std::pin::pin!(file.into_stream());
                while let Some(chunk) = chunks.try_next().await? {
                    device.write_all(&chunk).map_err(Failure::file(&path))?;
                }
                Some(path)
            }
            Self::Folder(folder) => Some(file.save_to(folder).await?),
            Self::File(path) => Some(file.save_as(&path).await.map(|()| path)?),
        };
        bar.finish_and_clear();
        Ok(path)
    }
}

/// Makes sure that a file of one format is not saved under the extension of another one.
fn check_extension(path: &Path, name: &str) -> Result<(), Failure> {
    let (Ok(named), Ok(format)) = (format_of(path), format_of(Path::new(name))) else { return Ok(()) };
    if named == format {
        return Ok(());
    }
    Err(Failure::Usage(format!("the exported file is {name}; name the output .{format}, not .{named}")))
}

/// Makes sure that files can be saved in a folder, before anything is exported for it.
pub(crate) fn check_writable(folder: &Path) -> Result<(), Failure> {
    tempfile::tempfile_in(folder).map(drop).map_err(Failure::file(folder))
}

/// Prints where a file is.
pub(crate) fn print_path(path: Option<PathBuf>, output: &mut Output) -> Result<(), Failure> {
    let Some(path) = path else { return Ok(()) };
    let shown = path.display().to_string();
    output.say(&shown, &json!({ "path": shown }))
}

fn download_bar(output: &Output) -> ProgressBar {
    output.bar("{spinner} {bytes}/{total_bytes} {wide_bar} {bytes_per_sec}")
}

fn follow(bar: &ProgressBar) -> impl Fn(Progress) + Send + Sync + 'static {
    let bar = bar.clone();
    move |progress| {
        if let Some(total) = progress.total {
            bar.set_length(total);
        }
        bar.set_position(progress.received);
    }
}
