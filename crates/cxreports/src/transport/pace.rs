//! How long exports take, as a client has learned it.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use cxreports_core::{
    chrono::Utc,
    poll::{Durations, Expected, Window},
};
use tokio::time::Instant;

use crate::ticket::TicketTiming;

/// The durations of earlier exports by kind, of a bounded number of kinds.
#[derive(Debug, Default)]
pub struct Pace(Mutex<Kinds>);

#[derive(Debug, Default)]
struct Kinds {
    learned: HashMap<String, Learned>,
    uses: u64,
}

#[derive(Debug, Default)]
struct Learned {
    durations: Durations,
    last_use: u64,
}

impl Pace {
    /// How many kinds of exports are remembered.
    const MAX_KINDS: usize = 256;

    fn kinds(&self) -> MutexGuard<'_, Kinds> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn expected(&self, kind: &str) -> Option<Expected> {
        self.kinds().learned.get(kind)?.durations.expected()
    }

    /// Records a duration: ready after `ready`, and still pending after `pending`, if a look showed that. The kind that was
    /// not used for the longest time makes room for a new one.
    pub(crate) fn record(&self, kind: &str, pending: Option<Duration>, ready: Duration) {
        let mut kinds = self.kinds();
        kinds.uses += 1;
        let last_use = kinds.uses;
        if kinds.learned.len() >= Self::MAX_KINDS && !kinds.learned.contains_key(kind) {
            let oldest = kinds.learned.iter().min_by_key(|(_, learned)| learned.last_use).map(|(kind, _)| kind.clone());
            oldest.and_then(|kind| kinds.learned.remove(&kind));
        }
        let learned = kinds.learned.entry(kind.to_owned()).or_default();
        learned.last_use = last_use;
        learned.durations.record(pending, ready);
    }
}

/// When something was started, and how long it is expected to take.
#[derive(Debug, Clone)]
pub struct Timing {
    pub(crate) since: Instant,
    /// The same by the system's clock, in milliseconds since 1970.
    started_ms: i64,
    /// What its duration is recorded under; `None` where its start is not known.
    pub(crate) kind: Option<String>,
    from_ticket: Option<Expected>,
}

impl Timing {
    /// Of something that starts now.
    pub(crate) fn starting(kind: Option<String>) -> Self {
        Self { since: Instant::now(), started_ms: Utc::now().timestamp_millis(), kind, from_ticket: None }
    }

    /// Of something that a ticket describes. The clocks of two machines differ: a start in the future is taken for now.
    pub(crate) fn resumed(ticket: &TicketTiming, kind: Option<String>) -> Self {
        let elapsed = Utc::now().timestamp_millis().saturating_sub(ticket.started_ms);
        let elapsed = Duration::from_millis(u64::try_from(elapsed).unwrap_or_default());
        let now = Instant::now();
        let window = |(earliest, latest)| Window {
            earliest: Duration::from_millis(earliest),
            latest: Duration::from_millis(latest),
        };
        let sooner = ticket.sooner_ms.map(window);
        let from_ticket = ticket.expected_ms.map(|usual| Expected { usual: window(usual), sooner });
        Self { since: now.checked_sub(elapsed).unwrap_or(now), started_ms: ticket.started_ms, kind, from_ticket }
    }

    /// When it is expected to be ready: as this client has learned it, or else as its ticket says.
    pub(crate) fn expected(&self, pace: &Pace) -> Option<Expected> {
        self.kind.as_deref().and_then(|kind| pace.expected(kind)).or(self.from_ticket)
    }

    pub(crate) fn for_ticket(&self, pace: &Pace) -> TicketTiming {
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let window = |window: Window| (millis(window.earliest), millis(window.latest));
        let expected = self.expected(pace);
        let sooner_ms = expected.and_then(|expected| expected.sooner).map(window);
        let expected_ms = expected.map(|expected| window(expected.usual));
        TicketTiming { started_ms: self.started_ms, expected_ms, sooner_ms }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_bounded_and_the_oldest_goes_first() {
        let pace = Pace::default();
        for number in 0..=Pace::MAX_KINDS {
            pace.record(&number.to_string(), None, Duration::from_secs(1));
            pace.record("often", None, Duration::from_secs(1));
        }
        assert_eq!(pace.kinds().learned.len(), Pace::MAX_KINDS);
        assert!(pace.expected("often").is_some());
        assert!(pace.expected("0").is_none());
    }
}
