//! What a client has learned of how long exports take, and how many looks it allows itself.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use cxreports_core::{
    chrono::Utc,
    poll::{Durations, Expected},
};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

/// What all waits of a client share.
#[derive(Debug)]
pub struct Pace {
    per_look: Duration,
    shared: Mutex<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    learned: HashMap<String, Learned>,
    uses: u64,
    next_look: Option<Instant>,
}

#[derive(Debug, Default)]
struct Learned {
    durations: Durations,
    last_use: u64,
}

impl Pace {
    /// How many kinds of exports are remembered.
    const REMEMBERED: usize = 256;

    pub(crate) fn new(looks_per_second: u32) -> Self {
        Self { per_look: Duration::from_secs(1) / looks_per_second.max(1), shared: Mutex::default() }
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn expected(&self, kind: &str) -> Option<Expected> {
        self.shared().learned.get(kind)?.durations.expected()
    }

    pub(crate) fn record(&self, kind: &str, pending: Option<Duration>, ready: Duration) {
        let mut shared = self.shared();
        shared.uses += 1;
        let last_use = shared.uses;
        if shared.learned.len() >= Self::REMEMBERED && !shared.learned.contains_key(kind) {
            let oldest =
                shared.learned.iter().min_by_key(|(_, learned)| learned.last_use).map(|(kind, _)| kind.clone());
            oldest.and_then(|kind| shared.learned.remove(&kind));
        }
        let learned = shared.learned.entry(kind.to_owned()).or_default();
        learned.last_use = last_use;
        learned.durations.record(pending, ready);
    }

    /// Takes a turn among all looks of the client, and gives the time up to it.
    pub(crate) fn turn(&self) -> Duration {
        let mut shared = self.shared();
        let now = Instant::now();
        let turn = shared.next_look.map_or(now, |next| next.max(now));
        shared.next_look = Some(turn + self.per_look);
        turn - now
    }
}

/// When something was started, and what is known of how long it takes.
#[derive(Debug, Clone)]
pub struct Timing {
    pub(crate) since: Instant,
    /// The same by the clock on the wall, in milliseconds since 1970.
    started_ms: i64,
    /// What its duration is remembered under; nothing is learned where its start is not known.
    pub(crate) kind: Option<String>,
    told: Option<Expected>,
}

impl Timing {
    /// Of something that starts now.
    pub(crate) fn starting(kind: Option<String>) -> Self {
        Self { since: Instant::now(), started_ms: Utc::now().timestamp_millis(), kind, told: None }
    }

    /// When it is expected: what this client has learned, or else what a ticket told.
    pub(crate) fn expected(&self, pace: &Pace) -> Option<Expected> {
        self.kind.as_deref().and_then(|kind| pace.expected(kind)).or(self.told)
    }

    /// For a ticket.
    pub(crate) fn told(&self, pace: &Pace) -> Told {
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let expected = self.expected(pace).map(|expected| (millis(expected.earliest), millis(expected.latest)));
        Told { started_ms: self.started_ms, expected_ms: expected }
    }
}

/// What a ticket tells of the time that its work takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Told {
    /// In milliseconds since 1970.
    started_ms: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected_ms: Option<(u64, u64)>,
}

impl Told {
    /// The clocks of two machines differ: what was started in the future has been started now.
    pub(crate) fn timing(&self, kind: Option<String>) -> Timing {
        let elapsed = Utc::now().timestamp_millis().saturating_sub(self.started_ms);
        let elapsed = Duration::from_millis(u64::try_from(elapsed).unwrap_or_default());
        let now = Instant::now();
        let told = self.expected_ms.map(|(earliest, latest)| Expected {
            earliest: Duration::from_millis(earliest),
            latest: Duration::from_millis(latest),
        });
        Timing { since: now.checked_sub(elapsed).unwrap_or(now), started_ms: self.started_ms, kind, told }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_bounded_and_the_oldest_goes_first() {
        let pace = Pace::new(1_000);
        for number in 0..=Pace::REMEMBERED {
            pace.record(&number.to_string(), None, Duration::from_secs(1));
            pace.record("often", None, Duration::from_secs(1));
        }
        assert_eq!(pace.shared().learned.len(), Pace::REMEMBERED);
        assert!(pace.expected("often").is_some());
        assert!(pace.expected("0").is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn looks_take_turns() {
        let pace = Pace::new(100);
        let turns: Vec<_> = (0..3).map(|_| pace.turn().as_millis()).collect();
        assert_eq!(turns, [0, 10, 20]);
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(pace.turn(), Duration::ZERO);
    }
}
