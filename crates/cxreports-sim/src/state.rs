use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::{
    clock::Clock, document::File, endpoint::Endpoint, expiring::Expiring, fault::Faults, json::Json, settings::Settings,
};

/// The most runs that an instance keeps, as it keeps them for good.
const MAX_RUNS: usize = 100_000;

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
    /// Nonces that have not been used.
    pub(crate) nonces: Expiring<String, ()>,
    /// Session cookies that nonces were exchanged for.
    pub(crate) sessions: Expiring<String, ()>,
    /// Uploaded data, by id.
    pub(crate) data: Expiring<i32, TemporaryData>,
    /// Files of asynchronous exports, by id.
    pub(crate) files: Expiring<i32, Arc<TemporaryFile>>,
    /// Runs of jobs, by id: the newest ones.
    pub(crate) runs: BTreeMap<i32, Run>,
    /// When a job was last run, by workspace and job.
    pub(crate) last_runs: HashMap<(i32, i32), DateTime<Utc>>,
    /// How many requests came to which endpoint.
    pub(crate) requests: BTreeMap<Endpoint, u32>,
    pub(crate) faults: Faults,
    last_id: i32,
}

/// Uploaded data.
pub(crate) struct TemporaryData {
    pub(crate) workspace: i32,
    pub(crate) content: Json,
}

/// The file of an asynchronous export.
pub(crate) struct TemporaryFile {
    pub(crate) workspace: i32,
    pub(crate) ready: DateTime<Utc>,
    pub(crate) expires: DateTime<Utc>,
    /// The file, or why there is none.
    pub(crate) outcome: Result<File, String>,
}

/// A run of a job.
#[derive(Clone, Copy)]
pub(crate) struct Run {
    pub(crate) workspace: i32,
    pub(crate) job: i32,
    pub(crate) started: DateTime<Utc>,
    pub(crate) entries: i32,
    pub(crate) deliveries: u32,
}

impl State {
    pub(crate) fn new(mut settings: Settings, document: Document) -> Self {
        let changing = Changing {
            nonces: Expiring::new(),
            sessions: Expiring::new(),
            data: Expiring::new(),
            files: Expiring::new(),
            runs: BTreeMap::new(),
            last_runs: HashMap::new(),
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
        self.last_id = self.last_id.checked_add(1).unwrap_or(1);
        self.last_id
    }

    pub(crate) fn add_run(&mut self, run: Run) -> i32 {
        let id = self.next_id();
        self.last_runs.insert((run.workspace, run.job), run.started);
        self.runs.insert(id, run);
        while self.runs.len() > MAX_RUNS {
            self.runs.pop_first();
        }
        id
    }
}

/// A secret for a nonce or a session: unique, but not meant to be hard to guess.
pub(crate) fn secret() -> String {
    std::iter::repeat_with(fastrand::alphanumeric).take(32).collect()
}
