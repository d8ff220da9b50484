//! The journal of a file: the exports that were started, and the files that are done.
//!
//! Work is recognised by its content, not by its place in the file: lines may come, go and move between two runs.

use std::{
    collections::HashMap,
    fs::{File, OpenOptions, TryLockError},
    io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use cxreports::Ticket;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// How the first line of a journal begins.
const START: &[u8] = br#"{"journal":"#;

/// A line of the journal.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Entry {
    /// The first line: the instance and the workspace.
    Journal(Owner),
    Started {
        line: u64,
        key: String,
        ticket: Box<Ticket>,
    },
    /// A file is about to be saved, or replaced: what it held before is not there any more.
    Saving {
        line: u64,
        key: String,
        file: PathBuf,
    },
    /// Its path is absolute; that of earlier releases is below the folder.
    Done {
        line: u64,
        key: String,
        file: PathBuf,
    },
    /// The export failed or expired: the next run starts another one.
    Failed {
        line: u64,
        key: String,
    },
}

/// Whom a journal belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Owner {
    pub(super) version: u32,
    pub(super) instance: String,
    pub(super) workspace: String,
}

/// The work of a file that was done or started before.
#[derive(Default)]
pub(super) struct Known {
    /// The file of each piece of work that is done.
    pub(super) done: HashMap<String, PathBuf>,
    pub(super) started: HashMap<String, Ticket>,
    /// Whose each file is that was saved, or was about to be.
    pub(super) owners: HashMap<PathBuf, String>,
    /// The last file of each piece of work.
    pub(super) files: HashMap<String, PathBuf>,
}

/// A journal that this process alone writes.
pub(super) struct Journal {
    path: PathBuf,
    file: Mutex<File>,
}

impl Known {
    /// Reads a journal without changing it; there is nothing to know where there is none.
    pub(super) fn peek(path: &Path, owner: &Owner) -> Result<Self, Failure> {
        match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            opened => Ok(Self::read(path, &mut opened.map_err(Failure::file(path))?, owner)?.0),
        }
    }

    /// What a journal has, and whether it names its owner. That of another owner is refused, unless it has nothing.
    fn read(path: &Path, file: &mut File, owner: &Owner) -> Result<(Self, bool), Failure> {
        let mut known = Self::default();
        let mut is_owned = false;
        let mut other = None;
        let mut has_begun = false;
        for line in BufReader::new(file).split(b'\n') {
            let line = line.map_err(Failure::file(path))?;
            match has_begun {
                false if line.starts_with(START) => has_begun = true,
                // A process that was killed left a part of the first line; a file of something else is not written to.
                false if line.is_empty() || !START.starts_with(&line) => return Err(of_another_format(path)),
                _ => {}
            }
            match serde_json::from_slice(&line) {
                Ok(Entry::Journal(found)) => {
                    is_owned = found == *owner;
                    other = Some(found).filter(|_| !is_owned);
                }
                Ok(Entry::Saving { key, file, .. }) => known.own(&key, file),
                Ok(Entry::Done { key, file, .. }) => {
                    known.started.remove(&key);
                    known.own(&key, file.clone());
                    known.done.insert(key, file);
                }
                Ok(Entry::Failed { key, .. }) => {
                    known.started.remove(&key);
                }
                Ok(Entry::Started { key, ticket, .. }) => {
                    known.done.remove(&key);
                    known.started.insert(key, *ticket);
                }
                // A process that was killed leaves half a line.
                Err(_) => {}
            }
        }
        match other {
            Some(other) if !known.is_empty() => Err(of_another(path, &other, owner)),
            _ => Ok((known, is_owned)),
        }
    }

    fn is_empty(&self) -> bool {
        self.done.is_empty() && self.started.is_empty() && self.owners.is_empty()
    }

    /// Gives a file to a line. The line that had it before is not done any more.
    fn own(&mut self, key: &str, file: PathBuf) {
        self.files.insert(key.to_owned(), file.clone());
        if let Some(before) = self.owners.insert(file, key.to_owned()).filter(|before| before != key) {
            self.done.remove(&before);
            self.files.remove(&before);
        }
    }
}

impl Journal {
    /// The version of the format that this release writes.
    pub(super) const VERSION: u32 = 2;

    /// Opens the journal of a file, for this process alone, and reads what was done before.
    pub(super) fn open(path: PathBuf, owner: &Owner) -> Result<(Self, Known), Failure> {
        let opened = OpenOptions::new().read(true).append(true).create(true).open(&path);
        let mut file = opened.map_err(Failure::file(&path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let shown = path.display();
                return Err(Failure::Usage(format!(
                    "{shown}: another process uses this journal; wait until it has ended"
                )));
            }
            Err(TryLockError::Error(error)) => return Err(Failure::file(&path)(error)),
        }
        let (known, is_owned) = Known::read(&path, &mut file, owner)?;
        if !is_owned && known.is_empty() {
            file.set_len(0).map_err(Failure::file(&path))?;
        }
        Self::end_last_line(&mut file).map_err(Failure::file(&path))?;
        let journal = Self { path, file: Mutex::new(file) };
        if !is_owned {
            journal.add(&Entry::Journal(owner.clone()))?;
        }
        Ok((journal, known))
    }

    fn end_last_line(file: &mut File) -> io::Result<()> {
        if file.seek(SeekFrom::End(0))? > 0 {
            file.seek(SeekFrom::End(-1))?;
            let mut last = [0];
            file.read_exact(&mut last)?;
            if last != *b"\n" {
                file.write_all(b"\n")?;
            }
        }
        Ok(())
    }

    pub(super) fn add(&self, entry: &Entry) -> Result<(), Failure> {
        let write = || {
            let mut text = serde_json::to_vec(entry)?;
            text.push(b'\n');
            let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
            let before = file.metadata()?.len();
            let written = file.write_all(&text).and_then(|()| file.sync_data());
            if written.is_err() {
                // Half a line, as a full disk leaves it, would spoil the next one.
                let _ = file.set_len(before);
            }
            written
        };
        write().map_err(Failure::file(&self.path))
    }

    /// The journal beside a file.
    pub(super) fn beside(file: &Path) -> PathBuf {
        let mut path = file.to_owned().into_os_string();
        path.push(".journal");
        path.into()
    }
}

fn of_another(path: &Path, found: &Owner, owner: &Owner) -> Failure {
    if found.version != owner.version {
        return of_another_format(path);
    }
    Failure::Usage(format!(
        "{} is the journal of workspace {:?} of {}, not of workspace {:?} of {}; delete it, or pass another one with --journal FILE",
        path.display(),
        found.workspace,
        found.instance,
        owner.workspace,
        owner.instance
    ))
}

fn of_another_format(path: &Path) -> Failure {
    let shown = path.display();
    Failure::Usage(format!(
        "{shown} is not a journal of this release; delete it, or pass another one with --journal FILE"
    ))
}
