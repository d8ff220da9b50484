//! The budget of status requests that all waits of a client share.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// Spreads looks evenly: each takes the next free turn.
#[derive(Debug)]
pub struct LookBudget {
    per_look: Duration,
    next: Mutex<Option<Instant>>,
}

impl LookBudget {
    pub(crate) fn new(looks_per_second: u32) -> Self {
        Self { per_look: Duration::from_secs(1) / looks_per_second.max(1), next: Mutex::default() }
    }

    /// Takes the next turn, and returns the time until it.
    pub(crate) fn turn(&self) -> Duration {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let turn = next.map_or(now, |next| next.max(now));
        *next = Some(turn + self.per_look);
        turn - now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn looks_take_turns() {
        let budget = LookBudget::new(100);
        let turns: Vec<_> = (0..3).map(|_| budget.turn().as_millis()).collect();
        assert_eq!(turns, [0, 10, 20]);
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(budget.turn(), Duration::ZERO);
    }
}
