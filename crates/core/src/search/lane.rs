//! Where the candidates of a list come from: lanes, each of which an index has in the order of the tickets' numbers.

use super::{AgentIs, Filter, Looker, Standing, TeamIs, Words};
use crate::ids::{AgentId, CustomerId, LabelId, TeamId};
use crate::life::Priority;
use crate::ticket::{Channel, Stage as Kind};

/// Some of a store's tickets, in the order of their numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lane {
    /// Those that are not filed in the lists yet.
    Tail,
    /// All that are filed; so are those of the lanes below.
    All,
    Stage(Kind),
    Agent(Option<AgentId>, Kind),
    Team(Option<TeamId>, Kind),
    Channel(Channel, Kind),
    /// Any but normal, which nearly all are.
    Priority(Priority, Kind),
    Customers(Vec<CustomerId>),
    Words(Words),
    /// Also tickets that are not filed yet; so has the lane below.
    Label(LabelId),
    Mentioned(AgentId),
}

impl Lane {
    /// Whether tickets that are not filed yet are missing.
    pub(super) fn lacks_tail(&self) -> bool {
        !matches!(self, Self::Tail | Self::Label(_) | Self::Mentioned(_))
    }
}

/// Lanes that together have every ticket which the filter shows to who looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    pub lanes: Vec<Lane>,
    /// Whether they have few tickets, as far as can be told: then they are gone through in any order.
    pub narrow: bool,
}

/// The most lanes that are gone through side by side.
const MOST: usize = 48;

impl Source {
    /// The narrowest there is, by what the conditions usually leave.
    pub fn of(filter: &Filter, looker: &Looker) -> Self {
        let kinds = kinds(filter);
        let open = kinds == [Kind::Open];
        let narrow = |lanes: Vec<Lane>, narrow| Some(Self { lanes, narrow });
        let each = |lane: &dyn Fn(Kind) -> Lane| kinds.iter().map(|kind| lane(*kind)).collect::<Vec<_>>();
        let whose = match filter.agent {
            Some(AgentIs::Me) => looker.agent.map_or(Some(None), |me| Some(Some(me))),
            Some(AgentIs::Agent(agent)) => Some(Some(agent)),
            Some(AgentIs::Nobody) | None => None,
        };
        let by_customer = filter.customer.as_ref().map(|customer| Lane::Customers(vec![customer.clone()]));
        let found = by_customer
            .and_then(|lane| narrow(vec![lane], true))
            .or_else(|| filter.mentioned.then_some(looker.agent).and_then(|me| narrow(mentioned(me), true)))
            .or_else(|| whose.and_then(|agent| narrow(owned(agent, &each), open)))
            .or_else(|| {
                unowned(filter, open).and_then(|()| narrow(each(&|kind| Lane::Agent(None, kind)), open))
            })
            .or_else(|| filter.team.and_then(|team| narrow(of_team(team, looker, &each), open)))
            .or_else(|| filter.labels.first().and_then(|label| narrow(vec![Lane::Label(*label)], false)));
        found.or_else(|| visible(looker, &each, open)).unwrap_or_else(|| Self::broad(filter, &kinds))
    }

    /// By the conditions that leave much.
    fn broad(filter: &Filter, kinds: &[Kind]) -> Self {
        let each = |lane: &dyn Fn(Kind) -> Lane| kinds.iter().map(|kind| lane(*kind)).collect::<Vec<_>>();
        let lanes = match (filter.priority, filter.channel) {
            (Some(priority), _) if priority != Priority::Normal => {
                each(&|kind| Lane::Priority(priority, kind))
            }
            (_, Some(channel)) => each(&|kind| Lane::Channel(channel, kind)),
            _ if kinds.len() < 3 => each(&Lane::Stage),
            _ => vec![Lane::All],
        };
        Self { lanes, narrow: false }
    }
}

/// The kinds that a ticket which is shown may be of.
pub(super) fn kinds(filter: &Filter) -> Vec<Kind> {
    match filter.state {
        Some(Standing::Snoozed) => vec![Kind::Snoozed],
        Some(Standing::Closed) => vec![Kind::Closed],
        Some(Standing::Open | Standing::Owned | Standing::Waiting | Standing::Unclaimed) => vec![Kind::Open],
        None if filter.stage.is_some() => vec![Kind::Open, Kind::Snoozed],
        None => vec![Kind::Open, Kind::Snoozed, Kind::Closed],
    }
}

type Each<'e> = &'e dyn Fn(&dyn Fn(Kind) -> Lane) -> Vec<Lane>;

/// A key is nowhere mentioned, and owns nothing.
fn mentioned(me: Option<AgentId>) -> Vec<Lane> {
    me.into_iter().map(Lane::Mentioned).collect()
}

fn owned(agent: Option<AgentId>, each: Each<'_>) -> Vec<Lane> {
    agent.map_or_else(Vec::new, |agent| each(&|kind| Lane::Agent(Some(agent), kind)))
}

/// Whether only tickets without an agent are shown.
fn unowned(filter: &Filter, open: bool) -> Option<()> {
    let states = matches!(filter.state, Some(Standing::Waiting | Standing::Unclaimed));
    let nobody = filter.agent == Some(AgentIs::Nobody) && open;
    (states || nobody).then_some(())
}

fn of_team(team: TeamIs, looker: &Looker, each: Each<'_>) -> Vec<Lane> {
    match team {
        TeamIs::None => each(&|kind| Lane::Team(None, kind)),
        TeamIs::Team(team) => each(&|kind| Lane::Team(Some(team), kind)),
        TeamIs::Mine => {
            looker.teams.iter().flat_map(|team| each(&|kind| Lane::Team(Some(*team), kind))).collect()
        }
    }
}

/// Where somebody sees a part of the tickets: that part (desk 3).
fn visible(looker: &Looker, each: Each<'_>, open: bool) -> Option<Source> {
    let me = looker.agent.filter(|_| looker.restricted)?;
    let agents = [Some(me), None].into_iter().chain(looker.members.iter().copied().map(Some));
    let by_agent = agents.flat_map(|agent| each(&|kind| Lane::Agent(agent, kind)));
    let by_team = looker.teams.iter().flat_map(|team| each(&|kind| Lane::Team(Some(*team), kind)));
    let lanes: Vec<_> = by_agent.chain(by_team).collect();
    (lanes.len() <= MOST).then_some(Source { lanes, narrow: open })
}
