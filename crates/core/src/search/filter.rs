//! Which tickets a list shows.

use super::{Age, Candidate, Looker};
use crate::ids::{AgentId, CustomerId, LabelId, StageId, TeamId};
use crate::life::{Priority, State};
use crate::problem::Problems;
use crate::ticket::{Channel, Stage as Kind};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::str::FromStr;

/// How a ticket stands: its kind, and for an open one whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Open,
    Owned,
    Waiting,
    Unclaimed,
    Snoozed,
    Closed,
}

impl Standing {
    pub const ALL: [Self; 6] =
        [Self::Open, Self::Owned, Self::Waiting, Self::Unclaimed, Self::Snoozed, Self::Closed];

    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Owned => "owned",
            Self::Waiting => "waiting",
            Self::Unclaimed => "unclaimed",
            Self::Snoozed => "snoozed",
            Self::Closed => "closed",
        }
    }

    /// The kind that it is all of, if it is one.
    pub(super) fn kind(self) -> Option<Kind> {
        match self {
            Self::Open => Some(Kind::Open),
            Self::Snoozed => Some(Kind::Snoozed),
            Self::Closed => Some(Kind::Closed),
            Self::Owned | Self::Waiting | Self::Unclaimed => None,
        }
    }

    pub fn is_of(self, state: &State) -> bool {
        let kind = state.kind();
        match self {
            Self::Open => kind == Kind::Open,
            Self::Owned => state.loads().is_some(),
            Self::Waiting => state.waiting().is_some(),
            Self::Unclaimed => kind == Kind::Open && state.agent().is_none() && state.waiting().is_none(),
            Self::Snoozed => kind == Kind::Snoozed,
            Self::Closed => kind == Kind::Closed,
        }
    }
}

/// Whose: one agent's, the caller's own, or nobody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgentIs {
    Me,
    Nobody,
    Agent(AgentId),
}

/// Of one team, of any of the caller's own, or of none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TeamIs {
    None,
    Mine,
    Team(TeamId),
}

/// Conditions that a ticket meets all of; one that is not set is met. A filter that is empty shows everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    pub state: Option<Standing>,
    /// The stage of an open ticket, or that to which a snoozed one wakes.
    pub stage: Option<StageId>,
    pub channel: Option<Channel>,
    pub agent: Option<AgentIs>,
    pub team: Option<TeamIs>,
    /// The ticket has all of them.
    pub labels: BTreeSet<LabelId>,
    pub priority: Option<Priority>,
    pub customer: Option<CustomerId>,
    /// A note on it mentions the caller.
    pub mentioned: bool,
    /// Created at least this long ago.
    pub older_than: Option<Age>,
    /// Created less than this long ago.
    pub younger_than: Option<Age>,
}

impl Filter {
    /// The most labels asked for at once.
    pub const MAX_LABELS: usize = 50;

    /// Heeds one query parameter; `false` when the name is none of a filter's. Only `label` may come repeatedly.
    pub fn heed(&mut self, name: &str, value: &str, problems: &mut Problems) -> bool {
        match name {
            "state" => once("state", &mut self.state, standing(value), problems),
            "stage" => once("stage", &mut self.stage, number(value).map(StageId), problems),
            "channel" => once("channel", &mut self.channel, channel(value), problems),
            "agent" => once("agent", &mut self.agent, agent(value), problems),
            "team" => once("team", &mut self.team, team(value), problems),
            "label" => self.heed_label(value, problems),
            "priority" => once("priority", &mut self.priority, priority(value), problems),
            "customer" => once("customer", &mut self.customer, customer(value), problems),
            "mentioned" => self.heed_mentioned(value, problems),
            "olderThan" => once("olderThan", &mut self.older_than, age(value), problems),
            "youngerThan" => once("youngerThan", &mut self.younger_than, age(value), problems),
            _ => return false,
        }
        true
    }

    fn heed_mentioned(&mut self, value: &str, problems: &mut Problems) {
        let mut slot = self.mentioned.then_some(());
        once("mentioned", &mut slot, if value == "me" { Ok(()) } else { Err("is me") }, problems);
        self.mentioned = slot.is_some();
    }

    fn heed_label(&mut self, value: &str, problems: &mut Problems) {
        match number(value) {
            Ok(label) => drop(self.labels.insert(LabelId(label))),
            Err(detail) => problems.add("label", detail),
        }
        if self.labels.len() > Self::MAX_LABELS {
            problems.add("label", format!("comes at most {} times", Self::MAX_LABELS));
        }
    }

    /// The query parameters that [`Filter::heed`] makes the same filter of.
    pub fn parameters(&self) -> Vec<(&'static str, String)> {
        let single = [
            ("state", self.state.map(|state| state.name().into())),
            ("stage", self.stage.map(|stage| stage.to_string())),
            ("channel", self.channel.map(|channel| channel.name().into())),
            ("agent", self.agent.map(agent_name)),
            ("team", self.team.map(team_name)),
            ("priority", self.priority.map(|priority| priority.name().into())),
            ("customer", self.customer.as_ref().map(ToString::to_string)),
            ("mentioned", self.mentioned.then(|| "me".into())),
            ("olderThan", self.older_than.map(|age| age.to_string())),
            ("youngerThan", self.younger_than.map(|age| age.to_string())),
        ];
        let labels = self.labels.iter().map(|label| ("label", label.to_string()));
        single.into_iter().filter_map(|(name, value)| Some((name, value?))).chain(labels).collect()
    }

    /// When a ticket was created that the ages leave: from the first instant on, and up to the second.
    pub fn created(&self, now: Timestamp) -> (Option<Timestamp>, Option<Timestamp>) {
        let ago = |age: Age| now.saturating_sub(age.duration()).unwrap_or(Timestamp::MIN);
        let just_after = |at: Timestamp| at.saturating_add(std::time::Duration::from_millis(1)).unwrap_or(at);
        (self.younger_than.map(ago).map(just_after), self.older_than.map(ago))
    }

    /// Whether the ticket is shown to who looks.
    pub fn shows(&self, candidate: &Candidate, looker: &Looker, now: Timestamp) -> bool {
        let ticket = &candidate.ticket;
        let (from, to) = self.created(now);
        self.state.is_none_or(|state| state.is_of(&ticket.state))
            && self.stage.is_none_or(|stage| stage_of(&ticket.state) == Some(stage))
            && self.channel.is_none_or(|channel| channel == candidate.channel)
            && self.agent.is_none_or(|agent| is_agent(agent, ticket.owner(), looker.agent))
            && self.team.is_none_or(|team| is_team(team, ticket.team, looker))
            && self.labels.is_subset(&ticket.labels)
            && self.priority.is_none_or(|priority| priority == ticket.priority)
            && self.customer.as_ref().is_none_or(|customer| *customer == ticket.customer)
            && (candidate.mentioned || !self.mentioned)
            && from.is_none_or(|from| ticket.created_at >= from)
            && to.is_none_or(|to| ticket.created_at <= to)
    }
}

type Read<T> = Result<T, &'static str>;

fn once<T>(field: &'static str, slot: &mut Option<T>, read: Read<T>, problems: &mut Problems) {
    match read {
        Ok(_) if slot.is_some() => problems.add(field, "comes twice"),
        Ok(value) => *slot = Some(value),
        Err(detail) => problems.add(field, detail),
    }
}

fn standing(value: &str) -> Read<Standing> {
    let found = Standing::ALL.into_iter().find(|state| state.name() == value);
    found.ok_or("is one of open, owned, waiting, unclaimed, snoozed, closed")
}

fn channel(value: &str) -> Read<Channel> {
    Channel::from_name(value).ok_or("is one of whatsapp, email, tasks")
}

fn priority(value: &str) -> Read<Priority> {
    Priority::from_name(value).ok_or("is one of low, normal, high, urgent")
}

fn customer(value: &str) -> Read<CustomerId> {
    CustomerId::new(value).ok_or("is 1 to 128 characters")
}

fn age(value: &str) -> Read<Age> {
    Age::from_str(value).map_err(|_| "is a number of minutes, hours or days like 30m, 2h or 7d, up to 3650d")
}

fn agent(value: &str) -> Read<AgentIs> {
    match value {
        "me" => Ok(AgentIs::Me),
        "none" => Ok(AgentIs::Nobody),
        id => number(id).map(|id| AgentIs::Agent(AgentId(id))).map_err(|_| "is a number, me, or none"),
    }
}

fn team(value: &str) -> Read<TeamIs> {
    match value {
        "none" => Ok(TeamIs::None),
        "mine" => Ok(TeamIs::Mine),
        id => number(id).map(|id| TeamIs::Team(TeamId(id))).map_err(|_| "is a number, mine, or none"),
    }
}

fn number(value: &str) -> Read<i64> {
    let plain = value.bytes().all(|b| b.is_ascii_digit());
    value.parse().ok().filter(|_| plain).ok_or("is a number")
}

fn agent_name(agent: AgentIs) -> String {
    match agent {
        AgentIs::Me => "me".into(),
        AgentIs::Nobody => "none".into(),
        AgentIs::Agent(id) => id.to_string(),
    }
}

fn team_name(team: TeamIs) -> String {
    match team {
        TeamIs::None => "none".into(),
        TeamIs::Mine => "mine".into(),
        TeamIs::Team(id) => id.to_string(),
    }
}

fn is_agent(asked: AgentIs, owner: Option<AgentId>, me: Option<AgentId>) -> bool {
    match asked {
        AgentIs::Me => owner.is_some() && owner == me,
        AgentIs::Nobody => owner.is_none(),
        AgentIs::Agent(agent) => owner == Some(agent),
    }
}

fn is_team(asked: TeamIs, of: Option<TeamId>, looker: &Looker) -> bool {
    match asked {
        TeamIs::None => of.is_none(),
        TeamIs::Mine => of.is_some_and(|team| looker.teams.contains(&team)),
        TeamIs::Team(team) => of == Some(team),
    }
}

fn stage_of(state: &State) -> Option<StageId> {
    match state {
        State::Open { stage, .. } | State::Snoozed { stage, .. } => Some(*stage),
        State::Closed { .. } | State::Merged { .. } => None,
    }
}
