//! When something is expected to be ready, by how long others of its kind took.

use std::{collections::VecDeque, time::Duration};

/// When something is expected to be ready, in time since its start: a look at the latest time finds it ready, if it takes as long
/// as before, and one at the earliest does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Not before this time.
    pub earliest: Duration,
    /// Not after this time, if it takes as long as before.
    pub latest: Duration,
}

/// What is expected of something, by how long others of its kind took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected {
    /// When it is expected.
    pub usual: Window,
    /// When some of its kind were ready long before that: those that the server had in a cache.
    pub sooner: Option<Window>,
}

impl Window {
    fn width(self) -> Duration {
        self.latest.saturating_sub(self.earliest)
    }

    /// When to look: in thirds of the window, and, where it is narrow, from shortly before it to shortly after it.
    fn targets(self) -> [Duration; 3] {
        let Self { earliest, latest } = self;
        let width = self.width();
        if width > earliest / 3 {
            [earliest, latest, latest]
        } else if width > earliest / 16 {
            [earliest + width / 3, earliest + width / 3 * 2, latest]
        } else {
            // A look that finds it ready before the window shows that it has become faster.
            [share(earliest, 0.97), earliest + width / 2, latest + width / 4]
        }
    }

    /// When to look at something that is unlikely, so that the window becomes narrow with each that is ready then.
    fn few_targets(self) -> [Duration; 3] {
        let Self { earliest, latest } = self;
        if self.width() > latest / 8 {
            let between = (earliest.as_secs_f64() * latest.as_secs_f64()).sqrt();
            [earliest, share(Duration::from_secs(1), between), latest]
        } else {
            [latest, latest, latest + latest / 4]
        }
    }

    fn common(self, other: Self) -> Option<Self> {
        let (earliest, latest) = (self.earliest.max(other.earliest), self.latest.min(other.latest));
        (earliest <= latest).then_some(Self { earliest, latest })
    }

    fn including(self, other: Self) -> Self {
        Self { earliest: self.earliest.min(other.earliest), latest: self.latest.max(other.latest) }
    }

    /// Whether no more than a factor of two lies between them.
    fn is_near(self, other: Self) -> bool {
        self.earliest / 2 <= other.latest && other.earliest / 2 <= self.latest
    }
}

impl Expected {
    /// The time from `elapsed` to the next look: to the next target, within the usual window at two thirds of the `pause` that is
    /// usual after that time, and after it in steps that grow with the time by which it is late, by its share `pace`. `None` when
    /// it takes more than twice as long as expected.
    pub(crate) fn interval(&self, elapsed: Duration, pause: Duration, pace: f64) -> Option<Duration> {
        /// The smallest step, as a share of the time that has passed.
        const STEP: f64 = 0.02;
        const SHORTEST: Duration = Duration::from_millis(10);
        let step = share(elapsed, STEP).max(SHORTEST);
        let sooner = self.sooner.map(Window::few_targets).into_iter().flatten();
        let mut targets = sooner.chain(self.usual.targets());
        let next = targets.find(|target| *target >= elapsed.saturating_add(step));
        match next.map(|target| target.saturating_sub(elapsed)) {
            Some(until) if elapsed < self.usual.earliest => Some(until),
            Some(until) => Some(until.min(pause / 3 * 2)),
            None if elapsed / 2 > self.usual.latest => None,
            None => Some(share(elapsed.saturating_sub(self.usual.latest), pace).max(step)),
        }
    }

    /// Whether a look is due.
    pub(crate) fn is_due(&self, elapsed: Duration) -> bool {
        /// What is ready at once is looked at at once: a wait begins some microseconds after the start.
        const AT_ONCE: Duration = Duration::from_millis(30);
        self.sooner.unwrap_or(self.usual).earliest <= elapsed.max(AT_ONCE)
    }
}

/// How long things of one kind took lately, each as the last look that found it pending and the first that found it ready.
#[derive(Debug, Clone, Default)]
pub struct Durations {
    recent: VecDeque<Window>,
}

impl Durations {
    /// How many are kept.
    const KEPT: usize = 32;
    /// How many of them tell what is typical.
    const TYPICAL: usize = 8;
    /// How many in a row have to agree before the others are taken for the past.
    const AGREEING: usize = 3;

    /// Adds one: found ready by a look after `ready` of its time, and still pending by one after `pending`, if there was one. Both are the
    /// times at which the looks were sent, so that a server that responds slowly is not taken for one that renders slowly.
    pub fn record(&mut self, pending: Option<Duration>, ready: Duration) {
        let expected = self.expected();
        let windows = expected.into_iter().flat_map(|expected| [Some(expected.usual), expected.sooner]).flatten();
        let before = windows.map(|window| window.earliest).filter(|earliest| *earliest < ready).max();
        // Ready at the first look: shortly before it if that was about when it was expected, or else long before it.
        let is_about = expected.is_some_and(|expected| share(expected.usual.earliest, 0.9) <= ready);
        let earliest = pending.or(before).unwrap_or(ready / if is_about { 2 } else { 8 });
        self.recent.push_front(Window { earliest, latest: ready });
        self.recent.truncate(Self::KEPT);
    }

    /// When the next one is expected.
    #[must_use]
    pub fn expected(&self) -> Option<Expected> {
        let usual = Self::typical(self.recent.iter().copied())?;
        let is_sooner = |one: &Window| one.latest < usual.earliest / 4 * 3;
        let sooner = Self::typical(self.recent.iter().copied().filter(is_sooner));
        Some(Expected { usual, sooner })
    }

    /// Where the last ones agree, the time that is common to them; else from the shortest to the longest of those that are like the
    /// last one.
    fn typical(recent: impl Iterator<Item = Window> + Clone) -> Option<Window> {
        let recent = recent.take(Self::TYPICAL);
        let last = recent.clone().next()?;
        let mut common = last;
        let mut agreeing = 0;
        for one in recent.clone() {
            let Some(both) = common.common(one) else { break };
            common = both;
            agreeing += 1;
        }
        if agreeing >= Self::AGREEING.min(recent.clone().count()) {
            return Some(common);
        }
        Some(recent.fold(last, |all, one| if all.is_near(one) { all.including(one) } else { all }))
    }
}

/// A share of a time; a time that cannot be is as long as can be.
pub(crate) fn share(time: Duration, share: f64) -> Duration {
    Duration::try_from_secs_f64(time.as_secs_f64() * share.max(0.0)).unwrap_or(Duration::MAX)
}
