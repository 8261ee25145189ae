//! A ticket as its commands see it: where it stands, whose it is, and what is on it.

use crate::ids::{AgentId, CustomerId, LabelId, StageId, TeamId, TicketId};
use crate::roster::Roster;
use crate::ticket::{Pool, Stage as Kind};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Sorts views; it never changes who gets what (desk 1, Priority).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    Low,
    #[default]
    Normal,
    High,
    Urgent,
}

impl Priority {
    pub const ALL: [Self; 4] = [Self::Low, Self::Normal, Self::High, Self::Urgent];

    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
            Self::Urgent => "urgent",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|priority| priority.name() == name)
    }

    /// The number it is stored and sorted by: 0 for low to 3 for urgent.
    pub fn rank(self) -> i64 {
        self as i64
    }

    pub fn from_rank(rank: i64) -> Option<Self> {
        usize::try_from(rank).ok().and_then(|rank| Self::ALL.get(rank).copied())
    }
}

/// Whose an open ticket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    Owned(AgentId),
    /// The pool will give it out.
    Waiting(Pool),
    /// People take it themselves.
    Unclaimed,
}

/// What closed a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClosedBy {
    Agent,
    Key,
    Auto,
    Merge,
}

impl ClosedBy {
    pub const ALL: [Self; 4] = [Self::Agent, Self::Key, Self::Auto, Self::Merge];

    pub fn name(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Key => "key",
            Self::Auto => "auto",
            Self::Merge => "merge",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.name() == name)
    }
}

/// Where a ticket stands (desk 1). `agent` of one that is not open is whose it was and will be again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum State {
    Open {
        stage: StageId,
        place: Place,
    },
    Snoozed {
        stage: StageId,
        until: Timestamp,
        agent: Option<AgentId>,
    },
    Closed {
        at: Timestamp,
        by: ClosedBy,
        agent: Option<AgentId>,
    },
    /// Closed as a duplicate; unmerging brings back what it `was`, which is none of this kind.
    Merged {
        at: Timestamp,
        into: TicketId,
        was: Box<State>,
    },
}

impl State {
    pub fn kind(&self) -> Kind {
        match self {
            Self::Open { .. } => Kind::Open,
            Self::Snoozed { .. } => Kind::Snoozed,
            Self::Closed { .. } | Self::Merged { .. } => Kind::Closed,
        }
    }

    /// Whose an open ticket is, or the kind of its stage: `owned`, `waiting`, `unclaimed`, `snoozed`, `closed`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Open { place: Place::Owned(_), .. } => "owned",
            Self::Open { place: Place::Waiting(_), .. } => "waiting",
            Self::Open { place: Place::Unclaimed, .. } => "unclaimed",
            other => other.kind().name(),
        }
    }

    pub fn agent(&self) -> Option<AgentId> {
        match self {
            Self::Open { place: Place::Owned(agent), .. } => Some(*agent),
            Self::Open { .. } => None,
            Self::Snoozed { agent, .. } | Self::Closed { agent, .. } => *agent,
            Self::Merged { was, .. } => was.agent(),
        }
    }

    /// Whose load it is (desk 1, Load).
    pub fn loads(&self) -> Option<AgentId> {
        self.agent().filter(|_| self.kind() == Kind::Open)
    }

    pub fn waiting(&self) -> Option<Pool> {
        match self {
            Self::Open { place: Place::Waiting(pool), .. } => Some(*pool),
            _ => None,
        }
    }

    /// When it wakes by itself.
    pub fn wakes_at(&self) -> Option<Timestamp> {
        match self {
            Self::Snoozed { until, .. } => Some(*until),
            _ => None,
        }
    }

    pub fn closed_at(&self) -> Option<Timestamp> {
        match self {
            Self::Closed { at, .. } | Self::Merged { at, .. } => Some(*at),
            Self::Open { .. } | Self::Snoozed { .. } => None,
        }
    }

    pub fn closed_by(&self) -> Option<ClosedBy> {
        match self {
            Self::Closed { by, .. } => Some(*by),
            Self::Merged { .. } => Some(ClosedBy::Merge),
            Self::Open { .. } | Self::Snoozed { .. } => None,
        }
    }

    pub fn merged_into(&self) -> Option<TicketId> {
        match self {
            Self::Merged { into, .. } => Some(*into),
            _ => None,
        }
    }
}

/// A ticket without its texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    pub id: TicketId,
    pub customer: CustomerId,
    pub created_at: Timestamp,
    pub state: State,
    pub team: Option<TeamId>,
    pub labels: BTreeSet<LabelId>,
    pub priority: Priority,
    /// Who has passed it on since somebody was named for it.
    pub passed: BTreeSet<AgentId>,
    /// Whether its owner has done something about it (desk 1, Touch).
    pub touched: bool,
    /// When its customer last wrote.
    pub heard_at: Option<Timestamp>,
    /// When it was last opened: by its creation, by waking, by reopening.
    pub opened_at: Timestamp,
    /// When its last timeline entry was made.
    pub changed_at: Timestamp,
    /// The number of its last timeline entry; its creation is 1.
    pub sequence: i64,
}

impl Ticket {
    pub fn owner(&self) -> Option<AgentId> {
        self.state.agent()
    }

    pub fn kind(&self) -> Kind {
        self.state.kind()
    }

    /// The pool of its team, or the store's where it has none that is active.
    pub fn pool(&self, roster: &Roster) -> Pool {
        let team = self.team.filter(|team| roster.team(*team).is_some());
        team.map_or(Pool::Store, Pool::Team)
    }

    /// Since when its customer is waited for: closing by itself counts from here.
    pub fn quiet_since(&self) -> Timestamp {
        self.heard_at.map_or(self.opened_at, |heard| heard.max(self.opened_at))
    }

    /// Everything about it that commands which do not commute may change.
    pub fn position(&self) -> Position {
        Position {
            state: self.state.clone(),
            team: self.team,
            passed: self.passed.clone(),
            touched: self.touched,
        }
    }

    /// The same in another position.
    pub fn at(&self, position: Position) -> Self {
        let mut ticket = self.clone();
        ticket.put(position);
        ticket
    }

    pub(super) fn put(&mut self, position: Position) {
        let Position { state, team, passed, touched } = position;
        (self.state, self.team, self.passed, self.touched) = (state, team, passed, touched);
    }
}

/// Where a ticket stood before or after a move, as the timeline keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    #[serde(flatten)]
    pub state: State,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamId>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub passed: BTreeSet<AgentId>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub touched: bool,
}

impl Position {
    /// Whether the ticket stands where `other` has it; who has touched it is not asked.
    pub fn is_at(&self, other: &Self) -> bool {
        (&self.state, self.team) == (&other.state, other.team)
    }
}
