//! Telling other systems of events (desk 7): when a delivery is tried again, when it is given up, when an endpoint is
//! switched off. Time and randomness come in.

use crate::due::later;
use crate::event::Kind;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a failing event holds its ticket back; and how long an endpoint may fail without one success.
pub const PATIENCE: Duration = Duration::from_secs(3 * 24 * 60 * 60);
/// How long events can be sent again, and attempts be inspected.
pub const KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// How long the secret before the present one signs too.
pub const ROTATION: Duration = DAY;
/// The most endpoints of one store.
pub const MOST: usize = 50;
/// The most events that one request sends again.
pub const MOST_RESENT: usize = 10_000;

const FIRST_RETRY: Duration = Duration::from_secs(5);
const LAST_RETRY: Duration = Duration::from_secs(60 * 60);
/// What a receiver asks for is heeded up to this.
const LONGEST_WAIT: Duration = DAY;

/// What is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Every event, as Standard Webhooks has it.
    Standard,
    /// Assignments alone, as receivers of the original know them (contract 2).
    AssignedAgent,
}

impl Format {
    pub const ALL: [Self; 2] = [Self::Standard, Self::AssignedAgent];

    pub fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::AssignedAgent => "assignedAgent",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }
}

/// Whether an endpoint that asks for these kinds (none: for all) in that format is told of such an event.
pub fn is_told(format: Format, kinds: &BTreeSet<Kind>, kind: Kind) -> bool {
    let fits = format == Format::Standard || kind == Kind::TicketAssigned;
    fits && (kinds.is_empty() || kinds.contains(&kind))
}

/// What an attempt came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Delivered,
    Failed,
    /// The receiver wants no more.
    Gone,
}

impl Verdict {
    /// Of a status; a redirect is not followed and is a failure.
    pub fn of_status(status: u16) -> Self {
        match status {
            200..=299 => Self::Delivered,
            410 => Self::Gone,
            _ => Self::Failed,
        }
    }
}

/// When an event is tried again that has failed that many times: twice as late each time, up to an hour, and up to a half
/// earlier by `random`, so that what failed together does not come together again. What the receiver asks for is waited for,
/// up to a day; what failed `first` so long ago that patience ends meanwhile is tried once more as it does.
pub fn next_at(
    failures: u32,
    first: Timestamp,
    now: Timestamp,
    random: u64,
    retry_after: Option<Duration>,
) -> Timestamp {
    let doubled = 1_u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX);
    let whole = FIRST_RETRY.saturating_mul(doubled).min(LAST_RETRY);
    let half = u64::try_from(whole.as_millis() / 2).unwrap_or(u64::MAX);
    let wait = whole - Duration::from_millis(random % (half + 1));
    later(now, wait.max(retry_after.unwrap_or_default().min(LONGEST_WAIT))).min(later(first, PATIENCE))
}

/// Whether an event that failed first at that time is marked failed, so that the ticket's next goes.
pub fn is_given_up(first: Timestamp, now: Timestamp) -> bool {
    later(first, PATIENCE) <= now
}

/// Whether an endpoint is switched off that has failed since then without one success.
pub fn is_switched_off(failing_since: Option<Timestamp>, now: Timestamp) -> bool {
    failing_since.is_some_and(|since| later(since, PATIENCE) <= now)
}

/// Whether something that happened then can still be sent.
pub fn is_kept(at: Timestamp, now: Timestamp) -> bool {
    later(at, KEPT) > now
}

/// Since when events are kept.
pub fn kept_since(now: Timestamp) -> Timestamp {
    let span = SignedDuration::try_from(KEPT).unwrap_or(SignedDuration::MAX);
    now.checked_sub(span).unwrap_or(Timestamp::MIN)
}

/// The generations of secrets that sign, the present one first.
pub fn signing(generation: i64, rotated_at: Option<Timestamp>, now: Timestamp) -> Vec<i64> {
    let before = rotated_at.filter(|at| later(*at, ROTATION) > now).map(|_| generation - 1);
    std::iter::once(generation).chain(before).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

    fn seconds(at: Timestamp) -> i64 {
        at.duration_since(NOW).as_secs()
    }

    #[test]
    fn a_format_is_found_by_its_name() {
        for format in Format::ALL {
            assert_eq!(Format::from_name(format.name()), Some(format));
        }
        assert_eq!(Format::from_name("xml"), None);
    }

    #[test]
    fn an_endpoint_is_told_of_what_it_asked_for() {
        let (all, closed) = (BTreeSet::new(), BTreeSet::from([Kind::TicketClosed]));
        assert!(is_told(Format::Standard, &all, Kind::AgentAvailabilityChanged));
        assert!(is_told(Format::Standard, &closed, Kind::TicketClosed));
        assert!(!is_told(Format::Standard, &closed, Kind::TicketCreated));
        assert!(is_told(Format::AssignedAgent, &all, Kind::TicketAssigned));
        assert!(!is_told(Format::AssignedAgent, &all, Kind::TicketClosed));
    }

    #[test]
    fn only_success_is_success_and_410_is_the_end() {
        assert_eq!([200, 204, 299].map(Verdict::of_status), [Verdict::Delivered; 3]);
        assert_eq!([301, 302, 400, 404, 429, 500, 199].map(Verdict::of_status), [Verdict::Failed; 7]);
        assert_eq!(Verdict::of_status(410), Verdict::Gone);
    }

    #[test]
    fn what_fails_is_tried_again_later_each_time_up_to_an_hour() {
        let wait = |failures| seconds(next_at(failures, NOW, NOW, 0, None));
        assert_eq!([1, 2, 3].map(wait), [5, 10, 20]);
        assert_eq!([11, 40, u32::MAX].map(wait), [3600; 3]);
    }

    #[test]
    fn what_the_receiver_asks_for_is_waited_for_up_to_a_day() {
        let wait = |asked| seconds(next_at(1, NOW, NOW, 0, Some(Duration::from_secs(asked))));
        assert_eq!([0, 4, 60, 86_400, u64::MAX].map(wait), [5, 5, 60, 86_400, 86_400]);
    }

    #[test]
    fn no_try_is_later_than_the_end_of_patience() {
        let now = later(NOW, PATIENCE - Duration::from_secs(60));
        let asked = Some(Duration::from_secs(3_600));
        assert_eq!(next_at(9, NOW, now, 0, asked), later(NOW, PATIENCE));
        assert!(is_given_up(NOW, next_at(9, NOW, now, 0, asked)));
    }

    #[test]
    fn patience_ends_after_three_days() {
        let almost = later(NOW, PATIENCE - Duration::from_millis(1));
        assert!(!is_given_up(NOW, almost));
        assert!(is_given_up(NOW, later(NOW, PATIENCE)));
        assert!(!is_switched_off(None, NOW));
        assert!(!is_switched_off(Some(NOW), almost));
        assert!(is_switched_off(Some(NOW), later(NOW, PATIENCE)));
    }

    #[test]
    fn what_is_kept_is_what_came_since_then() {
        let since = kept_since(NOW);
        assert!(!is_kept(since, NOW) && is_kept(later(since, Duration::from_millis(1)), NOW));
    }

    #[test]
    fn for_a_day_after_a_rotation_two_secrets_sign() {
        assert_eq!(signing(1, None, NOW), [1]);
        assert_eq!(signing(2, Some(NOW), NOW), [2, 1]);
        assert_eq!(signing(2, Some(NOW), later(NOW, ROTATION)), [2]);
    }

    proptest! {
        #[test]
        fn a_retry_is_neither_at_once_nor_beyond_what_is_promised(
            failures in 1_u32.., random: u64, asked in proptest::option::of(0_u64..1_000_000)
        ) {
            let at = next_at(failures, NOW, NOW, random, asked.map(Duration::from_secs));
            let wait = at.duration_since(NOW).unsigned_abs();
            let asked = Duration::from_secs(asked.unwrap_or_default()).min(LONGEST_WAIT);
            prop_assert!(wait >= asked.max(FIRST_RETRY / 2));
            prop_assert!(wait <= LAST_RETRY.max(asked));
        }
    }
}
