//! The budget of status requests that all waits of a client share.

use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, sleep_until};

/// A budget of looks a second, which are spread evenly, each at the next free turn. After a pause, a quarter of a second's looks may
/// go at once, since exports that start together are ready together.
#[derive(Debug)]
pub struct LookBudget {
    per_look: Duration,
    /// How far turns may be ahead of their time.
    ahead: Duration,
    turns: Mutex<Turns>,
}

#[derive(Debug, Default)]
struct Turns {
    next: Option<Instant>,
    /// Turns of waits that have ended before them.
    free: BTreeSet<Instant>,
}

impl LookBudget {
    pub(crate) fn new(looks_per_second: u32) -> Self {
        let looks = looks_per_second.max(1);
        let per_look = Duration::from_secs(1) / looks;
        Self { per_look, ahead: per_look * (looks / 4).saturating_sub(1), turns: Mutex::default() }
    }

    fn turns(&self) -> MutexGuard<'_, Turns> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the next turn. Dropped before that, it leaves the turn to others.
    pub(crate) async fn turn(&self) {
        let mut turn = self.reserve();
        sleep_until(turn.at).await;
        turn.is_taken = true;
    }

    fn reserve(&self) -> Turn<'_> {
        let mut turns = self.turns();
        let now = Instant::now();
        let earliest = now.checked_sub(self.ahead).unwrap_or(now);
        turns.free = turns.free.split_off(&earliest);
        let at = turns.free.pop_first().unwrap_or_else(|| {
            let at = turns.next.map_or(earliest, |next| next.max(earliest));
            turns.next = Some(at + self.per_look);
            at
        });
        Turn { budget: self, at, is_taken: false }
    }
}

/// A turn that is free again unless it is taken.
struct Turn<'a> {
    budget: &'a LookBudget,
    at: Instant,
    is_taken: bool,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if !self.is_taken {
            self.budget.turns().free.insert(self.at);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll, Waker};

    use super::*;

    /// The time until the next turn, which is taken.
    fn turn(budget: &LookBudget) -> Duration {
        let mut turn = budget.reserve();
        turn.is_taken = true;
        turn.at.saturating_duration_since(Instant::now())
    }

    #[tokio::test(start_paused = true)]
    async fn some_looks_are_at_once_and_the_others_take_turns() {
        // The clock of the machine may have begun just now, and has no time before that.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let budget = LookBudget::new(100);
        let turns: Vec<_> = (0..27).map(|_| turn(&budget)).collect();
        assert!(turns[..25].iter().all(Duration::is_zero));
        assert_eq!([turns[25], turns[26]].map(|turn| turn.as_millis()), [10, 20]);
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(turn(&budget), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn no_second_has_more_looks_than_the_budget_and_those_at_once() {
        for looks in [1, 2, 3, 5, 100, 256] {
            tokio::time::sleep(Duration::from_secs(10)).await;
            let budget = LookBudget::new(looks);
            let turns: Vec<_> = (0..3 * looks as usize + 2).map(|_| turn(&budget)).collect();
            for from in 0..turns.len() {
                let until = turns[from] + Duration::from_secs(1) - Duration::from_micros(1);
                let in_a_second = turns[from..].iter().take_while(|turn| **turn < until).count();
                assert!(in_a_second <= (looks + looks / 4) as usize, "{in_a_second} of {looks}");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn ten_thousand_waits_take_turns_in_order_and_leave_them_when_they_are_dropped() {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let budget = LookBudget::new(100);
        let mut waits: Vec<_> = (0..10_000).map(|_| Box::pin(budget.turn())).collect();
        let start = Instant::now();
        let mut context = Context::from_waker(Waker::noop());
        let at_once = waits.iter_mut().map(|wait| wait.as_mut().poll(&mut context)).filter(Poll::is_ready);
        assert_eq!(at_once.count(), 25);
        let last = waits.pop().unwrap();
        drop(waits);
        // A new wait does not come after those that are gone, and takes nothing from the one that is left.
        assert!(turn(&budget) <= Duration::from_millis(10));
        last.await;
        assert!((Duration::from_secs(99)..Duration::from_secs(100)).contains(&start.elapsed()));
        turn(&budget);
        assert!(budget.turns().free.len() < 25, "turns of the past are forgotten");
    }
}
