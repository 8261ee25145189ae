//! Work that is to be done at a time, by the clock. A piece is known by its store, its [`Kind`] and a subject; whether it
//! comes again, and when, is decided here.

use crate::life::{Outcome, Refusal, Settings};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// The most tickets that one piece closes in one transaction.
pub const CLOSED_AT_ONCE: usize = 100;
/// The most waiting tickets that one piece looks at in one transaction.
pub const TOLD_AT_ONCE: usize = 100;
/// The most rows of a table that one piece removes in one transaction.
pub const REMOVED_AT_ONCE: u32 = 500;
/// When a piece that has waited for so long counts as late.
pub const LATE_AFTER: Duration = Duration::from_secs(60);

const FIRST_RETRY: Duration = Duration::from_secs(5);
const LAST_RETRY: Duration = Duration::from_secs(60 * 60);

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A snoozed ticket, the subject, is open again.
    Wake,
    /// An agent, the subject, who was away until now is online again.
    AwayEnd,
    /// What an agent, the subject, has not touched is given on, if they are still offline.
    GiveOn,
    /// An agent, the subject, goes offline: what they do in a session puts it off for the store's time.
    Idle,
    /// Tickets whose customers were not heard of for the store's time are closed.
    AutoClose,
    /// Tickets that have waited for the store's time are told of.
    WaitingTooLong,
    /// What is kept for some time only is removed: the audit log's old entries, answers to repeated calls.
    Retention,
    /// Sessions and invitations whose time is over are removed.
    Sessions,
}

impl Kind {
    pub const ALL: [Self; 8] = [
        Self::Wake,
        Self::AwayEnd,
        Self::GiveOn,
        Self::Idle,
        Self::AutoClose,
        Self::WaitingTooLong,
        Self::Retention,
        Self::Sessions,
    ];

    /// The name that is stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wake => "wake",
            Self::AwayEnd => "away_end",
            Self::GiveOn => "give_on",
            Self::Idle => "idle",
            Self::AutoClose => "auto_close",
            Self::WaitingTooLong => "waiting_too_long",
            Self::Retention => "retention",
            Self::Sessions => "sessions",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// How often a store's own piece comes; `None` where it comes once, for its subject.
    fn every(self) -> Option<Duration> {
        match self {
            Self::Wake | Self::AwayEnd | Self::GiveOn | Self::Idle => None,
            Self::WaitingTooLong => Some(Duration::from_secs(15)),
            Self::AutoClose => Some(Duration::from_secs(60)),
            Self::Sessions => Some(Duration::from_secs(60 * 60)),
            Self::Retention => Some(Duration::from_secs(24 * 60 * 60)),
        }
    }
}

/// The pieces of a store's own (subject 0), and when each comes first: some only where the store has set their time.
pub fn standing(
    close_after: Option<Duration>,
    waiting_too_long: Option<Duration>,
    now: Timestamp,
) -> Vec<(Kind, Timestamp)> {
    let closes = close_after.map(|_| Kind::AutoClose);
    let tells = waiting_too_long.map(|_| Kind::WaitingTooLong);
    let kinds = closes.into_iter().chain(tells).chain([Kind::Retention, Kind::Sessions]);
    kinds.filter_map(|kind| Some((kind, later(now, kind.every()?)))).collect()
}

/// What becomes of a piece that was worked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    Done,
    Again(Timestamp),
}

/// After [`crate::life::Command::Wake`]: a ticket that is still snoozed wakes at another time.
pub fn after_waking(outcome: &Result<Outcome, Refusal>) -> Next {
    let ticket = match outcome {
        Ok(Outcome::Done { ticket, .. } | Outcome::Unchanged { ticket } | Outcome::Created { ticket }) => {
            ticket
        }
        Ok(Outcome::Elsewhere { .. }) | Err(_) => return Next::Done,
    };
    ticket.state.wakes_at().map_or(Next::Done, Next::Again)
}

/// Tickets that are quiet since this time or longer close by themselves; `None`: none does.
pub fn closes_before(settings: &Settings, now: Timestamp) -> Option<Timestamp> {
    let span = SignedDuration::try_from(settings.close_after?).ok()?;
    now.checked_sub(span).ok()
}

/// After a step of closing by itself, in which `found` tickets seemed to be due and `closed` were closed. The setting may
/// have been taken back: then it ends.
pub fn after_closing(settings: &Settings, found: usize, closed: usize, now: Timestamp) -> Next {
    match settings.close_after {
        None => Next::Done,
        Some(_) if found == CLOSED_AT_ONCE && closed > 0 => Next::Again(now),
        Some(_) => comes_again(Kind::AutoClose, now),
    }
}

/// After a step that told of tickets which wait too long, in which `found` were looked at, at most
/// [`TOLD_AT_ONCE`]. The setting may have been taken back: then it ends.
pub fn after_telling(waiting_too_long: Option<Duration>, found: usize, now: Timestamp) -> Next {
    match waiting_too_long {
        None => Next::Done,
        Some(_) if found >= TOLD_AT_ONCE => Next::Again(now),
        Some(_) => comes_again(Kind::WaitingTooLong, now),
    }
}

/// After a step that removed so many rows, at most [`REMOVED_AT_ONCE`] of a table.
pub fn after_removing(kind: Kind, removed: u64, now: Timestamp) -> Next {
    if removed >= u64::from(REMOVED_AT_ONCE) { Next::Again(now) } else { comes_again(kind, now) }
}

/// When a piece is tried again that has failed that many times in a row: twice as late each time, up to an hour, and up to
/// a half earlier by `random`, so that what failed together does not come together again.
pub fn retry_at(failures: u32, now: Timestamp, random: u64) -> Timestamp {
    let doubled = 1_u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX);
    let whole = FIRST_RETRY.saturating_mul(doubled).min(LAST_RETRY);
    let half = u64::try_from(whole.as_millis() / 2).unwrap_or(u64::MAX);
    later(now, whole - Duration::from_millis(random % (half + 1)))
}

fn comes_again(kind: Kind, now: Timestamp) -> Next {
    kind.every().map_or(Next::Done, |span| Next::Again(later(now, span)))
}

/// So long from now.
pub fn later(now: Timestamp, span: Duration) -> Timestamp {
    let span = SignedDuration::try_from(span).unwrap_or(SignedDuration::MAX);
    now.checked_add(span).unwrap_or(Timestamp::MAX)
}

/// So long before now.
pub fn earlier(now: Timestamp, span: Duration) -> Timestamp {
    let span = SignedDuration::try_from(span).unwrap_or(SignedDuration::MAX);
    now.checked_sub(span).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

    fn closing_after(close_after: Option<Duration>) -> Settings {
        Settings { close_after, ..Settings::default() }
    }

    #[test]
    fn a_kind_is_found_by_its_name() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_name(kind.name()), Some(kind));
        }
        assert_eq!(Kind::from_name("of a later release"), None);
    }

    #[test]
    fn a_store_closes_tickets_and_tells_of_waiting_ones_only_where_it_says_so() {
        let kinds = |close_after, waiting_too_long| {
            let standing = standing(close_after, waiting_too_long, NOW);
            standing.into_iter().map(|(kind, _)| kind).collect::<Vec<_>>()
        };
        let second = Some(Duration::from_secs(1));
        assert_eq!(kinds(None, None), [Kind::Retention, Kind::Sessions]);
        assert_eq!(kinds(second, None), [Kind::AutoClose, Kind::Retention, Kind::Sessions]);
        assert_eq!(kinds(None, second), [Kind::WaitingTooLong, Kind::Retention, Kind::Sessions]);
    }

    #[test]
    fn closing_goes_on_at_once_while_there_is_more_and_ends_with_its_setting() {
        let settings = closing_after(Some(Duration::from_secs(60)));
        let in_a_minute = Next::Again(later(NOW, Duration::from_secs(60)));
        assert_eq!(after_closing(&settings, CLOSED_AT_ONCE, 1, NOW), Next::Again(NOW));
        assert_eq!(after_closing(&settings, CLOSED_AT_ONCE, 0, NOW), in_a_minute, "never in a circle");
        assert_eq!(after_closing(&settings, 3, 3, NOW), in_a_minute);
        assert_eq!(after_closing(&closing_after(None), 0, 0, NOW), Next::Done);
    }

    #[test]
    fn removing_goes_on_at_once_while_there_is_more() {
        assert_eq!(after_removing(Kind::Sessions, 500, NOW), Next::Again(NOW));
        let in_an_hour = Next::Again(later(NOW, Duration::from_secs(3600)));
        assert_eq!(after_removing(Kind::Sessions, 499, NOW), in_an_hour);
    }

    #[test]
    fn what_fails_is_tried_again_later_each_time_up_to_an_hour() {
        let waits = |failures, random| retry_at(failures, NOW, random).duration_since(NOW).as_millis();
        assert_eq!([1, 2, 3].map(|failures| waits(failures, 0)), [5_000, 10_000, 20_000]);
        for failures in [11, 32, 33, u32::MAX] {
            assert_eq!(waits(failures, 0), 3_600_000, "{failures}");
        }
        for random in [0, 1, 2_499, 2_500, 2_501, u64::MAX] {
            assert!((2_500..=5_000).contains(&waits(1, random)), "{random}");
        }
    }
}
