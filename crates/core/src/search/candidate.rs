//! A ticket that a list may show, and who looks at the list.

use super::query::Identity;
use crate::access::{Actor, Role};
use crate::ids::{AgentId, TeamId};
use crate::life::Ticket;
use crate::roster::Roster;
use crate::ticket::Channel;
use std::collections::BTreeSet;

/// A ticket with what decides whether it is shown, and where.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// With its labels where [`super::Facts::labels`] asks for them.
    pub ticket: Ticket,
    pub channel: Channel,
    /// The position of its last event among the store's.
    pub changed: i64,
    /// Whether a note on it mentions the agent that [`super::Facts::mentioned`] names.
    pub mentioned: bool,
    /// Its customer, where [`super::Facts::customers`] asks for it.
    pub customer: Option<Identity>,
    /// Whether it has the words that [`super::Facts::words`] names.
    pub worded: bool,
}

/// Who looks, as far as what a list shows depends on it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Looker {
    /// `me` in a filter.
    pub agent: Option<AgentId>,
    /// `mine` in a filter.
    pub teams: BTreeSet<TeamId>,
    /// The other members of these teams, where their tickets are seen too.
    pub(super) members: BTreeSet<AgentId>,
    /// Whether there are tickets that are not seen.
    pub(super) restricted: bool,
}

impl Looker {
    pub fn new(actor: &Actor, roster: &Roster) -> Self {
        let Actor::Agent { id, role } = actor else { return Self::default() };
        let teams = || roster.teams().iter().filter(|team| team.members.binary_search(id).is_ok());
        let members = teams().flat_map(|team| team.members.iter().copied()).filter(|member| member != id);
        Self {
            agent: Some(*id),
            teams: teams().map(|team| team.id).collect(),
            members: members.filter(|_| *role == Role::TeamManager).collect(),
            restricted: *role != Role::Admin && !roster.desk().agents_see_all,
        }
    }
}
