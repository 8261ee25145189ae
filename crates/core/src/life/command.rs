//! The commands of desk 2 on one ticket.

use super::{Direction, Priority, Refusal, Ticket};
use crate::access::Act;
use crate::ids::{AgentId, ExternalId, LabelId, StageId, TicketId};
use crate::text::{Grounds, Remark};
use crate::ticket::Pool;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// What is to be done with a ticket. What [`super::decide`] makes of repeats is told with each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Takes an open ticket that has no owner, over the limit if need be. One's own: unchanged.
    Claim,
    /// Gives an open or snoozed ticket to somebody. The same again: unchanged.
    Assign {
        to: Recipient,
        expected: Expected,
    },
    /// Gives an owned open ticket to the next eligible who has not passed it; nobody left: it waits.
    Pass {
        grounds: Grounds,
        expected: Expected,
    },
    /// The pool gives a waiting ticket to whose turn it is; nobody eligible: unchanged.
    HandOut,
    /// Takes an open ticket from its owner, who is not there, unless they have touched it: it waits, or whoever likes takes
    /// it. Touched or not owned: unchanged.
    GiveOn,
    /// Closes an open or snoozed ticket. A closed one: unchanged, whoever closed it.
    Close {
        expected: Expected,
    },
    /// Opens a closed ticket again. An open one: unchanged.
    Reopen {
        expected: Expected,
    },
    /// Puts an open ticket away until then, or changes the time of a snoozed one.
    Snooze {
        until: Timestamp,
        expected: Expected,
    },
    /// Opens a snoozed ticket. An open one: unchanged. The clock may only when the time has come: before, unchanged.
    Wake,
    /// Closes an open ticket whose customer was not heard of for the store's time. Not due: unchanged.
    AutoClose,
    /// Moves an open ticket to another open stage. The same again: unchanged.
    SetStage(StageId),
    SetPriority(Priority),
    /// What is on already or off already: unchanged. A label in both is removed.
    Label {
        add: BTreeSet<LabelId>,
        remove: BTreeSet<LabelId>,
    },
    /// Always a new entry.
    Note {
        text: Remark,
        mentions: BTreeSet<AgentId>,
    },
    /// What was said; a known external id: unchanged.
    Message(Message),
    /// Closes the ticket as a duplicate of another. The same again: unchanged.
    Merge {
        into: TicketId,
    },
    /// Brings a merged ticket back to what it was; one's owner keeps it, on duty or not, unless archived.
    Unmerge,
    /// Takes back the change that is this entry of the timeline, within [`super::UNDO_WITHIN`], by who made it, if the
    /// ticket still stands where the entry put it. What is said stays said. Undone already: `changed`; labels: unchanged.
    Undo {
        sequence: i64,
    },
}

/// To whom a ticket is assigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recipient {
    /// By name: even if offline or full. The team stays.
    Agent(AgentId),
    /// To a team or away from any: without an owner there, as the pool's policy says.
    Pool(Pool),
    /// Back to where it would wait: its team's pool, or the store's.
    Nobody,
}

/// What the caller believes of the owner (`expectedAgentId`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Expected {
    #[default]
    Anybody,
    Owner(Option<AgentId>),
}

impl Expected {
    pub(super) fn check(self, ticket: &Ticket) -> Result<(), Refusal> {
        match self {
            Self::Owner(agent) if agent != ticket.owner() => Err(Refusal::Changed),
            Self::Owner(_) | Self::Anybody => Ok(()),
        }
    }
}

/// Something that was said, to be recorded (desk 1, Messages).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub direction: Direction,
    pub text: Remark,
    /// When it was said.
    pub at: Timestamp,
    pub external_id: Option<ExternalId>,
}

/// What has to be read before [`super::decide`], besides the ticket, the settings and the roster.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Lookups<'a> {
    /// The message whose being there already is asked for.
    pub message: Option<&'a ExternalId>,
    pub survivor: Option<TicketId>,
    /// The timeline entry to read.
    pub entry: Option<i64>,
}

impl Command {
    pub fn lookups(&self) -> Lookups<'_> {
        match self {
            Self::Message(message) => Lookups { message: message.external_id.as_ref(), ..Lookups::default() },
            Self::Merge { into } => Lookups { survivor: Some(*into), ..Lookups::default() },
            Self::Undo { sequence } => Lookups { entry: Some(*sequence), ..Lookups::default() },
            _ => Lookups::default(),
        }
    }

    pub(super) fn act(&self) -> Act {
        match self {
            Self::Claim => Act::Claim,
            Self::HandOut | Self::AutoClose | Self::GiveOn => Act::Tend,
            Self::Label { .. } | Self::Note { .. } | Self::Message(_) => Act::Remark,
            // Whose change it was is asked where the entry is at hand.
            Self::Undo { .. } => Act::See,
            _ => Act::Handle,
        }
    }

    pub(super) fn expected(&self) -> Expected {
        match self {
            Self::Assign { expected, .. }
            | Self::Pass { expected, .. }
            | Self::Close { expected }
            | Self::Reopen { expected }
            | Self::Snooze { expected, .. } => *expected,
            _ => Expected::Anybody,
        }
    }
}
