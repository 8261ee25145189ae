//! Leave: times at which an agent is not there, set beforehand (desk 4).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// `[from, to)`, in whole milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Span", into = "Span")]
pub struct Leave {
    from: Timestamp,
    to: Timestamp,
}

/// The written form of [`Leave`].
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Span {
    from: Timestamp,
    to: Timestamp,
}

/// An agent's leaves in the order of time. They may touch and overlap.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Leave>", into = "Vec<Leave>")]
pub struct Leaves(Vec<Leave>);

/// What is wrong with leave as it was written; completes "leave …".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error("ends before it begins")]
    Backwards,
    #[error("has more than {max} entries", max = Leaves::MAX)]
    TooMany,
}

impl Leave {
    pub fn new(from: Timestamp, to: Timestamp) -> Result<Self, Unfit> {
        let whole = |at: Timestamp| Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at);
        let (from, to) = (whole(from), whole(to));
        if from < to { Ok(Self { from, to }) } else { Err(Unfit::Backwards) }
    }

    pub fn from(&self) -> Timestamp {
        self.from
    }

    pub fn to(&self) -> Timestamp {
        self.to
    }
}

impl TryFrom<Span> for Leave {
    type Error = Unfit;

    fn try_from(Span { from, to }: Span) -> Result<Self, Unfit> {
        Self::new(from, to)
    }
}

impl From<Leave> for Span {
    fn from(Leave { from, to }: Leave) -> Self {
        Self { from, to }
    }
}

impl Leaves {
    /// The most that one agent has.
    pub const MAX: usize = 100;

    pub fn new(mut leaves: Vec<Leave>) -> Result<Self, Unfit> {
        leaves.sort_unstable();
        leaves.dedup();
        if leaves.len() > Self::MAX { Err(Unfit::TooMany) } else { Ok(Self(leaves)) }
    }

    pub fn iter(&self) -> impl Iterator<Item = &Leave> {
        self.0.iter()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// When the agent is back who is on leave at `now`: the end of all leave that goes on without a gap. `None`: not on
    /// leave.
    pub fn until(&self, now: Timestamp) -> Option<Timestamp> {
        let mut back = now;
        for leave in self.0.iter().filter(|leave| leave.to > now) {
            if leave.from > back {
                break;
            }
            back = back.max(leave.to);
        }
        (back > now).then_some(back)
    }
}

impl TryFrom<Vec<Leave>> for Leaves {
    type Error = Unfit;

    fn try_from(leaves: Vec<Leave>) -> Result<Self, Unfit> {
        Self::new(leaves)
    }
}

impl From<Leaves> for Vec<Leave> {
    fn from(leaves: Leaves) -> Self {
        leaves.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn leaves(spans: &[(i64, i64)]) -> Leaves {
        Leaves::new(spans.iter().map(|(from, to)| Leave::new(at(*from), at(*to)).unwrap()).collect()).unwrap()
    }

    #[test]
    fn leave_has_its_first_moment_and_not_its_last() {
        let leaves = leaves(&[(10, 20)]);
        let until = [9, 10, 19, 20].map(|second| leaves.until(at(second)).map(Timestamp::as_second));
        assert_eq!(until, [None, Some(20), Some(20), None]);
    }

    #[test]
    fn leaves_that_touch_or_overlap_are_one_absence() {
        let leaves = leaves(&[(20, 30), (10, 20), (12, 15), (40, 50)]);
        assert_eq!(leaves.until(at(14)), Some(at(30)));
        assert_eq!(leaves.until(at(30)), None);
    }

    #[test]
    fn leave_that_ends_before_it_begins_is_none() {
        assert_eq!(Leave::new(at(2), at(2)), Err(Unfit::Backwards));
        let text = r#"[{"from":"2026-01-02T00:00:00Z","to":"2026-01-01T00:00:00Z"}]"#;
        assert!(serde_json::from_str::<Leaves>(text).unwrap_err().to_string().contains("ends before"));
    }

    #[test]
    fn what_is_written_is_read_back() {
        let leaves = leaves(&[(10, 20), (40, 50)]);
        assert_eq!(serde_json::from_str::<Leaves>(&serde_json::to_string(&leaves).unwrap()).unwrap(), leaves);
    }
}
