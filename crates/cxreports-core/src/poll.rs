//! When to look again at something that takes a while: pure decisions, no clock.

use std::time::Duration;

use crate::expected::share;
pub use crate::expected::{Durations, Expected, Window};

/// How to wait for an export or a job run.
///
/// Of something new, the first look is soon, and each further one comes after a share of the time that has passed: what takes
/// long is looked at less often, and is noticed late by the same share of its time. What earlier exports of the same report
/// took moves the looks to when it is [expected](Expected).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PollPolicy {
    /// Time before the first look, as long as nothing is known.
    pub first: Duration,
    /// The shortest interval, as long as nothing is known. Every interval has it.
    pub shortest: Duration,
    /// What an interval has beside it, as a share of the time that has passed.
    pub pace: f64,
    /// The longest interval.
    pub cap: Duration,
    /// How much of an interval is random, from 0 to 1, so that many waiters do not look at once: at 0.2 it is up to a
    /// tenth shorter or longer.
    pub jitter: f64,
    /// How many failures in a row are survived, of those that may pass: a lost connection, no response in time, 408, 429, 5xx,
    /// a response that cannot be read. The first pauses after them are 0.25 s, 0.5 s, 1 s and so on, up to the longest interval.
    pub transient_failures: u32,
}

impl Default for PollPolicy {
    /// First after 20 ms, then after 40 ms and 19 % of the time that has passed, at most 10 s; a tenth of it random; five failures in a
    /// row. That notices the end 9 % of the whole time and 20 ms late on average, with fewer looks than one a second over 30 s.
    fn default() -> Self {
        Self {
            first: Duration::from_millis(20),
            shortest: Duration::from_millis(40),
            pace: 0.19,
            cap: Duration::from_secs(10),
            jitter: 0.1,
            transient_failures: 5,
        }
    }
}

/// What a look showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// It is not there yet; the server may have said how long to wait.
    Pending {
        /// `Retry-After`.
        retry_after: Option<Duration>,
    },
    /// It is there, or will never be: waiting is over.
    Settled,
    /// The look itself failed in a way that may pass; the server may have said how long to wait.
    Transient {
        /// `Retry-After`.
        retry_after: Option<Duration>,
    },
    /// The look failed for good: 401, 403, 404.
    Fatal,
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Look again after this time.
    LookAfter(Duration),
    /// Waiting is over; the last look says how it ended.
    Stop,
    /// Too many failures in a row.
    TooManyFailures,
    /// The deadline comes before the next look could show anything.
    TimedOut,
}

/// The time that something has taken so far, and the time that is left for waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// Since it was started.
    pub elapsed: Duration,
    /// Up to the deadline of the wait.
    pub remaining: Duration,
}

impl Clock {
    /// The time up to the last look that can be made before the deadline: its response needs some of the time that is left.
    #[must_use]
    pub fn until_last_look(&self) -> Duration {
        /// Time that the last look is given, at the most.
        const LAST_LOOK: Duration = Duration::from_secs(2);
        self.remaining.saturating_sub(LAST_LOOK.min(self.remaining / 4))
    }
}

/// Where a wait is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PollState {
    expected: Option<Expected>,
    failures: u32,
    last: bool,
}

impl PollState {
    /// A wait for something of which it is known when it is expected, or not.
    #[must_use]
    pub fn new(expected: Option<Expected>) -> Self {
        Self { expected, ..Self::default() }
    }

    /// How long to wait before the first look. `random` is a number from 0 up to 1.
    ///
    /// ```
    /// use std::time::Duration;
    /// use cxreports_core::poll::{Clock, PollPolicy, PollState};
    ///
    /// let clock = Clock { elapsed: Duration::ZERO, remaining: Duration::from_secs(60) };
    /// assert_eq!(PollState::default().first(&PollPolicy::default(), clock, 0.5), Duration::from_millis(20));
    /// ```
    #[must_use]
    pub fn first(&self, policy: &PollPolicy, clock: Clock, random: f64) -> Duration {
        let wait = match self.expected {
            Some(expected) if expected.is_due(clock.elapsed) => Duration::ZERO,
            Some(_) => self.interval(policy, clock, random),
            None => share(policy.first, policy.spread(random)).saturating_sub(clock.elapsed),
        };
        wait.min(clock.remaining / 2)
    }

    /// Decides what to do after a look. `random` is a number from 0 up to 1.
    ///
    /// ```
    /// use std::time::Duration;
    /// use cxreports_core::poll::{Clock, Look, Next, PollPolicy, PollState};
    ///
    /// let mut state = PollState::default();
    /// let clock = Clock { elapsed: Duration::from_secs(10), remaining: Duration::from_secs(60) };
    /// let next = state.after(&PollPolicy::default(), Look::Pending { retry_after: None }, clock, 0.5);
    /// assert_eq!(next, Next::LookAfter(Duration::from_millis(1_940)));
    /// ```
    pub fn after(&mut self, policy: &PollPolicy, look: Look, clock: Clock, random: f64) -> Next {
        /// The pause after the first failure.
        const AFTER_FAILURE: Duration = Duration::from_millis(250);
        let mut wait = self.interval(policy, clock, random);
        match look {
            Look::Settled | Look::Fatal => return Next::Stop,
            Look::Pending { retry_after } => {
                wait = wait.max(retry_after.unwrap_or_default());
                self.failures = 0;
            }
            Look::Transient { retry_after } => {
                let pause = AFTER_FAILURE.saturating_mul(2_u32.saturating_pow(self.failures)).min(policy.cap);
                wait = wait.max(pause).max(retry_after.unwrap_or_default());
                self.failures += 1;
                if self.failures > policy.transient_failures {
                    return Next::TooManyFailures;
                }
            }
        }
        if self.last {
            return Next::TimedOut;
        }
        let last = clock.until_last_look();
        if wait <= last {
            return Next::LookAfter(wait);
        }
        // The time that is left is used for one more look.
        self.last = true;
        if last >= policy.first.min(policy.shortest) { Next::LookAfter(last) } else { Next::TimedOut }
    }

    /// Makes the next look the last one, since there is no time for another.
    pub fn end_after_next_look(&mut self) {
        self.last = true;
    }

    fn interval(&self, policy: &PollPolicy, clock: Clock, random: f64) -> Duration {
        let unknown = || share(policy.pause(clock.elapsed), policy.spread(random));
        let known = self
            .expected
            .and_then(|expected| expected.interval(clock.elapsed, policy.pause(clock.elapsed), policy.pace));
        known.unwrap_or_else(unknown).min(policy.cap)
    }
}

impl PollPolicy {
    fn pause(&self, elapsed: Duration) -> Duration {
        self.shortest.saturating_add(share(elapsed, self.pace))
    }

    fn spread(&self, random: f64) -> f64 {
        1.0 + self.jitter.clamp(0.0, 1.0) * (random.clamp(0.0, 1.0) - 0.5)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(3600);
    const MILLI: Duration = Duration::from_millis(1);
    const PENDING: Look = Look::Pending { retry_after: None };

    fn clock(elapsed: Duration, remaining: Duration) -> Clock {
        Clock { elapsed, remaining }
    }

    #[test]
    fn each_look_has_its_decision() {
        let policy = PollPolicy { transient_failures: 1, ..PollPolicy::default() };
        let second = Duration::from_secs(1);
        let transient = |retry_after| Look::Transient { retry_after };
        let pending = |time| Look::Pending { retry_after: Some(time) };
        let after = |millis: u32| Next::LookAfter(MILLI * millis);
        let table: &[(&[Look], Duration, Next)] = &[
            (&[Look::Settled], LONG, Next::Stop),
            (&[Look::Fatal], LONG, Next::Stop),
            (&[PENDING], LONG, after(230)),
            (&[PENDING], MILLI * 180, after(135)),
            (&[PENDING], MILLI * 20, Next::TimedOut),
            (&[PENDING, PENDING], MILLI * 180, Next::TimedOut),
            (&[transient(None)], LONG, after(250)),
            (&[transient(Some(second))], LONG, after(1_000)),
            (&[pending(second)], LONG, after(1_000)),
            (&[pending(Duration::ZERO)], LONG, after(230)),
            (&[pending(LONG)], second * 900, after(898_000)),
            // A look right before the deadline would get no response in time.
            (&[PENDING], MILLI * 240, after(180)),
            // What the server asks for is no reason to end the wait before its time.
            (&[transient(Some(LONG))], second * 900, after(898_000)),
            (&[transient(None), transient(None)], LONG, Next::TooManyFailures),
            (&[transient(None), PENDING, transient(None)], LONG, after(250)),
        ];
        for (looks, remaining, expected) in table {
            let mut state = PollState::default();
            let mut last = Next::Stop;
            for look in *looks {
                last = state.after(&policy, *look, clock(second, *remaining), 0.5);
            }
            assert_eq!(last, *expected, "{looks:?}");
        }
    }

    #[test]
    fn pauses_grow_with_the_time_up_to_the_cap_and_chance_spreads_them() {
        let table = [(0, 0.5, 40), (100, 0.5, 59), (1_000, 0.5, 230), (2_000, 0.0, 399), (3_600_000, 0.99, 10_000)];
        for (elapsed, random, expected) in table {
            let mut state = PollState::default();
            let next = state.after(&PollPolicy::default(), PENDING, clock(MILLI * elapsed, LONG), random);
            assert_eq!(next, Next::LookAfter(MILLI * expected), "{elapsed} ms, random {random}");
        }
    }

    #[test]
    fn policies_without_sense_do_not_panic() {
        let policy = PollPolicy { pace: f64::NAN, jitter: f64::INFINITY, cap: Duration::MAX, ..PollPolicy::default() };
        let window = Window { earliest: LONG, latest: MILLI };
        for pace in [f64::NAN, f64::INFINITY, -1.0, f64::MAX] {
            let policy = PollPolicy { pace, ..policy };
            for elapsed in [Duration::ZERO, MILLI, Duration::MAX] {
                let mut state = PollState::new(Some(Expected { usual: window, sooner: Some(window) }));
                let _ = state.first(&policy, clock(elapsed, LONG), f64::NAN);
                let _ = state.after(&policy, Look::Transient { retry_after: None }, clock(elapsed, LONG), -3.0);
                let _ = PollState::default().after(&policy, PENDING, clock(elapsed, Duration::MAX), 0.5);
            }
        }
    }

    #[test]
    fn what_should_be_ready_already_is_looked_at_at_once() {
        let mut durations = Durations::default();
        durations.record(Some(MILLI * 1_900), MILLI * 2_000);
        let state = PollState::new(durations.expected());
        let first = |elapsed| state.first(&PollPolicy::default(), clock(elapsed, LONG), 0.5);
        assert!(first(Duration::ZERO) > MILLI * 1_500);
        assert_eq!(first(MILLI * 2_000), Duration::ZERO);
        assert_eq!(first(LONG), Duration::ZERO);
        // Some were in a cache.
        durations.record(None, MILLI * 20);
        durations.record(Some(MILLI * 1_900), MILLI * 2_000);
        let state = PollState::new(durations.expected());
        assert_eq!(state.first(&PollPolicy::default(), clock(Duration::ZERO, LONG), 0.5), Duration::ZERO);
    }
}
