use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::SystemTime,
};

use hyper::body::Bytes;
use serde_json::Value;

use crate::{clock::Clock, document::File, endpoint::Endpoint, fault::Faults, settings::Settings};

/// An instance's settings and data.
pub(crate) struct State {
    pub(crate) settings: Settings,
    pub(crate) clock: Clock,
    document: RwLock<Arc<Document>>,
    changing: Mutex<Changing>,
}

/// A document that says which operations the instance has.
pub(crate) struct Document {
    pub(crate) json: Value,
    /// The document as it is served.
    pub(crate) served: Bytes,
}

/// What changes while the instance runs.
pub(crate) struct Changing {
    /// Nonces that have not been used, with the time when they expire.
    pub(crate) nonces: HashMap<String, SystemTime>,
    /// Session cookies that nonces were exchanged for.
    pub(crate) sessions: std::collections::HashSet<String>,
    /// Uploaded data, by id.
    pub(crate) data: HashMap<i32, TemporaryData>,
    /// Files of asynchronous exports, by id.
    pub(crate) files: HashMap<i32, TemporaryFile>,
    /// Runs of jobs, by id.
    pub(crate) runs: BTreeMap<i32, Run>,
    /// How many requests came to which endpoint.
    pub(crate) requests: BTreeMap<Endpoint, u32>,
    pub(crate) faults: Faults,
    last_id: i32,
}

/// Uploaded data.
pub(crate) struct TemporaryData {
    pub(crate) workspace: i32,
    pub(crate) content: Value,
    pub(crate) expires: SystemTime,
}

/// The file of an asynchronous export.
pub(crate) struct TemporaryFile {
    pub(crate) workspace: i32,
    pub(crate) ready: SystemTime,
    pub(crate) expires: SystemTime,
    /// The file, or why there is none.
    pub(crate) outcome: Result<File, String>,
}

/// A run of a job.
pub(crate) struct Run {
    pub(crate) workspace: i32,
    pub(crate) job: i32,
    pub(crate) started: SystemTime,
    pub(crate) entries: i32,
    pub(crate) deliveries: u32,
}

impl State {
    pub(crate) fn new(mut settings: Settings, document: Document) -> Self {
        let changing = Changing {
            nonces: HashMap::new(),
            sessions: std::collections::HashSet::new(),
            data: HashMap::new(),
            files: HashMap::new(),
            runs: BTreeMap::new(),
            requests: BTreeMap::new(),
            faults: std::mem::replace(&mut settings.faults, Faults::seeded(0)),
            last_id: 0,
        };
        Self {
            settings,
            clock: Clock::new(),
            document: RwLock::new(Arc::new(document)),
            changing: Mutex::new(changing),
        }
    }

    pub(crate) fn document(&self) -> Arc<Document> {
        Arc::clone(&self.document.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn set_document(&self, document: Document) {
        *self.document.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(document);
    }

    pub(crate) fn changing(&self) -> MutexGuard<'_, Changing> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Changing {
    pub(crate) fn next_id(&mut self) -> i32 {
        self.last_id += 1;
        self.last_id
    }
}

/// A secret for a nonce or a session: unique, but not meant to be hard to guess.
pub(crate) fn secret() -> String {
    std::iter::repeat_with(fastrand::alphanumeric).take(32).collect()
}
