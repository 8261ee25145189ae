//! When a key's create calls are refused so often that somebody has to look at its caller (desk 7, `intake.rejecting`).

use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, VecDeque};

/// How many calls of a key have to be refused within [`SPAN`], and more than succeed.
pub const LEAST: u64 = 20;
/// What counts as lately.
pub const SPAN: SignedDuration = SignedDuration::from_mins(5);
/// It is told at most once in this time.
pub const TOLD_EVERY: SignedDuration = SignedDuration::from_hours(1);
/// The most fields that are told.
const FIELDS: usize = 5;
/// Calls are counted in slots of so many seconds: [`SPAN`] has ten.
const SLOT: i64 = 30;

/// What became of one key's calls lately.
#[derive(Debug, Default)]
pub struct Window {
    slots: VecDeque<Slot>,
    told_at: Option<Timestamp>,
}

#[derive(Debug, Default)]
struct Slot {
    number: i64,
    succeeded: u64,
    rejected: u64,
    fields: BTreeMap<&'static str, u64>,
}

/// What is told of a key that is refused too often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejecting {
    /// How many calls were refused within [`SPAN`].
    pub rejected: u64,
    /// What was wrong most often, the most frequent first.
    pub fields: Vec<&'static str>,
}

impl Window {
    pub fn succeeded(&mut self, now: Timestamp) {
        self.slot(now).succeeded += 1;
    }

    /// Counts a refusal for these fields; answers what is to be told, where it is the time for it.
    pub fn rejected(
        &mut self,
        fields: impl IntoIterator<Item = &'static str>,
        now: Timestamp,
    ) -> Option<Rejecting> {
        let slot = self.slot(now);
        slot.rejected += 1;
        for field in fields {
            *slot.fields.entry(field).or_default() += 1;
        }
        let sum = |count: fn(&Slot) -> u64| self.slots.iter().map(count).sum::<u64>();
        let (rejected, succeeded) = (sum(|slot| slot.rejected), sum(|slot| slot.succeeded));
        let was_told = self.told_at.is_some_and(|at| now.duration_since(at) < TOLD_EVERY);
        if rejected < LEAST || rejected <= succeeded || was_told {
            return None;
        }
        self.told_at = Some(now);
        Some(Rejecting { rejected, fields: self.most_frequent() })
    }

    /// Whether nothing is lost by forgetting it.
    pub fn is_past(&self, now: Timestamp) -> bool {
        let is_old = |slot: &Slot| slot.number <= number(now) - SPAN.as_secs() / SLOT;
        self.slots.iter().all(is_old) && self.told_at.is_none_or(|at| now.duration_since(at) >= TOLD_EVERY)
    }

    /// The slot of now; those that are over are forgotten. A clock that was put back counts on in the last slot.
    fn slot(&mut self, now: Timestamp) -> &mut Slot {
        let number = number(now);
        let oldest = number - SPAN.as_secs() / SLOT;
        while self.slots.front().is_some_and(|slot| slot.number <= oldest) {
            self.slots.pop_front();
        }
        if self.slots.back().is_none_or(|last| last.number < number) {
            self.slots.push_back(Slot { number, ..Slot::default() });
        }
        self.slots.back_mut().expect("one was pushed where there was none")
    }

    fn most_frequent(&self) -> Vec<&'static str> {
        let mut counts: BTreeMap<&'static str, u64> = BTreeMap::new();
        for (field, count) in self.slots.iter().flat_map(|slot| &slot.fields) {
            *counts.entry(field).or_default() += count;
        }
        let mut fields: Vec<_> = counts.into_iter().collect();
        fields.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        fields.into_iter().map(|(field, _)| field).take(FIELDS).collect()
    }
}

fn number(now: Timestamp) -> i64 {
    now.as_second().div_euclid(SLOT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::new(1_800_000_000 + second, 0).unwrap()
    }

    /// That many refusals at a second; how often it was told.
    fn refused(window: &mut Window, times: u64, second: i64) -> usize {
        (0..times).filter(|_| window.rejected(["channel"], at(second)).is_some()).count()
    }

    #[test]
    fn it_is_told_at_the_twentieth_refusal_with_what_was_wrong_most_often() {
        let mut window = Window::default();
        assert_eq!(refused(&mut window, 11, 0), 0);
        for _ in 0..8 {
            assert_eq!(window.rejected(["labelIds"], at(100)), None);
        }
        let told = window.rejected(["labelIds", "teamId"], at(200));
        assert_eq!(told, Some(Rejecting { rejected: 20, fields: vec!["channel", "labelIds", "teamId"] }));
    }

    #[test]
    fn refusals_that_are_long_ago_do_not_count() {
        let mut window = Window::default();
        assert_eq!(refused(&mut window, 19, 0), 0);
        assert_eq!(refused(&mut window, 19, 300), 0);
        assert_eq!(refused(&mut window, 1, 301), 1);
    }

    #[test]
    fn a_key_that_succeeds_as_often_is_not_told_of() {
        let mut window = Window::default();
        (0..30).for_each(|_| window.succeeded(at(0)));
        assert_eq!(refused(&mut window, 30, 1), 0);
        assert_eq!(refused(&mut window, 1, 1), 1);
    }

    #[test]
    fn it_is_told_once_an_hour() {
        let mut window = Window::default();
        assert_eq!(refused(&mut window, 100, 0), 1);
        assert_eq!(refused(&mut window, 100, 3_599), 0);
        assert_eq!(refused(&mut window, 1, 3_600), 1, "the refusals of the hour's end count on");
    }

    #[test]
    fn what_is_over_may_be_forgotten() {
        let mut window = Window::default();
        window.succeeded(at(0));
        assert!(!window.is_past(at(269)) && window.is_past(at(300)));
        refused(&mut window, 20, 0);
        assert!(!window.is_past(at(300)), "that it was told is remembered for the hour");
        assert!(window.is_past(at(3_600)));
    }
}
