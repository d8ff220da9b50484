use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant, SystemTime},
};

/// The time of an instance: that of the system when it started, going on steadily, and ahead by what it was moved.
pub(crate) struct Clock {
    started: (Instant, SystemTime),
    ahead: AtomicU64,
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self { started: (Instant::now(), SystemTime::now()), ahead: AtomicU64::new(0) }
    }

    pub(crate) fn now(&self) -> SystemTime {
        self.started.1 + self.started.0.elapsed() + Duration::from_nanos(self.ahead.load(Ordering::Relaxed))
    }

    /// Moves it ahead.
    pub(crate) fn advance(&self, by: Duration) {
        let nanoseconds = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
        self.ahead.fetch_add(nanoseconds, Ordering::Relaxed);
    }
}
