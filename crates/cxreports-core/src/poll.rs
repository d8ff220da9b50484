//! When to look again at something that takes a while: pure decisions, no clock.

use std::{collections::VecDeque, time::Duration};

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
    /// It is not there yet.
    Pending,
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
        const AT_ONCE: Duration = Duration::from_millis(30);
        let wait = match self.expected {
            // What is ready at once is looked at at once: a wait begins some microseconds after the start.
            Some(expected) if expected.earliest <= AT_ONCE && clock.elapsed <= AT_ONCE => Duration::ZERO,
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
    /// let next = state.after(&PollPolicy::default(), Look::Pending, clock, 0.5);
    /// assert_eq!(next, Next::LookAfter(Duration::from_millis(1_940)));
    /// ```
    pub fn after(&mut self, policy: &PollPolicy, look: Look, clock: Clock, random: f64) -> Next {
        /// Time that the last look before the deadline is given, at the most.
        const LAST_LOOK: Duration = Duration::from_secs(2);
        /// The pause after the first failure.
        const AFTER_FAILURE: Duration = Duration::from_millis(250);
        let mut wait = self.interval(policy, clock, random);
        match look {
            Look::Settled | Look::Fatal => return Next::Stop,
            Look::Pending => self.failures = 0,
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
        if wait < clock.remaining {
            return Next::LookAfter(wait);
        }
        // The time that is left is used for one more look, which needs some of it.
        self.last = true;
        let last = clock.remaining.saturating_sub(LAST_LOOK.min(clock.remaining / 4));
        if last >= policy.first.min(policy.shortest) { Next::LookAfter(last) } else { Next::TimedOut }
    }

    fn interval(&self, policy: &PollPolicy, clock: Clock, random: f64) -> Duration {
        let unknown = || share(policy.pause(clock.elapsed), policy.spread(random));
        self.expected.map_or_else(unknown, |expected| expected.interval(policy, clock.elapsed)).min(policy.cap)
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

/// When something is expected to be ready, in time since its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected {
    /// Not before this time.
    pub earliest: Duration,
    /// Not after this time, if it takes as long as before.
    pub latest: Duration,
}

impl Expected {
    /// The time from `elapsed` to the next look: from shortly before the window, in thirds of it
    /// at half the usual pauses, and after it in steps that
    /// grow with the time by which it is late.
    fn interval(&self, policy: &PollPolicy, elapsed: Duration) -> Duration {
        /// The smallest step, as a share of the time that has passed.
        const STEP: f64 = 0.02;
        const SHORTEST: Duration = Duration::from_millis(10);
        let step = share(elapsed, STEP).max(SHORTEST);
        let width = self.latest.saturating_sub(self.earliest);
        let targets = if width > self.earliest / 3 {
            [self.earliest, self.latest, self.latest]
        } else if width > self.earliest / 16 {
            [self.earliest + width / 3, self.earliest + width / 3 * 2, self.latest]
        } else {
            // A look that finds it ready before the window shows that it has become faster.
            [share(self.earliest, 0.97), self.earliest + width / 2, self.latest + width / 4]
        };
        let next = targets.into_iter().find(|target| *target >= elapsed.saturating_add(step));
        let until = next.map(|target| target.saturating_sub(elapsed));
        if elapsed < self.earliest {
            return until.unwrap_or(step);
        }
        let late = share(elapsed.saturating_sub(self.latest), policy.pace).max(step);
        until.unwrap_or(late).min(policy.pause(elapsed) / 2)
    }
}

/// How long things of one kind took lately, each as the last look that found it pending and the first that found it ready.
#[derive(Debug, Clone, Default)]
pub struct Durations {
    recent: VecDeque<Expected>,
}

impl Durations {
    /// How many are kept.
    const KEPT: usize = 8;
    /// How many in a row have to agree before the others are taken for the past.
    const AGREEING: usize = 3;

    /// Adds one: ready after `ready` of its time, and still pending after `pending`, if a look showed that.
    pub fn record(&mut self, pending: Option<Duration>, ready: Duration) {
        let known = self.expected().map(|expected| expected.earliest).filter(|earliest| *earliest < ready);
        let earliest = pending.or(known).unwrap_or(ready / 2);
        self.recent.push_front(Expected { earliest, latest: ready });
        self.recent.truncate(Self::KEPT);
    }

    /// When the next one is expected: where the last ones agree, the time that is common to them; else from the shortest to the
    /// longest.
    #[must_use]
    pub fn expected(&self) -> Option<Expected> {
        let mut common = *self.recent.front()?;
        let mut agreeing = 0;
        for one in &self.recent {
            let both = Expected { earliest: common.earliest.max(one.earliest), latest: common.latest.min(one.latest) };
            if both.earliest >= both.latest {
                break;
            }
            common = both;
            agreeing += 1;
        }
        if agreeing >= Self::AGREEING.min(self.recent.len()) {
            return Some(common);
        }
        let earliest = self.recent.iter().map(|one| one.earliest).min()?;
        let latest = self.recent.iter().map(|one| one.latest).max()?;
        Some(Expected { earliest, latest })
    }
}

/// A share of a time; a time that cannot be is as long as can be.
fn share(time: Duration, share: f64) -> Duration {
    Duration::try_from_secs_f64(time.as_secs_f64() * share.max(0.0)).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(3600);
    const MILLI: Duration = Duration::from_millis(1);

    fn clock(elapsed: Duration, remaining: Duration) -> Clock {
        Clock { elapsed, remaining }
    }

    #[test]
    fn each_look_has_its_decision() {
        let policy = PollPolicy { transient_failures: 1, ..PollPolicy::default() };
        let second = Duration::from_secs(1);
        let transient = |retry_after| Look::Transient { retry_after };
        let after = |millis: u32| Next::LookAfter(MILLI * millis);
        let table: &[(&[Look], Duration, Next)] = &[
            (&[Look::Settled], LONG, Next::Stop),
            (&[Look::Fatal], LONG, Next::Stop),
            (&[Look::Pending], LONG, after(230)),
            (&[Look::Pending], MILLI * 180, after(135)),
            (&[Look::Pending], MILLI * 20, Next::TimedOut),
            (&[Look::Pending, Look::Pending], MILLI * 180, Next::TimedOut),
            (&[transient(None)], LONG, after(250)),
            (&[transient(Some(second))], LONG, after(1_000)),
            // What the server asks for is no reason to end the wait before its time.
            (&[transient(Some(LONG))], second * 900, after(898_000)),
            (&[transient(None), transient(None)], LONG, Next::TooManyFailures),
            (&[transient(None), Look::Pending, transient(None)], LONG, after(250)),
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
            let next = state.after(&PollPolicy::default(), Look::Pending, clock(MILLI * elapsed, LONG), random);
            assert_eq!(next, Next::LookAfter(MILLI * expected), "{elapsed} ms, random {random}");
        }
    }

    #[test]
    fn policies_without_sense_do_not_panic() {
        let policy = PollPolicy { pace: f64::NAN, jitter: f64::INFINITY, cap: Duration::MAX, ..PollPolicy::default() };
        for pace in [f64::NAN, f64::INFINITY, -1.0, f64::MAX] {
            let policy = PollPolicy { pace, ..policy };
            for elapsed in [Duration::ZERO, MILLI, Duration::MAX] {
                let mut state = PollState::new(Some(Expected { earliest: LONG, latest: MILLI }));
                let _ = state.first(&policy, clock(elapsed, LONG), f64::NAN);
                let _ = state.after(&policy, Look::Transient { retry_after: None }, clock(elapsed, LONG), -3.0);
                let _ = PollState::default().after(&policy, Look::Pending, clock(elapsed, Duration::MAX), 0.5);
            }
        }
    }
}
