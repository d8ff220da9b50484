use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Instant, SystemTime},
};

use serde_json::Value;

use crate::{Builder, Endpoint, document::File, fault::Faults};

/// The instance's settings and data, as the handlers see them.
pub(crate) type Shared = Arc<State>;

/// What an instance is like, and what has been done to it since it was started.
pub(crate) struct State {
    pub(crate) settings: Builder,
    document: Mutex<Arc<Value>>,
    changing: Mutex<Changing>,
}

/// What changes while the instance runs.
pub(crate) struct Changing {
    /// Nonces that have not been used.
    pub(crate) nonces: HashSet<String>,
    /// Session cookies that nonces were exchanged for.
    pub(crate) sessions: HashSet<String>,
    /// Uploaded data, by id.
    pub(crate) data: HashMap<i32, TemporaryData>,
    /// Files of asynchronous exports, by id.
    pub(crate) files: HashMap<i32, TemporaryFile>,
    /// Runs of jobs, by id.
    pub(crate) runs: HashMap<i32, Run>,
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
    pub(crate) ready: Instant,
    pub(crate) expires: SystemTime,
    /// The file, or why there is none.
    pub(crate) outcome: Result<File, String>,
}

/// A run of a job.
pub(crate) struct Run {
    pub(crate) workspace: i32,
    pub(crate) job: i32,
    pub(crate) started: Instant,
    pub(crate) entries: i32,
    pub(crate) deliveries: u32,
}

impl State {
    pub(crate) fn new(mut settings: Builder) -> Self {
        let faults = settings.faults.take().unwrap_or_else(|| Faults::seeded(0));
        let changing = Changing {
            nonces: HashSet::new(),
            sessions: HashSet::new(),
            data: HashMap::new(),
            files: HashMap::new(),
            runs: HashMap::new(),
            requests: BTreeMap::new(),
            faults,
            last_id: 0,
        };
        let document = Mutex::new(Arc::new(std::mem::take(&mut settings.document)));
        Self { settings, document, changing: Mutex::new(changing) }
    }

    /// The document that it serves, and that says what it serves.
    pub(crate) fn document(&self) -> Arc<Value> {
        Arc::clone(&self.document.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn set_document(&self, document: Value) {
        *self.document.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(document);
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

/// A secret for a nonce or a session: hard to guess is not its purpose here, to be told apart is.
pub(crate) fn secret() -> String {
    std::iter::repeat_with(fastrand::alphanumeric).take(32).collect()
}
