//! Who has a ticket before them, and whether they write on it: for the moment only (desk 5).

use crate::ids::{AgentId, TicketId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How long it counts that somebody has said what they look at. A page says it every five seconds, so two may be lost.
pub const LASTS: SignedDuration = SignedDuration::from_secs(15);

/// What somebody does with a ticket; writing is more than viewing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Activity {
    Viewing,
    Writing,
}

impl Activity {
    pub const ALL: [Self; 2] = [Self::Viewing, Self::Writing];

    pub fn name(self) -> &'static str {
        match self {
            Self::Viewing => "viewing",
            Self::Writing => "writing",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|activity| activity.name() == name)
    }
}

/// What one session of an agent looks at, and until when that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    pub agent: AgentId,
    pub ticket: TicketId,
    pub activity: Activity,
    pub until: Timestamp,
}

/// Who looks at each ticket. An agent with several sessions does the most that any of them does.
pub type Viewers = BTreeMap<TicketId, BTreeMap<AgentId, Activity>>;

/// Those of the looks that count at `now`.
pub fn viewers(looks: &[Look], now: Timestamp) -> Viewers {
    let mut viewers = Viewers::new();
    for look in looks.iter().filter(|look| now < look.until) {
        let does = viewers.entry(look.ticket).or_default().entry(look.agent).or_insert(look.activity);
        *does = look.activity.max(*does);
    }
    viewers
}

/// The tickets whose viewers are others than before.
pub fn changed(before: &Viewers, after: &Viewers) -> Vec<TicketId> {
    let is_other = |ticket: &&TicketId| before.get(ticket) != after.get(ticket);
    let gone = before.keys().filter(|ticket| !after.contains_key(ticket));
    after.keys().filter(is_other).chain(gone).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn look(agent: i64, ticket: i64, activity: Activity, until: i64) -> Look {
        Look { agent: AgentId(agent), ticket: TicketId(ticket), activity, until: at(until) }
    }

    #[test]
    fn an_agent_counts_once_with_the_most_they_do_and_until_the_last_moment() {
        let looks = [
            look(1, 7, Activity::Writing, 10),
            look(1, 7, Activity::Viewing, 20),
            look(2, 7, Activity::Viewing, 20),
            look(2, 8, Activity::Writing, 20),
        ];
        let of = |now| {
            let viewers = viewers(&looks, at(now));
            viewers.get(&TicketId(7)).map(|agents| agents.values().copied().collect::<Vec<_>>())
        };
        assert_eq!(of(9), Some(vec![Activity::Writing, Activity::Viewing]));
        assert_eq!(of(10), Some(vec![Activity::Viewing, Activity::Viewing]));
        assert_eq!(of(20), None);
    }

    #[test]
    fn coming_going_and_beginning_to_write_are_changes() {
        let viewers = |looks: &[Look]| viewers(looks, at(0));
        let before = viewers(&[look(1, 7, Activity::Viewing, 9), look(1, 8, Activity::Viewing, 9)]);
        for (after, expected) in [
            (vec![look(1, 7, Activity::Viewing, 99), look(1, 8, Activity::Viewing, 99)], vec![]),
            (vec![look(1, 7, Activity::Writing, 9), look(1, 8, Activity::Viewing, 9)], vec![7]),
            (vec![look(1, 7, Activity::Viewing, 9)], vec![8]),
            (vec![look(2, 9, Activity::Viewing, 9)], vec![9, 7, 8]),
        ] {
            let told: Vec<i64> = changed(&before, &viewers(&after)).iter().map(|ticket| ticket.0).collect();
            assert_eq!(told, expected);
        }
    }
}
