//! The entries of a ticket's timeline after its creation, in the form they are stored in.

use super::{Place, Position, Priority, State};
use crate::access::Actor;
use crate::event::Kind;
use crate::ids::{AgentId, ExternalId, LabelId};
use crate::receipt::Receipt;
use crate::text::{ERASED, Grounds, Remark};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// One line of the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub sequence: i64,
    pub at: Timestamp,
    pub by: Actor,
    pub what: What,
    /// Where somebody was chosen.
    pub receipt: Option<Box<Receipt>>,
}

/// Which way a message went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From the customer.
    In,
    /// To the customer.
    Out,
}

/// A change of position, both ends of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    pub from: Position,
    pub to: Position,
}

/// What happened. The JSON's `kind` is [`What::kind`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum What {
    Claimed(Moved),
    Assigned(Moved),
    /// By its pool, to whose turn it was.
    HandedOut(Moved),
    /// Taken from an owner who had gone and not touched it.
    GivenOn(Moved),
    Passed {
        grounds: Grounds,
        #[serde(flatten)]
        moved: Moved,
    },
    Closed(Moved),
    Reopened(Moved),
    Snoozed(Moved),
    Woken(Moved),
    StageSet(Moved),
    Merged(Moved),
    Unmerged(Moved),
    PrioritySet {
        from: Priority,
        to: Priority,
    },
    Labelled {
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        added: BTreeSet<LabelId>,
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        removed: BTreeSet<LabelId>,
    },
    Noted {
        text: Remark,
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        mentions: BTreeSet<AgentId>,
    },
    Message {
        direction: Direction,
        text: Remark,
        said_at: Timestamp,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        external_id: Option<ExternalId>,
    },
    /// The change of that entry was taken back.
    Undone {
        sequence: i64,
    },
}

impl What {
    /// The stable code, as in the JSON.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Claimed(_) => "claimed",
            Self::Assigned(_) => "assigned",
            Self::HandedOut(_) => "handed_out",
            Self::GivenOn(_) => "given_on",
            Self::Passed { .. } => "passed",
            Self::Closed(_) => "closed",
            Self::Reopened(_) => "reopened",
            Self::Snoozed(_) => "snoozed",
            Self::Woken(_) => "woken",
            Self::StageSet(_) => "stage_set",
            Self::Merged(_) => "merged",
            Self::Unmerged(_) => "unmerged",
            Self::PrioritySet { .. } => "priority_set",
            Self::Labelled { .. } => "labelled",
            Self::Noted { .. } => "noted",
            Self::Message { .. } => "message",
            Self::Undone { .. } => "undone",
        }
    }

    /// The stored form: compact JSON.
    pub fn stored(&self) -> String {
        serde_json::to_string(self).expect("an entry has only string keys")
    }

    /// Reads what [`What::stored`] made.
    pub fn from_stored(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json)
    }

    /// The same with nothing left of what people said; `None` where nobody said anything.
    pub fn erased(&self) -> Option<Self> {
        let text = || Remark::new(ERASED).expect("a word is a remark");
        match self {
            Self::Noted { mentions, .. } => Some(Self::Noted { text: text(), mentions: mentions.clone() }),
            Self::Message { direction, said_at, .. } => Some(Self::Message {
                direction: *direction,
                text: text(),
                said_at: *said_at,
                external_id: None,
            }),
            Self::Passed { moved, .. } => {
                let grounds = Grounds::new(ERASED).expect("a word is a reason");
                Some(Self::Passed { grounds, moved: moved.clone() })
            }
            _ => None,
        }
    }

    pub fn moved(&self) -> Option<&Moved> {
        match self {
            Self::Claimed(moved)
            | Self::Assigned(moved)
            | Self::HandedOut(moved)
            | Self::GivenOn(moved)
            | Self::Passed { moved, .. }
            | Self::Closed(moved)
            | Self::Reopened(moved)
            | Self::Snoozed(moved)
            | Self::Woken(moved)
            | Self::StageSet(moved)
            | Self::Merged(moved)
            | Self::Unmerged(moved) => Some(moved),
            _ => None,
        }
    }

    /// The event that tells of it (desk 7).
    pub fn event(&self) -> Kind {
        match self {
            Self::Claimed(_) | Self::HandedOut(_) => Kind::TicketAssigned,
            Self::Assigned(moved) | Self::GivenOn(moved) | Self::Passed { moved, .. } => {
                handed(&moved.to.state)
            }
            Self::Closed(_) => Kind::TicketClosed,
            Self::Reopened(_) => Kind::TicketReopened,
            Self::Merged(_) => Kind::TicketMerged,
            Self::Unmerged(_) => Kind::TicketUnmerged,
            Self::Noted { .. } => Kind::TicketNoteAdded,
            Self::Message { .. } => Kind::TicketMessageAdded,
            Self::Snoozed(_)
            | Self::Woken(_)
            | Self::StageSet(_)
            | Self::PrioritySet { .. }
            | Self::Labelled { .. }
            | Self::Undone { .. } => Kind::TicketUpdated,
        }
    }

    /// Whether a lead has to be told: everybody has passed the ticket on (desk 1).
    pub fn concerns_lead(&self) -> bool {
        matches!(self, Self::Passed { moved, .. } if moved.to.state.agent().is_none())
    }

    /// Whether it is a touch when the owner does it (desk 1, Touch).
    pub(super) fn is_touch(&self) -> bool {
        matches!(self, Self::Noted { .. } | Self::Message { .. } | Self::StageSet(_) | Self::Labelled { .. })
    }
}

fn handed(state: &State) -> Kind {
    match state {
        State::Open { place: Place::Waiting(_), .. } => Kind::TicketWaiting,
        _ if state.agent().is_some() => Kind::TicketAssigned,
        _ => Kind::TicketUpdated,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::AgentId;

    #[test]
    fn an_erased_entry_says_nothing_any_more_and_can_still_be_read() {
        let said = What::Message {
            direction: Direction::In,
            text: Remark::new("my name is Asha").unwrap(),
            said_at: Timestamp::UNIX_EPOCH,
            external_id: ExternalId::new("wamid.1"),
        };
        let noted =
            What::Noted { text: Remark::new("Asha called").unwrap(), mentions: BTreeSet::from([AgentId(1)]) };
        for what in [said, noted] {
            let erased = what.erased().unwrap();
            assert_eq!(What::from_stored(&erased.stored()).unwrap(), erased);
            assert!(!erased.stored().contains("Asha") && !erased.stored().contains("wamid"), "{erased:?}");
            assert_eq!(erased.kind(), what.kind());
        }
        assert_eq!(What::Undone { sequence: 2 }.erased(), None);
    }
}
