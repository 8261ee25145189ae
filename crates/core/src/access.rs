//! Who may see and do what (desk 3). What one may not see does not exist for one (404); what one sees but may not do
//! is forbidden (403).

mod sections;
mod within;

use crate::ids::{AgentId, KeyId, TeamId};
use crate::life::Ticket;
use crate::roster::Roster;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

pub use sections::{Extent, Reach, Section, reach};
pub use within::{Memberships, Subject};

/// What a person is in a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Agent,
    TeamManager,
    Admin,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Agent, Self::TeamManager, Self::Admin];

    pub fn name(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::TeamManager => "team_manager",
            Self::Admin => "admin",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// Who acts. Two are equal when they are the same, whatever their role has become meanwhile.
#[derive(Debug, Clone)]
pub enum Actor {
    Agent {
        id: AgentId,
        role: Role,
    },
    /// A key of scope `desk`.
    Key(KeyId),
    /// Who works on the machine itself, by the command line.
    Operator,
    /// What falls due by itself: waking, closing by itself, giving waiting tickets out.
    Clock,
}

impl Actor {
    pub fn agent(&self) -> Option<AgentId> {
        match self {
            Self::Agent { id, .. } => Some(*id),
            Self::Key(_) | Self::Operator | Self::Clock => None,
        }
    }
}

impl PartialEq for Actor {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Agent { id, .. }, Self::Agent { id: other, .. }) => id == other,
            (Self::Key(key), Self::Key(other)) => key == other,
            (Self::Operator, Self::Operator) | (Self::Clock, Self::Clock) => true,
            _ => false,
        }
    }
}

impl Eq for Actor {}

/// The stored form: `agent:17643`, `key:…`, `operator`, `clock`.
impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Agent { id, .. } => write!(f, "agent:{id}"),
            Self::Key(key) => write!(f, "key:{key}"),
            Self::Operator => f.write_str("operator"),
            Self::Clock => f.write_str("clock"),
        }
    }
}

/// The stored actor has none of the forms that are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is neither agent:NUMBER nor key:ID nor operator nor clock")]
pub struct UnknownActor;

/// Of the timeline; the role is not kept there, and an agent's is the least.
impl FromStr for Actor {
    type Err = UnknownActor;

    fn from_str(text: &str) -> Result<Self, UnknownActor> {
        match text.split_once(':') {
            None if text == "operator" => Ok(Self::Operator),
            None if text == "clock" => Ok(Self::Clock),
            Some(("agent", id)) => {
                let id = id.parse().map_err(|_| UnknownActor)?;
                Ok(Self::Agent { id: AgentId(id), role: Role::Agent })
            }
            Some(("key", key)) => KeyId::new(key).map(Self::Key).ok_or(UnknownActor),
            _ => Err(UnknownActor),
        }
    }
}

/// What is done with a ticket, as far as it matters who does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    See,
    /// Notes, messages, labels: they never get into another's way.
    Remark,
    Claim,
    /// Everything else that people do.
    Handle,
    /// What only the clock does.
    Tend,
}

impl Act {
    pub const ALL: [Self; 5] = [Self::See, Self::Remark, Self::Claim, Self::Handle, Self::Tend];
}

/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Barred {
    /// 404
    Hidden,
    /// 403
    Forbidden,
}

/// Where a person stands to a ticket, the nearest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Nearness {
    /// Theirs, or theirs when it was last open.
    Own,
    /// Nobody's, of one of their teams or of none; also one that was put away or closed before anybody had it.
    Free,
    /// A colleague's, of one of their teams.
    Team,
    /// A member's of one of their teams, but not the team's.
    Member,
    Foreign,
}

impl Nearness {
    pub const ALL: [Self; 5] = [Self::Own, Self::Free, Self::Team, Self::Member, Self::Foreign];

    pub fn of(agent: AgentId, ticket: &Ticket, roster: &Roster) -> Self {
        let in_team = |team: TeamId, agent| {
            roster.team(team).is_some_and(|team| team.members.binary_search(&agent).is_ok())
        };
        let own_team = ticket.team.is_some_and(|team| in_team(team, agent));
        match ticket.owner() {
            Some(owner) if owner == agent => Self::Own,
            None if own_team || ticket.team.is_none() => Self::Free,
            Some(_) if own_team => Self::Team,
            Some(owner)
                if roster.teams().iter().any(|team| in_team(team.id, agent) && in_team(team.id, owner)) =>
            {
                Self::Member
            }
            _ => Self::Foreign,
        }
    }
}

/// Whether `by` may do this to the ticket. `see_all` is the store's setting that agents see all tickets; it widens
/// what is seen and remarked on, not what is handled.
pub fn to_ticket(
    by: &Actor,
    ticket: &Ticket,
    act: Act,
    roster: &Roster,
    see_all: bool,
) -> Result<(), Barred> {
    match by {
        Actor::Clock => Ok(()),
        Actor::Key(_) | Actor::Operator => {
            if matches!(act, Act::Claim | Act::Tend) {
                Err(Barred::Forbidden)
            } else {
                Ok(())
            }
        }
        Actor::Agent { id, role } => allowed(*role, Nearness::of(*id, ticket, roster), act, see_all),
    }
}

fn allowed(role: Role, nearness: Nearness, act: Act, see_all: bool) -> Result<(), Barred> {
    let handles_up_to = match role {
        Role::Agent => Nearness::Free,
        Role::TeamManager => Nearness::Member,
        Role::Admin => Nearness::Foreign,
    };
    let sees_up_to = match role {
        Role::Agent if !see_all => Nearness::Team,
        Role::TeamManager if !see_all => Nearness::Member,
        _ => Nearness::Foreign,
    };
    if nearness > sees_up_to {
        return Err(Barred::Hidden);
    }
    let may = match act {
        // Claiming another's ticket is answered with whose it is, not with a refusal.
        Act::See | Act::Remark | Act::Claim => true,
        Act::Handle => nearness <= handles_up_to,
        Act::Tend => false,
    };
    if may { Ok(()) } else { Err(Barred::Forbidden) }
}

#[cfg(test)]
mod tests;
