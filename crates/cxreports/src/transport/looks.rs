//! The budget of status requests that all waits of a client share.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// A budget of looks a second, which are spread evenly, each at the next free turn. After a pause, a quarter of a second's looks may
/// go at once, since exports that start together are ready together.
#[derive(Debug)]
pub struct LookBudget {
    per_look: Duration,
    /// How far turns may be ahead of their time.
    ahead: Duration,
    next: Mutex<Option<Instant>>,
}

impl LookBudget {
    pub(crate) fn new(looks_per_second: u32) -> Self {
        let looks = looks_per_second.max(1);
        let per_look = Duration::from_secs(1) / looks;
        Self { per_look, ahead: per_look * (looks / 4).saturating_sub(1), next: Mutex::default() }
    }

    /// Takes the next turn, and returns the time until it.
    pub(crate) fn turn(&self) -> Duration {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let earliest = now.checked_sub(self.ahead).unwrap_or(now);
        let turn = next.map_or(earliest, |next| next.max(earliest));
        *next = Some(turn + self.per_look);
        turn.saturating_duration_since(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn some_looks_are_at_once_and_the_others_take_turns() {
        // The clock of the machine may have begun just now, and has no time before that.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let budget = LookBudget::new(100);
        let turns: Vec<_> = (0..27).map(|_| budget.turn()).collect();
        assert!(turns[..25].iter().all(Duration::is_zero));
        assert_eq!([turns[25], turns[26]].map(|turn| turn.as_millis()), [10, 20]);
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(budget.turn(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn no_second_has_more_looks_than_the_budget_and_those_at_once() {
        for looks in [1, 2, 3, 5, 100, 256] {
            tokio::time::sleep(Duration::from_secs(10)).await;
            let budget = LookBudget::new(looks);
            let turns: Vec<_> = (0..3 * looks as usize + 2).map(|_| budget.turn()).collect();
            for from in 0..turns.len() {
                let until = turns[from] + Duration::from_secs(1) - Duration::from_micros(1);
                let in_a_second = turns[from..].iter().take_while(|turn| **turn < until).count();
                assert!(in_a_second <= (looks + looks / 4) as usize, "{in_a_second} of {looks}");
            }
        }
    }
}
