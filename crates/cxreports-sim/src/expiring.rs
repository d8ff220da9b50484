use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
    hash::Hash,
};

use chrono::{DateTime, Utc};

/// The most entries of one kind that an instance keeps.
const MAX_ENTRIES: usize = 100_000;

/// The most bytes of one kind that an instance keeps; a single larger entry is kept alone.
const MAX_BYTES: usize = 1 << 30;

/// What is kept until it expires. It is freed then, and sooner when there is too much of it: what expires first goes first.
pub(crate) struct Expiring<K, V> {
    entries: HashMap<K, Entry<V>>,
    /// Each entry, and each that was taken out before it expired.
    order: BinaryHeap<Reverse<(DateTime<Utc>, K)>>,
    bytes: usize,
}

struct Entry<V> {
    value: V,
    expires: DateTime<Utc>,
    bytes: usize,
}

impl<K: Clone + Eq + Hash + Ord, V> Expiring<K, V> {
    pub(crate) fn new() -> Self {
        Self { entries: HashMap::new(), order: BinaryHeap::new(), bytes: 0 }
    }

    /// Adds an entry that needs so many bytes.
    pub(crate) fn insert(&mut self, now: DateTime<Utc>, key: K, value: V, expires: DateTime<Utc>, bytes: usize) {
        self.free(now, MAX_ENTRIES - 1, MAX_BYTES.saturating_sub(bytes));
        self.bytes += bytes;
        self.order.push(Reverse((expires, key.clone())));
        self.entries.insert(key, Entry { value, expires, bytes });
    }

    pub(crate) fn get(&mut self, now: DateTime<Utc>, key: &K) -> Option<&V> {
        self.free(now, usize::MAX, usize::MAX);
        self.entries.get(key).map(|entry| &entry.value)
    }

    /// Takes an entry out.
    pub(crate) fn take(&mut self, now: DateTime<Utc>, key: &K) -> Option<V> {
        self.free(now, usize::MAX, usize::MAX);
        let entry = self.entries.remove(key)?;
        self.bytes -= entry.bytes;
        Some(entry.value)
    }

    /// Frees what has expired, and what is too much.
    fn free(&mut self, now: DateTime<Utc>, most_entries: usize, most_bytes: usize) {
        let too_much =
            |own: &Self| own.order.len() > most_entries || (own.bytes > most_bytes && !own.entries.is_empty());
        while self.order.peek().is_some_and(|Reverse((expires, _))| *expires <= now) || too_much(self) {
            let Some(Reverse((expires, key))) = self.order.pop() else { return };
            if self.entries.get(&key).is_some_and(|entry| entry.expires == expires)
                && let Some(entry) = self.entries.remove(&key)
            {
                self.bytes -= entry.bytes;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(seconds: u64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn has<V>(kept: &mut Expiring<u64, V>, seconds: u64, key: u64) -> bool {
        kept.get(at(seconds), &key).is_some()
    }

    #[test]
    fn what_has_expired_is_freed() {
        let mut kept = Expiring::new();
        for second in 1..=10 {
            kept.insert(at(0), second, "x", at(second), 1);
        }
        assert!(!has(&mut kept, 4, 4) && has(&mut kept, 4, 5));
        assert_eq!((kept.entries.len(), kept.order.len(), kept.bytes), (6, 6, 6));
        assert_eq!((kept.take(at(4), &7), kept.take(at(4), &7)), (Some("x"), None));
        kept.insert(at(20), 11, "x", at(30), 1);
        assert_eq!((kept.entries.len(), kept.order.len(), kept.bytes), (1, 1, 1));
    }

    #[test]
    fn what_is_too_much_goes_in_the_order_in_which_it_expires() {
        let mut kept = Expiring::new();
        for number in 0..=MAX_ENTRIES as u64 {
            kept.insert(at(0), number, (), at(1_000_000 - number), 0);
        }
        assert_eq!(kept.entries.len(), MAX_ENTRIES);
        assert!(has(&mut kept, 0, 0) && !has(&mut kept, 0, MAX_ENTRIES as u64 - 1));

        let mut kept = Expiring::new();
        for number in 0..5 {
            kept.insert(at(0), number, (), at(100 + number), MAX_BYTES / 3);
        }
        assert!(!has(&mut kept, 0, 1) && has(&mut kept, 0, 2));
        kept.insert(at(0), 9, (), at(1), 2 * MAX_BYTES);
        assert_eq!(kept.entries.len(), 1);
        assert_eq!(kept.entries.get(&9).map(|entry| entry.bytes), Some(2 * MAX_BYTES));
    }
}
