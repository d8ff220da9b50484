//! When to look again at something that takes a while: pure decisions, no clock.

use std::time::Duration;

/// How to wait for an export or a job run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PollPolicy {
    /// Time before the first look.
    pub first: Duration,
    /// By how much each interval is longer than the one before.
    pub factor: f64,
    /// The longest interval.
    pub cap: Duration,
    /// How much of an interval is left to chance, from 0 to 1, so that many waiters do not look at once.
    pub jitter: f64,
    /// How many failures in a row are survived, of those that may pass: a lost connection, no answer in time, 408, 429, 5xx,
    /// an answer that cannot be read.
    pub transient_failures: u32,
}

impl Default for PollPolicy {
    /// First after 0.25 s, then half as long again each time up to 10 s, a fifth of it by chance, five failures in a row.
    fn default() -> Self {
        Self {
            first: Duration::from_millis(250),
            factor: 1.5,
            cap: Duration::from_secs(10),
            jitter: 0.2,
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

/// Where a wait is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PollState {
    looks: u32,
    failures: u32,
}

impl PollState {
    /// Decides what to do after a look, with `remaining` time up to the deadline. `chance` is a random number from 0 up to
    /// 1.
    ///
    /// ```
    /// use std::time::Duration;
    /// use cxreports_core::poll::{Look, Next, PollPolicy, PollState};
    ///
    /// let mut state = PollState::default();
    /// let minute = Duration::from_secs(60);
    /// let next = state.after(&PollPolicy::default(), Look::Pending, minute, 0.0);
    /// assert_eq!(next, Next::LookAfter(Duration::from_millis(375)));
    /// ```
    pub fn after(&mut self, policy: &PollPolicy, look: Look, remaining: Duration, chance: f64) -> Next {
        let retry_after = match look {
            Look::Settled | Look::Fatal => return Next::Stop,
            Look::Pending => {
                self.failures = 0;
                None
            }
            Look::Transient { retry_after } => {
                self.failures += 1;
                if self.failures > policy.transient_failures {
                    return Next::TooManyFailures;
                }
                retry_after
            }
        };
        self.looks = self.looks.saturating_add(1);
        let asked = retry_after.unwrap_or_default();
        let wait = policy.interval(self.looks, chance).max(asked);
        if wait < remaining {
            return Next::LookAfter(wait);
        }
        // The time that is left is used for another look, which needs some of it.
        let last = remaining.mul_f64(0.75);
        if last >= policy.first && last >= asked { Next::LookAfter(last) } else { Next::TimedOut }
    }
}

impl PollPolicy {
    /// The interval after so many looks; the first look comes after the interval for none.
    #[must_use]
    pub fn interval(&self, looks: u32, chance: f64) -> Duration {
        let cap = self.cap.as_secs_f64();
        let grown = self.first.as_secs_f64() * self.factor.max(1.0).powi(looks.min(1_000).cast_signed());
        let full = if grown.is_finite() { grown.min(cap) } else { cap };
        Duration::from_secs_f64(full * (1.0 - self.jitter.clamp(0.0, 1.0) * chance.clamp(0.0, 1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(3600);

    #[test]
    fn intervals_grow_to_the_cap_and_chance_only_shortens_them() {
        let policy = PollPolicy { jitter: 0.5, ..PollPolicy::default() };
        let millis = |looks, chance| policy.interval(looks, chance).as_millis();
        let table = [
            (0, 0.0, 250),
            (1, 0.0, 375),
            (2, 0.0, 562),
            (9, 0.0, 9_610),
            (10, 0.0, 10_000),
            (u32::MAX, 0.0, 10_000),
            (10, 1.0, 5_000),
            (0, 0.5, 187),
        ];
        for (looks, chance, expected) in table {
            assert_eq!(millis(looks, chance), expected, "{looks} looks, chance {chance}");
        }
    }

    #[test]
    fn each_look_has_its_decision() {
        let policy = PollPolicy { transient_failures: 1, ..PollPolicy::default() };
        let second = Duration::from_secs(1);
        let transient = |retry_after| Look::Transient { retry_after };
        let table: &[(&[Look], Duration, Next)] = &[
            (&[Look::Settled], LONG, Next::Stop),
            (&[Look::Fatal], LONG, Next::Stop),
            (&[Look::Pending], LONG, Next::LookAfter(Duration::from_millis(375))),
            (&[Look::Pending], Duration::from_millis(360), Next::LookAfter(Duration::from_millis(270))),
            (&[Look::Pending], Duration::from_millis(300), Next::TimedOut),
            (&[transient(None)], LONG, Next::LookAfter(Duration::from_millis(375))),
            (&[transient(Some(second))], LONG, Next::LookAfter(second)),
            (&[transient(Some(second))], second, Next::TimedOut),
            (&[transient(None), transient(None)], LONG, Next::TooManyFailures),
            (&[transient(None), Look::Pending, transient(None)], LONG, Next::LookAfter(Duration::from_micros(843_750))),
        ];
        for (looks, remaining, expected) in table {
            let mut state = PollState::default();
            let mut last = Next::Stop;
            for look in *looks {
                last = state.after(&policy, *look, *remaining, 0.0);
            }
            assert_eq!(last, *expected, "{looks:?}");
        }
    }
}
