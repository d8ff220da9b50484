use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant, SystemTime},
};

use chrono::{DateTime, Utc};

use crate::time;

/// The time of an instance: that of the system when it started, going on steadily, and ahead by what it was moved.
pub(crate) struct Clock {
    started: (Instant, DateTime<Utc>),
    /// In nanoseconds.
    ahead: AtomicU64,
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self { started: (Instant::now(), SystemTime::now().into()), ahead: AtomicU64::new(0) }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        let (instant, time) = self.started;
        let ahead = Duration::from_nanos(self.ahead.load(Ordering::Relaxed));
        time::later(time, instant.elapsed().saturating_add(ahead))
    }

    /// The time so much later than now.
    pub(crate) fn after(&self, time: Duration) -> DateTime<Utc> {
        time::later(self.now(), time)
    }

    /// Moves it ahead, by 584 years at most.
    pub(crate) fn advance(&self, by: Duration) {
        let nanoseconds = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
        let ahead = |ahead: u64| Some(ahead.saturating_add(nanoseconds));
        let _ = self.ahead.fetch_update(Ordering::Relaxed, Ordering::Relaxed, ahead);
    }
}
