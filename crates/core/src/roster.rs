//! What a decision depends on besides the turns: the store's settings and its active people, as of one version.

use crate::access::Role;
use crate::hours::Hours;
use crate::ids::{AgentId, LabelId, StoreId, TeamId};
use crate::life;
use crate::ticket::{Channel, Pool};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use std::time::Duration;

/// How a pool gives tickets out (contract 1, Assignment).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    RoundRobin,
    /// People take tickets themselves.
    Unassigned,
}

impl Policy {
    pub const ALL: [Self; 2] = [Self::RoundRobin, Self::Unassigned];

    pub fn name(self) -> &'static str {
        match self {
            Self::RoundRobin => "round_robin",
            Self::Unassigned => "unassigned",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.name() == name)
    }
}

/// An active agent.
#[derive(Debug, Clone)]
pub struct Agent {
    pub id: AgentId,
    pub name: Box<str>,
    /// The mail address in its compared form.
    pub email_key: Box<str>,
    pub role: Role,
    pub online: bool,
    /// The most open tickets at which the agent still takes turns is one below this.
    pub max_open: Option<u32>,
}

/// An active team.
#[derive(Debug, Clone)]
pub struct Team {
    pub id: TeamId,
    pub name: Box<str>,
    /// `None` follows the store's.
    pub policy: Option<Policy>,
    /// `None` is always open.
    pub hours: Option<Hours>,
    pub members: Vec<AgentId>,
}

/// The settings that [`Roster::new`] puts in order. Archived agents, teams, labels and addresses are not in it.
#[derive(Debug, Clone)]
pub struct Settings {
    pub store: StoreId,
    pub version: i64,
    pub timezone: TimeZone,
    pub policy: Policy,
    /// Zero when off.
    pub dedupe_window: Duration,
    pub agents: Vec<Agent>,
    pub teams: Vec<Team>,
    pub labels: HashSet<LabelId>,
    /// Addresses in their compared form.
    pub brand_addresses: HashSet<(Channel, Box<str>)>,
    pub desk: life::Settings,
}

/// The settings with the ways into them that intake needs.
#[derive(Debug)]
pub struct Roster {
    settings: Settings,
    agents_by_email: HashMap<Box<str>, usize>,
    /// Per agent, the teams whose hours decide over its turns in the store's pool; `None` means always.
    hours_of: Vec<Option<Vec<usize>>>,
}

impl Roster {
    pub fn new(mut settings: Settings) -> Self {
        settings.agents.sort_by_key(|agent| agent.id);
        settings.teams.sort_by_key(|team| team.id);
        for team in &mut settings.teams {
            team.members.sort_unstable();
            team.members.retain(|id| settings.agents.binary_search_by_key(id, |agent| agent.id).is_ok());
        }
        let by_email = settings.agents.iter().enumerate();
        let agents_by_email = by_email.map(|(index, agent)| (agent.email_key.clone(), index)).collect();
        let hours_of =
            settings.agents.iter().map(|agent| teams_with_hours(&settings.teams, agent.id)).collect();
        Self { settings, agents_by_email, hours_of }
    }

    pub fn store(&self) -> &StoreId {
        &self.settings.store
    }

    pub fn version(&self) -> i64 {
        self.settings.version
    }

    pub fn dedupe_window(&self) -> Duration {
        self.settings.dedupe_window
    }

    /// What a ticket's life depends on after its creation.
    pub fn desk(&self) -> &life::Settings {
        &self.settings.desk
    }

    pub fn agents(&self) -> &[Agent] {
        &self.settings.agents
    }

    pub fn agent(&self, id: AgentId) -> Option<&Agent> {
        let index = self.settings.agents.binary_search_by_key(&id, |agent| agent.id).ok()?;
        Some(&self.settings.agents[index])
    }

    pub fn agent_by_email(&self, key: &str) -> Option<&Agent> {
        self.agents_by_email.get(key).map(|index| &self.settings.agents[*index])
    }

    pub fn teams(&self) -> &[Team] {
        &self.settings.teams
    }

    pub fn team(&self, id: TeamId) -> Option<&Team> {
        let index = self.settings.teams.binary_search_by_key(&id, |team| team.id).ok()?;
        Some(&self.settings.teams[index])
    }

    pub fn has_label(&self, label: LabelId) -> bool {
        self.settings.labels.contains(&label)
    }

    /// Whether the store is reached under this address, which is in its compared form.
    pub fn has_brand_address(&self, channel: Channel, address: &str) -> bool {
        self.settings.brand_addresses.contains(&(channel, address.into()))
    }

    /// Whether anybody's turn depends on open tickets, so that loads have to be read.
    pub fn has_limits(&self) -> bool {
        self.settings.agents.iter().any(|agent| agent.max_open.is_some())
    }

    pub fn policy(&self, pool: Pool) -> Policy {
        let of_team = match pool {
            Pool::Store => None,
            Pool::Team(team) => self.team(team).and_then(|team| team.policy),
        };
        of_team.unwrap_or(self.settings.policy)
    }

    /// The pool's agents in the order of their ids, each with when its hours begin next if it is outside them.
    pub fn members(&self, pool: Pool, now: Timestamp) -> Vec<(&Agent, Presence)> {
        match pool {
            Pool::Store => {
                let open: Vec<Presence> =
                    self.settings.teams.iter().map(|team| self.presence(team, now)).collect();
                let agents = self.settings.agents.iter().zip(&self.hours_of);
                agents.map(|(agent, teams)| (agent, any_present(teams.as_deref(), &open))).collect()
            }
            Pool::Team(id) => {
                let Some(team) = self.team(id) else { return Vec::new() };
                let presence = self.presence(team, now);
                team.members.iter().filter_map(|id| self.agent(*id)).map(|agent| (agent, presence)).collect()
            }
        }
    }

    fn presence(&self, team: &Team, now: Timestamp) -> Presence {
        let zone = &self.settings.timezone;
        match &team.hours {
            Some(hours) if !hours.contains(now, zone) => {
                Presence::Outside { until: hours.next_start(now, zone) }
            }
            _ => Presence::Within,
        }
    }
}

/// Whether an agent is within its working hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    Within,
    Outside { until: Option<Timestamp> },
}

/// `None` when the agent has no team, or one that is always open.
fn teams_with_hours(teams: &[Team], agent: AgentId) -> Option<Vec<usize>> {
    let mut indices = Vec::new();
    for (index, team) in teams.iter().enumerate().filter(|(_, team)| team.members.contains(&agent)) {
        team.hours.as_ref()?;
        indices.push(index);
    }
    (!indices.is_empty()).then_some(indices)
}

fn any_present(teams: Option<&[usize]>, open: &[Presence]) -> Presence {
    let Some(teams) = teams else { return Presence::Within };
    let mut soonest = None;
    for index in teams {
        match open[*index] {
            Presence::Within => return Presence::Within,
            Presence::Outside { until } => soonest = soonest.into_iter().chain(until).min(),
        }
    }
    Presence::Outside { until: soonest }
}
