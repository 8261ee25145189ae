//! What a decision depends on besides the turns: the store's settings and its active people, as of one version.

use crate::access::Role;
use crate::assign::ramp::Ramp;
use crate::holidays::Holidays;
use crate::hours::Hours;
use crate::ids::{AgentId, LabelId, StoreId, TeamId};
use crate::leave::Leaves;
use crate::life;
use crate::rules::{Matcher, Rule};
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
    /// To who has the fewest open tickets (desk 4).
    Balanced,
    /// People take tickets themselves.
    Unassigned,
}

impl Policy {
    pub const ALL: [Self; 3] = [Self::RoundRobin, Self::Balanced, Self::Unassigned];

    pub fn name(self) -> &'static str {
        match self {
            Self::RoundRobin => "round_robin",
            Self::Balanced => "balanced",
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
    pub leave: Leaves,
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
    pub routing: Routing,
    /// In the order in which they are looked at.
    pub rules: Vec<Rule>,
    pub desk: life::Settings,
}

/// What a store sets of how tickets find agents, besides its rules (desk 4). By default nothing is set. The serialized form
/// is the stored one; times in it are milliseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Routing {
    pub holidays: Holidays,
    /// For how long a customer's tickets go to the agent who had the last one; `None`: they do not.
    #[serde(with = "millis", skip_serializing_if = "Option::is_none")]
    pub sticky: Option<Duration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ramp: Option<Ramp>,
    /// How long an agent is offline when tickets that they have not touched are given on; `None`: they stay.
    #[serde(with = "millis", skip_serializing_if = "Option::is_none")]
    pub give_on_after: Option<Duration>,
    /// How long an agent who is signed in does nothing until they go offline; `None`: they do not.
    #[serde(with = "millis", skip_serializing_if = "Option::is_none")]
    pub idle_after: Option<Duration>,
}

/// A time in milliseconds, as a number.
mod millis {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::time::Duration;

    pub fn serialize<S: Serializer>(span: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
        let ms = span.map(|span| u64::try_from(span.as_millis()).unwrap_or(u64::MAX));
        ms.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<u64>::deserialize(deserializer)?.map(Duration::from_millis))
    }
}

/// The settings with the ways into them that intake needs.
#[derive(Debug)]
pub struct Roster {
    settings: Settings,
    agents_by_email: HashMap<Box<str>, usize>,
    /// Per agent, its teams: while all of them are closed it has no turns in the store's pool.
    teams_of: Vec<Vec<usize>>,
    rules: Matcher,
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
        let teams_of = settings.agents.iter().map(|agent| teams_of(&settings.teams, agent.id)).collect();
        let rules = Matcher::new(&settings.rules);
        Self { settings, agents_by_email, teams_of, rules }
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

    pub fn timezone(&self) -> &TimeZone {
        &self.settings.timezone
    }

    pub fn routing(&self) -> &Routing {
        &self.settings.routing
    }

    pub fn ramp(&self) -> Option<Ramp> {
        self.settings.routing.ramp
    }

    pub fn sticky(&self) -> Option<Duration> {
        self.settings.routing.sticky
    }

    pub fn rules(&self) -> &Matcher {
        &self.rules
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

    /// The same people, with one of them there or not.
    pub fn set_online(&mut self, id: AgentId, online: bool) {
        if let Ok(index) = self.settings.agents.binary_search_by_key(&id, |agent| agent.id) {
            self.settings.agents[index].online = online;
        }
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

    /// Whether anybody's turn depends on open tickets, so that loads have to be read: those of the agents with a limit, and
    /// everybody's where a pool is balanced.
    pub fn needs_loads(&self) -> bool {
        let balanced = |policy| policy == Policy::Balanced;
        self.settings.agents.iter().any(|agent| agent.max_open.is_some())
            || balanced(self.settings.policy)
            || self.settings.teams.iter().filter_map(|team| team.policy).any(balanced)
    }

    pub fn policy(&self, pool: Pool) -> Policy {
        let of_team = match pool {
            Pool::Store => None,
            Pool::Team(team) => self.team(team).and_then(|team| team.policy),
        };
        of_team.unwrap_or(self.settings.policy)
    }

    /// The pool's agents in the order of their ids, each with whether it is there, and if not when it is next.
    pub fn members(&self, pool: Pool, now: Timestamp) -> Vec<(&Agent, Presence)> {
        match pool {
            Pool::Store => {
                let teams: Vec<Presence> =
                    self.settings.teams.iter().map(|team| self.open(team, now)).collect();
                let teamless = self.open_at(None, None, now);
                let agents = self.settings.agents.iter().zip(&self.teams_of);
                let presence = |agent: &Agent, of: &[usize]| match of {
                    [] => teamless.of(agent, now),
                    of => any_open(of.iter().map(|index| teams[*index])).of(agent, now),
                };
                agents.map(|(agent, of)| (agent, presence(agent, of))).collect()
            }
            Pool::Team(id) => {
                let Some(team) = self.team(id) else { return Vec::new() };
                let open = self.open(team, now);
                let members = team.members.iter().filter_map(|id| self.agent(*id));
                members.map(|agent| (agent, open.of(agent, now))).collect()
            }
        }
    }

    fn open(&self, team: &Team, now: Timestamp) -> Presence {
        self.open_at(Some(team.id), team.hours.as_ref(), now)
    }

    fn open_at(&self, team: Option<TeamId>, hours: Option<&Hours>, now: Timestamp) -> Presence {
        let zone = &self.settings.timezone;
        let is_holiday = |at| self.settings.routing.holidays.has(zone.to_datetime(at).date(), team);
        let next = || self.next_open(hours, now, is_holiday);
        if is_holiday(now) {
            return Presence::Holiday { until: next() };
        }
        match hours {
            Some(hours) if !hours.contains(now, zone) => Presence::Outside { until: next() },
            _ => Presence::Within,
        }
    }

    /// The first moment after `now` within the hours that is no holiday, looked for among the days of a year.
    fn next_open(
        &self,
        hours: Option<&Hours>,
        now: Timestamp,
        is_holiday: impl Fn(Timestamp) -> bool,
    ) -> Option<Timestamp> {
        let zone = &self.settings.timezone;
        let mut at = now;
        for _ in 0..DAYS_LOOKED_AT {
            let midnight =
                zone.to_datetime(at).date().tomorrow().ok()?.to_zoned(zone.clone()).ok()?.timestamp();
            let start = hours.and_then(|hours| hours.next_start(at, zone));
            let within = hours.is_none_or(|hours| hours.contains(midnight, zone));
            at = match start {
                Some(start) if !within || start < midnight => start,
                _ => midnight,
            };
            if !is_holiday(at) && hours.is_none_or(|hours| hours.contains(at, zone)) {
                return Some(at);
            }
        }
        None
    }
}

/// How many openings are looked at for one that is no holiday.
const DAYS_LOOKED_AT: usize = 400;

/// Whether an agent is there to take turns, apart from being online.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    Within,
    OnLeave { until: Timestamp },
    Holiday { until: Option<Timestamp> },
    Outside { until: Option<Timestamp> },
}

impl Presence {
    /// That of an agent whose team is open or closed like this.
    fn of(self, agent: &Agent, now: Timestamp) -> Self {
        agent.leave.until(now).map_or(self, |until| Self::OnLeave { until })
    }
}

fn teams_of(teams: &[Team], agent: AgentId) -> Vec<usize> {
    teams
        .iter()
        .enumerate()
        .filter(|(_, team)| team.members.contains(&agent))
        .map(|(index, _)| index)
        .collect()
}

/// Open where any is; else closed until the first opens, for a holiday where one of them is closed for that.
fn any_open(teams: impl Iterator<Item = Presence>) -> Presence {
    let (mut soonest, mut holiday) = (None, false);
    for team in teams {
        let until = match team {
            Presence::Within => return Presence::Within,
            Presence::OnLeave { until } => Some(until),
            Presence::Holiday { until } => {
                holiday = true;
                until
            }
            Presence::Outside { until } => until,
        };
        soonest = soonest.into_iter().chain(until).min();
    }
    if holiday { Presence::Holiday { until: soonest } } else { Presence::Outside { until: soonest } }
}
