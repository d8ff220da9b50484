//! Writing a set of files so that an interruption at any moment is made good by the next run.
//!
//! All new contents are staged in a folder beside the files and synced. Then a journal says what is to be done; from that moment on
//! the set counts as written. Files are renamed into place, and the staging folder goes last. A later run finishes what a journal
//! says, and removes a staging folder without one: nothing was in place then.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{
    disk::{read_if_there, sha256, sync_folder, write_new},
    error::FileError,
    stale::{Difference, Stale},
};

/// How the name of a staging folder begins.
const STAGING: &str = ".regen-";
const JOURNAL: &str = "journal.json";
const LOCK: &str = "lock";

/// One file of a set, as the journal has it.
#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    /// The file, below the root.
    path: PathBuf,
    /// The SHA-256 of what was there; absent when nothing was.
    before: Option<String>,
    /// The name of the new contents in the staging folder; absent when the file is removed.
    staged: Option<String>,
}

/// What a writer is about to do: tests stop it at each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Stage,
    Journal,
    Place,
    Clean,
}

/// Writes the stale files of a set. `before_step` may stop it, as an interruption would.
pub(super) fn write<'a>(
    root: &Path,
    stale: &[Stale],
    contents: impl Fn(&Path) -> &'a [u8],
    before_step: &mut dyn FnMut(Step) -> io::Result<()>,
) -> Result<(), FileError> {
    fs::create_dir_all(root).map_err(FileError::new("create", root))?;
    let mut staging = tempfile::Builder::new()
        .prefix(STAGING)
        .tempdir_in(root)
        .map_err(FileError::new("create a folder in", root))?;
    // Held as long as this run lives, so that no other takes the folder for what an interruption left.
    let lock = lock(staging.path()).map_err(FileError::new("lock", staging.path()))?;
    let mut entries = Vec::new();
    for (index, Stale { path, difference }) in stale.iter().enumerate() {
        let before = current(&root.join(path)).map_err(FileError::new("read", path))?;
        let mut staged = None;
        if *difference != Difference::Extra {
            before_step(Step::Stage).map_err(FileError::new("write", path))?;
            let name = index.to_string();
            write_new(&staging.path().join(&name), contents(path)).map_err(FileError::new("write", path))?;
            staged = Some(name);
        }
        entries.push(Entry { path: path.clone(), before, staged });
    }
    check_places(root, &entries)?;
    before_step(Step::Journal).map_err(FileError::new("write", root))?;
    let journal = serde_json::to_vec(&entries).map_err(|error| FileError::new("write", root)(error.into()))?;
    write_new(&staging.path().join("new"), &journal).map_err(FileError::new("write", root))?;
    // From here on the set is written, whatever happens to this process.
    staging.disable_cleanup(true);
    fs::rename(staging.path().join("new"), staging.path().join(JOURNAL)).map_err(FileError::new("write", root))?;
    sync_folder(staging.path());
    finish(root, staging.path(), &entries, before_step)?;
    drop(lock);
    Ok(())
}

/// Whether an interrupted run has left a set half in place.
pub(super) fn is_interrupted(root: &Path) -> bool {
    staging_folders(root).iter().any(|folder| folder.join(JOURNAL).exists() && !is_locked(folder))
}

/// Finishes what an interrupted run has begun; whether there was something to finish.
pub(super) fn recover(root: &Path) -> Result<bool, FileError> {
    let mut finished = false;
    for staging in staging_folders(root) {
        // A run that is still alive needs its folder.
        let Ok(_lock) = lock(&staging) else { continue };
        match read_if_there(&staging.join(JOURNAL)).map_err(FileError::new("read", &staging))? {
            Some(journal) => {
                let invalid = |error: serde_json::Error| FileError::new("read", &staging)(error.into());
                let entries: Vec<Entry> = serde_json::from_str(&journal).map_err(invalid)?;
                finish(root, &staging, &entries, &mut |_| Ok(()))?;
                finished = true;
            }
            None => fs::remove_dir_all(&staging).map_err(FileError::new("remove", &staging))?,
        }
    }
    Ok(finished)
}

/// Puts every file in place and removes the staging folder. A file that somebody has changed since is left alone.
fn finish(
    root: &Path,
    staging: &Path,
    entries: &[Entry],
    before_step: &mut dyn FnMut(Step) -> io::Result<()>,
) -> Result<(), FileError> {
    for Entry { path, before, staged } in entries {
        let place = root.join(path);
        let failed = || FileError::new(if staged.is_some() { "write" } else { "remove" }, path);
        let is_as_before = current(&place).map_err(failed())? == *before;
        let staged = staged.as_ref().map(|name| staging.join(name));
        if is_as_before && staged.as_ref().is_none_or(|staged| staged.exists()) {
            before_step(Step::Place).map_err(failed())?;
            match &staged {
                Some(staged) => put(staged, &place).map_err(failed())?,
                None => fs::remove_file(&place).map_err(failed())?,
            }
        }
        if staged.is_none() {
            remove_empty_folders(root, &place);
        }
    }
    before_step(Step::Clean).map_err(FileError::new("remove", staging))?;
    // Without its journal the folder is only to be removed, should this be interrupted, too.
    let _ = fs::remove_file(staging.join(JOURNAL));
    fs::remove_dir_all(staging).map_err(FileError::new("remove", staging))
}

/// Nothing is put in place before all of it can be.
fn check_places(root: &Path, entries: &[Entry]) -> Result<(), FileError> {
    for Entry { path, .. } in entries.iter().filter(|entry| entry.staged.is_some()) {
        let place = root.join(path);
        if place.is_dir() {
            return Err(FileError::new("write", path)(io::Error::from(io::ErrorKind::IsADirectory)));
        }
        let above = place.ancestors().skip(1).find_map(|folder| Some((folder, fs::metadata(folder).ok()?)));
        if let Some((folder, _)) = above.filter(|(_, found)| !found.is_dir()) {
            return Err(FileError::new("create", folder)(io::Error::from(io::ErrorKind::NotADirectory)));
        }
    }
    Ok(())
}

/// Renames a staged file into place, or copies it where the place is on another file system.
pub(super) fn put(staged: &Path, place: &Path) -> io::Result<()> {
    let folder = place.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    match fs::rename(staged, place) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => put_new(&fs::read(staged)?, place)?,
        other => other?,
    }
    sync_folder(folder);
    Ok(())
}

/// Writes a file beside its place, then renames it.
pub(super) fn put_new(contents: &[u8], place: &Path) -> io::Result<()> {
    let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let beside = tempfile::Builder::new().prefix(".new-").tempdir_in(folder)?;
    let staged = beside.path().join("file");
    write_new(&staged, contents)?;
    fs::rename(staged, place)?;
    sync_folder(folder);
    Ok(())
}

/// Removes the folders above a removed file that are empty now; the others refuse.
fn remove_empty_folders(root: &Path, place: &Path) {
    let mut folders = place.ancestors().skip(1).take_while(|folder| *folder != root).filter(|folder| folder.exists());
    while folders.next().is_some_and(|folder| fs::remove_dir(folder).is_ok()) {}
}

/// The SHA-256 of what is at a place: of a link, of what it names; nothing when there is no file.
fn current(place: &Path) -> io::Result<Option<String>> {
    match fs::symlink_metadata(place) {
        Ok(found) if found.is_symlink() => Ok(Some(format!("link {}", fs::read_link(place)?.display()))),
        Ok(found) if found.is_dir() => Ok(Some("folder".to_owned())),
        Ok(_) => fs::read(place).map(|contents| Some(sha256(&contents))),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}

fn staging_folders(root: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(root).into_iter().flatten().filter_map(Result::ok);
    let staging = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(STAGING));
    staging.map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
}

/// Locks a staging folder, unless a living run has it.
fn lock(staging: &Path) -> io::Result<File> {
    let file = fs::OpenOptions::new().write(true).create(true).truncate(false).open(staging.join(LOCK))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(io::ErrorKind::WouldBlock.into()),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn is_locked(staging: &Path) -> bool {
    lock(staging).is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
}
