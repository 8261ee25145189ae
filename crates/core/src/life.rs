//! A ticket's life after its creation (desk 1 and 2): every command as a function of the ticket, the facts, who acts
//! and when. The adapter reads what [`Command::lookups`] asks for, under the store's routing row; [`decide`] says what
//! is to be written.
//!
//! A ticket that is let go waits in its pool. Giving waiting tickets out is a command of its own
//! ([`Command::HandOut`]), run in the same transaction on the oldest waiting tickets of a pool, so that nothing
//! overtakes and there is one way out of a pool.

mod command;
mod creation;
mod draft;
mod entry;
mod handing;
mod merging;
mod remarks;
mod shift;
mod standing;
mod state;
mod undoing;

use crate::access::{self, Actor, Barred};
use crate::assign::Decision;
use crate::ids::{AgentId, LabelId, StageId, TeamId, TicketId};
use crate::roster::Roster;
use crate::stages::Stages;
use crate::ticket::Pool;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub use command::{Command, Expected, Lookups, Message, Recipient};
pub use entry::{Direction, Entry, Moved, What};
pub use shift::{Held, Known, Needed, Order, Outcome, Shift, Told, Worked};
pub use state::{ClosedBy, Place, Position, Priority, State, Ticket};

use draft::Draft;

/// How long a change can be undone (desk 1, Undo).
pub const UNDO_WITHIN: Duration = Duration::from_secs(10);

/// The store's settings that a ticket's life depends on.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    pub stages: Stages,
    /// How long after its closing a customer's message reopens a ticket; zero: never.
    pub reopen_within: Duration,
    /// How long after its customer was last heard of an open ticket closes by itself; `None`: it never does.
    pub close_after: Option<Duration>,
    /// Whether agents see all tickets of the store (desk 3).
    pub agents_see_all: bool,
}

/// What a decision depends on besides the ticket and the command. Who decides several in one transaction brings each
/// change into the facts before the next.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// In whole milliseconds.
    pub now: Timestamp,
    pub roster: &'a Roster,
    pub settings: &'a Settings,
    /// What was decided for [`asks_for`].
    pub next: Option<&'a Decision>,
    pub found: Found<'a>,
}

/// What was read for [`Lookups`].
#[derive(Debug, Clone, Copy, Default)]
pub struct Found<'a> {
    /// Whether the ticket has a message of this external id already.
    pub repeated: bool,
    /// The ticket that [`Lookups::survivor`] names.
    pub survivor: Option<&'a Ticket>,
    /// The entry of this ticket's timeline that [`Lookups::entry`] names.
    pub entry: Option<&'a Entry>,
}

/// What a command comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Changed(Box<Change>),
    /// Nothing to write: the ticket is already as the command would have it.
    Unchanged,
    /// A customer's message to a ticket closed for too long: it belongs into a new ticket that links to this one.
    NewTicket {
        linked_to: TicketId,
    },
    /// A customer's message to a merged ticket: it belongs to the ticket that this one was merged into.
    Elsewhere {
        ticket: TicketId,
    },
}

/// What has to be written, in one transaction. Loads and waiting counts are differences, never zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// As it is afterwards.
    pub ticket: Ticket,
    /// Its new timeline entries, at least one; each is an event too.
    pub entries: Vec<Entry>,
    pub loads: BTreeMap<AgentId, i64>,
    pub waiting: BTreeMap<Pool, i64>,
    /// The pool whose turn moved, and to whom.
    pub turn: Option<(Pool, AgentId)>,
}

/// Why a command does nothing. The first two are 404 and 403; those about the ticket's state are 409, the rest 422.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Refusal {
    #[error("there is no such ticket")]
    NotFound,
    #[error("this is not yours to do")]
    Forbidden,
    #[error("the ticket has an owner already: agent {owner}")]
    AlreadyOwned { owner: AgentId },
    #[error("the ticket has changed since you saw it")]
    Changed,
    #[error("the ticket is not open")]
    NotOpen,
    #[error("the ticket is not snoozed")]
    NotSnoozed,
    #[error("the ticket is not closed")]
    NotClosed,
    #[error("the ticket has no owner")]
    NotOwned,
    #[error("the ticket is merged into ticket {into}")]
    Merged { into: TicketId },
    #[error("the ticket is not merged")]
    NotMerged,
    #[error("a ticket cannot be merged into itself")]
    IntoItself,
    #[error("there is no ticket to merge into under this number")]
    UnknownTicket,
    #[error("agent {0} is not an active agent of this store")]
    UnknownAgent(AgentId),
    #[error("team {0} is not an active team of this store")]
    UnknownTeam(TeamId),
    #[error("label {0} is not an active label of this store")]
    UnknownLabel(LabelId),
    #[error("stage {0} is not an open stage of this store")]
    UnknownStage(StageId),
    #[error("the time has passed already")]
    Past,
    #[error("this cannot be undone")]
    NotUndoable,
    #[error("this can be undone for {} seconds only", UNDO_WITHIN.as_secs())]
    TooLate,
}

impl Refusal {
    /// The stable code that clients see.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Forbidden => "forbidden",
            Self::AlreadyOwned { .. } => "already_owned",
            Self::Changed => "changed",
            Self::NotOpen => "not_open",
            Self::NotSnoozed => "not_snoozed",
            Self::NotClosed => "not_closed",
            Self::NotOwned => "not_owned",
            Self::Merged { .. } => "merged",
            Self::NotMerged => "not_merged",
            Self::IntoItself => "into_itself",
            Self::UnknownTicket => "unknown_ticket",
            Self::UnknownAgent(_) => "unknown_agent",
            Self::UnknownTeam(_) => "unknown_team",
            Self::UnknownLabel(_) => "unknown_label",
            Self::UnknownStage(_) => "unknown_stage",
            Self::Past => "past",
            Self::NotUndoable => "not_undoable",
            Self::TooLate => "too_late",
        }
    }
}

impl From<Barred> for Refusal {
    fn from(barred: Barred) -> Self {
        match barred {
            Barred::Hidden => Self::NotFound,
            Barred::Forbidden => Self::Forbidden,
        }
    }
}

/// Whose turn a command asks for: of which pool, for a ticket that these have passed on.
pub fn asks_for(ticket: &Ticket, command: &Command, roster: &Roster) -> Option<(Pool, BTreeSet<AgentId>)> {
    match command {
        Command::HandOut => Some((ticket.state.waiting()?, ticket.passed.clone())),
        Command::Pass { .. } => {
            let mut passed = ticket.passed.clone();
            passed.extend(ticket.owner());
            Some((ticket.pool(roster), passed))
        }
        _ => None,
    }
}

/// Decides one command on one ticket. Access comes first, then what the caller expected, then the command's own rules.
pub fn decide(ticket: &Ticket, facts: &Facts, by: &Actor, command: &Command) -> Result<Verdict, Refusal> {
    if !takes_back_own(by, facts, command) {
        access::to_ticket(by, ticket, command.act(), facts.roster, facts.settings.agents_see_all)?;
    }
    if let Command::Message(message) = command {
        return remarks::message(Draft::new(ticket, facts, by), message);
    }
    command.expected().check(ticket)?;
    let mut draft = Draft::new(ticket, facts, by);
    match command {
        Command::Claim => draft.claim(),
        Command::Assign { to, .. } => draft.assign(*to),
        Command::Pass { grounds, .. } => draft.pass(grounds),
        Command::HandOut => draft.hand_out(),
        Command::Close { .. } => draft.close(),
        Command::Reopen { .. } => draft.reopen(),
        Command::Snooze { until, .. } => draft.snooze(*until),
        Command::Wake => draft.wake(),
        Command::AutoClose => draft.auto_close(),
        Command::GiveOn => draft.give_on(),
        Command::SetStage(stage) => draft.set_stage(*stage),
        Command::SetPriority(priority) => draft.set_priority(*priority),
        Command::Label { add, remove } => draft.label(add, remove),
        Command::Note { text, mentions } => draft.note(text, mentions),
        Command::Message(_) => Ok(()),
        Command::Merge { into } => draft.merge(*into),
        Command::Unmerge => draft.unmerge(),
        Command::Undo { .. } => draft.undo(),
    }?;
    Ok(draft.verdict())
}

/// Who gives a ticket away may not see it any more, and can undo it all the same.
fn takes_back_own(by: &Actor, facts: &Facts, command: &Command) -> bool {
    let own = facts.found.entry.is_some_and(|entry| entry.by == *by);
    own && matches!(command, Command::Undo { .. })
}

#[cfg(test)]
pub(crate) mod desk;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
