use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, SystemTime},
};

use serde_json::value::RawValue;

use crate::Builder;

/// The instance's settings and data, as the handlers see them.
pub(crate) type Shared = Arc<State>;

/// What an instance is like, and what has been done to it since it was started.
pub(crate) struct State {
    pub(crate) settings: Builder,
    changing: Mutex<Changing>,
}

/// What changes while the instance runs.
#[derive(Default)]
pub(crate) struct Changing {
    /// Nonces that have not been used.
    pub(crate) nonces: HashSet<String>,
    /// Session cookies that nonces were exchanged for.
    pub(crate) sessions: HashSet<String>,
    /// Uploaded data, by id.
    pub(crate) data: HashMap<i32, TemporaryData>,
    last_id: i32,
}

/// Uploaded data.
pub(crate) struct TemporaryData {
    pub(crate) content: Box<RawValue>,
    pub(crate) expires: SystemTime,
}

/// How long temporary data is kept when nobody says.
pub(crate) const DATA_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

impl State {
    pub(crate) fn new(settings: Builder) -> Self {
        Self { settings, changing: Mutex::default() }
    }

    pub(crate) fn changing(&self) -> MutexGuard<'_, Changing> {
        self.changing.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
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
