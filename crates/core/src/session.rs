//! How long invitations and sessions last.

use jiff::{SignedDuration, Timestamp};

/// From an invitation's making to its end.
pub const INVITED: SignedDuration = SignedDuration::from_hours(7 * 24);
/// From signing in to the end of the session, however much it is used.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(30 * 24);
/// From a session's last use to its end.
pub const IDLE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// The most sessions of one agent: signing in once more ends the oldest.
pub const MOST: u32 = 50;
/// The longest name of a browser that is kept, in characters.
pub const BROWSER_CHARS: usize = 200;

/// How exact the time of last use is: noting it costs a commit.
const NOTED_EVERY: SignedDuration = SignedDuration::from_mins(5);

/// The moments of a session's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
    /// The end that no use puts off.
    pub expires_at: Timestamp,
}

impl Span {
    /// Of a session that begins now.
    pub fn beginning(now: Timestamp) -> Self {
        Self { created_at: now, last_seen_at: now, expires_at: after(now, LONGEST) }
    }

    /// When it ends, unless it is used before.
    pub fn ends_at(&self) -> Timestamp {
        self.expires_at.min(after(self.last_seen_at, IDLE))
    }

    pub fn is_live(&self, now: Timestamp) -> bool {
        now < self.ends_at()
    }

    /// Whether a use now is worth noting.
    pub fn is_worth_noting(&self, now: Timestamp) -> bool {
        now >= after(self.last_seen_at, NOTED_EVERY)
    }
}

/// When an invitation that is made now ends.
pub fn end_of_invitation(now: Timestamp) -> Timestamp {
    after(now, INVITED)
}

/// Sessions that were used at this moment or before, and not since, have ended.
pub fn idle_since(now: Timestamp) -> Timestamp {
    now.saturating_sub(IDLE).unwrap_or(Timestamp::MIN)
}

fn after(at: Timestamp, span: SignedDuration) -> Timestamp {
    at.saturating_add(span).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::constant(1_800_000_000, 0);

    #[test]
    fn an_unused_session_ends_after_its_idle_time() {
        let span = Span::beginning(START);
        assert!(span.is_live(after(START, IDLE - SignedDuration::from_millis(1))));
        assert!(!span.is_live(after(START, IDLE)));
        assert_eq!(idle_since(span.ends_at()), START);
    }

    #[test]
    fn use_puts_the_end_off_up_to_the_longest_life() {
        let mut span = Span::beginning(START);
        for days in (6..30).step_by(6) {
            let now = after(START, SignedDuration::from_hours(days * 24));
            assert!(span.is_live(now), "day {days}");
            span.last_seen_at = now;
        }
        assert!(span.is_live(after(START, LONGEST - SignedDuration::from_millis(1))));
        assert!(!span.is_live(after(START, LONGEST)));
    }

    #[test]
    fn use_is_noted_once_in_five_minutes() {
        let span = Span::beginning(START);
        assert!(!span.is_worth_noting(after(START, SignedDuration::from_secs(299))));
        assert!(span.is_worth_noting(after(START, SignedDuration::from_secs(300))));
    }
}
