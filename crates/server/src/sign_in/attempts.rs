//! How often somebody may try: some at once, then one at a time. In memory, of this process alone.

use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Whose tries are remembered at most: some megabytes.
const MOST: usize = 50_000;

#[derive(Debug, Clone, Copy)]
pub struct Quota {
    pub at_once: i32,
    /// From then on, one in this time.
    pub every: SignedDuration,
}

/// Tries by whoever is told apart by `K`.
pub struct Attempts<K> {
    quota: Quota,
    most: usize,
    /// When all tries so far are forgotten.
    forgotten: Mutex<HashMap<K, Timestamp>>,
}

impl<K: Eq + Hash + Copy> Attempts<K> {
    pub fn new(quota: Quota) -> Self {
        Self { quota, most: MOST, forgotten: Mutex::default() }
    }

    /// Counts a try, also one that then succeeds; the error is how long to wait for the next, and is not counted.
    pub fn count(&self, who: K, now: Timestamp) -> Result<(), Duration> {
        let Quota { at_once, every } = self.quota;
        let mut all = self.forgotten.lock().unwrap_or_else(PoisonError::into_inner);
        // The clock may have been set back; nobody waits longer for that.
        let longest = now + every * at_once;
        let forgotten = all.get(&who).map_or(now, |at| (*at).clamp(now, longest));
        let wait = (forgotten + every).duration_since(longest);
        if wait.is_positive() {
            return Err(wait.unsigned_abs());
        }
        if all.len() >= self.most && !all.contains_key(&who) {
            make_room(&mut all, now);
        }
        all.insert(who, forgotten + every);
        Ok(())
    }
}

/// Forgets those who may try as often as anybody, and where that is nobody, who would be forgotten next.
fn make_room<K: Eq + Hash + Copy>(all: &mut HashMap<K, Timestamp>, now: Timestamp) {
    let before = all.len();
    all.retain(|_, forgotten| *forgotten > now);
    if all.len() == before
        && let Some(next) = all.iter().min_by_key(|(_, forgotten)| **forgotten).map(|(who, _)| *who)
    {
        all.remove(&next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::constant(1_800_000_000, 0);
    const QUOTA: Quota = Quota { at_once: 3, every: SignedDuration::from_secs(10) };

    fn second(second: i64) -> Timestamp {
        START + SignedDuration::from_secs(second)
    }

    #[test]
    fn some_tries_are_free_and_then_there_is_one_in_a_while() {
        let attempts = Attempts::new(QUOTA);
        for _ in 0..3 {
            assert_eq!(attempts.count("a", START), Ok(()));
        }
        assert_eq!(attempts.count("a", START), Err(Duration::from_secs(10)));
        assert_eq!(attempts.count("a", second(4)), Err(Duration::from_secs(6)));
        assert_eq!(attempts.count("a", second(10)), Ok(()));
        assert_eq!(attempts.count("a", second(10)), Err(Duration::from_secs(10)));
        assert_eq!(attempts.count("b", START), Ok(()));
        for _ in 0..3 {
            assert_eq!(attempts.count("a", second(60)), Ok(()));
        }
        assert!(attempts.count("a", second(60)).is_err());
    }

    #[test]
    fn a_clock_that_is_set_back_makes_nobody_wait_longer() {
        let attempts = Attempts::new(QUOTA);
        for _ in 0..3 {
            attempts.count("a", second(3600)).unwrap();
        }
        assert_eq!(attempts.count("a", START), Err(Duration::from_secs(10)));
    }

    #[test]
    fn what_is_remembered_is_bounded_and_who_tried_most_is_remembered_longest() {
        let attempts = Attempts { most: 2, ..Attempts::new(QUOTA) };
        for _ in 0..3 {
            attempts.count(0, START).unwrap();
        }
        for who in 1..100 {
            assert_eq!(attempts.count(who, START), Ok(()));
        }
        assert!(attempts.count(0, START).is_err());
        assert_eq!(attempts.forgotten.lock().unwrap().len(), 2);
    }
}
