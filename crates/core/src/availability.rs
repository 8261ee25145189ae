//! Whether somebody takes tickets, as they set it themselves.

use crate::text::Text;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;

/// Why somebody is away, in a few words.
pub type AwayReason = Text<120>;

/// What an agent has set (`PUT /v1/agents/{id}/availability`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "lowercase")]
pub enum Availability {
    Online,
    Away {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<AwayReason>,
        /// When they are online again by themselves; `None`: when they say so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
}

/// The time to be back has passed already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("has passed already")]
pub struct Past;

impl Availability {
    /// Away from `now` on; `until` counts in whole milliseconds, as it is stored.
    pub fn away(reason: Option<AwayReason>, until: Option<Timestamp>, now: Timestamp) -> Result<Self, Past> {
        let whole = |until: Timestamp| Timestamp::from_millisecond(until.as_millisecond()).unwrap_or(until);
        match until.map(whole) {
            Some(until) if until <= now => Err(Past),
            until => Ok(Self::Away { reason, until }),
        }
    }

    /// What it has become at `now`: who is away until then is back.
    pub fn at(self, now: Timestamp) -> Self {
        match self {
            Self::Away { until: Some(until), .. } if until <= now => Self::Online,
            other => other,
        }
    }

    pub fn is_online(&self) -> bool {
        *self == Self::Online
    }
}

/// At how many open tickets turns pass an agent by: at least 1, for who takes none is away.
pub type Limit = NonZeroU32;

#[cfg(test)]
mod tests {
    use super::*;

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn who_is_away_until_a_time_is_back_from_then_on() {
        let away = Availability::away(None, Some(second(10)), second(0)).unwrap();
        assert!(!away.clone().at(second(9)).is_online());
        assert!(away.at(second(10)).is_online());
        let open_end = Availability::away(None, None, second(0)).unwrap();
        assert!(!open_end.at(Timestamp::MAX).is_online());
    }

    #[test]
    fn nobody_is_away_until_a_time_that_has_passed() {
        assert_eq!(Availability::away(None, Some(second(5)), second(5)), Err(Past));
    }

    #[test]
    fn availability_is_told_in_json() {
        let reason = AwayReason::new("lunch").ok();
        let away = Availability::away(reason, Some(second(60)), second(0)).unwrap();
        let json = serde_json::to_string(&away).unwrap();
        assert_eq!(json, r#"{"status":"away","reason":"lunch","until":"1970-01-01T00:01:00Z"}"#);
        assert_eq!(serde_json::from_str::<Availability>(&json).unwrap(), away);
        assert_eq!(serde_json::to_string(&Availability::Online).unwrap(), r#"{"status":"online"}"#);
    }
}
