//! The journal of a file: what was started, and what is whole.
//!
//! Work is known by its content, not by its place in the file: lines may come, go and move between two runs.

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

/// A line of the journal.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Entry {
    /// The first line: which instance and workspace it is about.
    Journal(Owner),
    Started {
        line: u64,
        key: String,
        ticket: Box<Ticket>,
    },
    Done {
        line: u64,
        key: String,
        file: PathBuf,
    },
    /// It will not come: the next run starts it anew.
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

/// What the journal knows.
pub(super) struct Journal {
    path: PathBuf,
    file: Mutex<File>,
    /// The file of each piece of work that is whole.
    pub(super) done: HashMap<String, PathBuf>,
    pub(super) started: HashMap<String, Ticket>,
}

impl Journal {
    /// The form of journal that this release writes.
    pub(super) const VERSION: u32 = 2;

    /// Opens the journal of a file, for this process alone, and reads what was done before.
    pub(super) fn open(path: PathBuf, owner: &Owner) -> Result<Self, Failure> {
        let failed = |error| Failure::file(&path)(error);
        let opened = OpenOptions::new().read(true).append(true).create(true).open(&path);
        let mut file = match opened {
            Ok(file) => file,
            Err(error) => return Err(failed(error)),
        };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let shown = path.display();
                return Err(Failure::Usage(format!(
                    "{shown}: another process works by this journal; wait for its end"
                )));
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        let shared = file.try_clone().map_err(failed)?;
        let mut journal = Self { path, file: Mutex::new(shared), done: HashMap::new(), started: HashMap::new() };
        journal.read(&mut file, owner)?;
        Ok(journal)
    }

    fn read(&mut self, file: &mut File, owner: &Owner) -> Result<(), Failure> {
        let mut owned = false;
        let mut lines = BufReader::new(&mut *file).split(b'\n').enumerate();
        for (number, line) in lines.by_ref() {
            let line = line.map_err(Failure::file(&self.path))?;
            match serde_json::from_slice(&line) {
                Ok(Entry::Journal(known)) if known == *owner => owned = true,
                Ok(Entry::Journal(known)) => return Err(self.belongs_elsewhere(&known, owner)),
                _ if number == 0 && is_other_form(&line) => return Err(self.other_form()),
                Ok(Entry::Done { key, file, .. }) => {
                    self.started.remove(&key);
                    self.done.insert(key, file);
                }
                Ok(Entry::Failed { key, .. }) => {
                    self.started.remove(&key);
                }
                Ok(Entry::Started { key, ticket, .. }) => {
                    self.done.remove(&key);
                    self.started.insert(key, *ticket);
                }
                // A line that was cut off says nothing.
                Err(_) => {}
            }
        }
        drop(lines);
        self.end_last_line(file).map_err(Failure::file(&self.path))?;
        if owned { Ok(()) } else { self.add(&Entry::Journal(owner.clone())) }
    }

    fn end_last_line(&self, file: &mut File) -> io::Result<()> {
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

    fn belongs_elsewhere(&self, known: &Owner, owner: &Owner) -> Failure {
        let shown = self.path.display();
        if known.version != owner.version {
            return self.other_form();
        }
        Failure::Usage(format!(
            "{shown} is about workspace {:?} of {}, not workspace {:?} of {}; pass another journal with --journal FILE",
            known.workspace, known.instance, owner.workspace, owner.instance
        ))
    }

    fn other_form(&self) -> Failure {
        let shown = self.path.display();
        Failure::Usage(format!(
            "{shown} is no journal of this release; delete it, or pass another one with --journal FILE"
        ))
    }

    pub(super) fn add(&self, entry: &Entry) -> Result<(), Failure> {
        let write = || {
            let mut text = serde_json::to_vec(entry)?;
            text.push(b'\n');
            let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
            file.write_all(&text)?;
            file.sync_data()
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

/// Whether a first line is whole, and of another form: of an earlier release, or of something else.
fn is_other_form(line: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Value>(line).is_ok_and(|value| value.get("journal").is_none())
}
