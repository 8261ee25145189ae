//! Where the candidates of a list come from: lanes, each of which an index has in the order of the tickets' numbers.

use super::{AgentIs, Filter, Looker, Standing, TeamIs, Words};
use crate::ids::{AgentId, CustomerId, LabelId, TeamId};
use crate::life::{Priority, State};
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
    /// Open ones without an agent.
    Unowned(Unowned),
    TeamUnowned(Option<TeamId>, Unowned),
    Channel(Channel, Kind),
    /// Any but normal, which nearly all are.
    Priority(Priority, Kind),
    Customers(Vec<CustomerId>),
    Words(Words),
    /// Those whose customer's name has these words, as far as it is filed; so is the address of the lane below.
    Named(Words),
    /// Those whose customer's mail address begins so.
    Mailed(Box<str>),
    /// Also tickets that are not filed yet; so has the lane below.
    Label(LabelId),
    Mentioned(AgentId),
}

impl Lane {
    /// Whether tickets that are not filed yet are missing.
    pub(super) fn lacks_tail(&self) -> bool {
        !matches!(self, Self::Tail | Self::Label(_) | Self::Mentioned(_))
    }

    /// Whether its tickets are all of one kind.
    fn is_of_kind(&self) -> bool {
        match self {
            Self::Stage(_) | Self::Agent(..) | Self::Team(..) | Self::Channel(..) | Self::Priority(..) => {
                true
            }
            Self::Unowned(_) | Self::TeamUnowned(..) => true,
            Self::Tail | Self::All | Self::Customers(_) | Self::Label(_) | Self::Mentioned(_) => false,
            Self::Words(_) | Self::Named(_) | Self::Mailed(_) => false,
        }
    }
}

/// Why an open ticket has no agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unowned {
    Waiting,
    Unclaimed,
}

impl Unowned {
    pub const ALL: [Self; 2] = [Self::Waiting, Self::Unclaimed];

    /// Of an open ticket that nobody owns.
    pub fn of(state: &State) -> Option<Self> {
        if Standing::Waiting.is_of(state) {
            Some(Self::Waiting)
        } else {
            Standing::Unclaimed.is_of(state).then_some(Self::Unclaimed)
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => Standing::Waiting.name(),
            Self::Unclaimed => Standing::Unclaimed.name(),
        }
    }
}

/// Lanes that together have every ticket which the filter shows to who looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    pub lanes: Vec<Lane>,
    /// Whether they have nothing else, so that none of their tickets has to be looked at.
    pub settled: bool,
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
        let each = |lane: &dyn Fn(Kind) -> Lane| kinds.iter().map(|kind| lane(*kind)).collect::<Vec<_>>();
        let mut rest = Rest { filter: filter.clone(), seen: !looker.restricted };
        let (lanes, narrow) = if let Some(customer) = rest.filter.customer.take() {
            (vec![Lane::Customers(vec![customer])], true)
        } else if std::mem::take(&mut rest.filter.mentioned) {
            (looker.agent.into_iter().map(Lane::Mentioned).collect(), true)
        } else if let Some(agent) = rest.agent(looker) {
            (agent.map_or_else(Vec::new, |agent| each(&|kind| Lane::Agent(Some(agent), kind))), open)
        } else if let Some(unowned) = rest.unowned() {
            (rest.unowned_of(&unowned, looker), true)
        } else if let Some(team) = rest.team(looker) {
            (of_team(team, looker, &each), open)
        } else if let Some(label) = rest.filter.labels.pop_first() {
            (vec![Lane::Label(label)], false)
        } else if let Some(lanes) = rest.visible(looker, &each, open) {
            (lanes, open)
        } else {
            (rest.broad(&kinds), false)
        };
        Self { settled: rest.settles(&lanes), lanes, narrow }
    }
}

/// What the lanes that are chosen do not say of the tickets in them.
struct Rest {
    filter: Filter,
    /// Whether who looks sees them all.
    seen: bool,
}

impl Rest {
    /// Whose tickets, where that is somebody's; `Some(None)` for the own ones of who has none.
    fn agent(&mut self, looker: &Looker) -> Option<Option<AgentId>> {
        let agent = match self.filter.agent? {
            AgentIs::Me => looker.agent,
            AgentIs::Agent(agent) => Some(agent),
            AgentIs::Nobody => return None,
        };
        self.seen |= agent == looker.agent;
        self.filter.agent = None;
        if self.filter.state == Some(Standing::Owned) {
            self.filter.state = Some(Standing::Open);
        }
        Some(agent)
    }

    /// Where only open tickets without an agent are shown.
    fn unowned(&mut self) -> Option<Vec<Unowned>> {
        let unowned = match (self.filter.state?, self.filter.agent) {
            (Standing::Waiting, _) => vec![Unowned::Waiting],
            (Standing::Unclaimed, _) => vec![Unowned::Unclaimed],
            (Standing::Open, Some(AgentIs::Nobody)) => Unowned::ALL.to_vec(),
            (Standing::Owned, Some(AgentIs::Nobody)) => vec![],
            _ => return None,
        };
        (self.filter.state, self.filter.agent) = (None, None);
        Some(unowned)
    }

    fn unowned_of(&mut self, unowned: &[Unowned], looker: &Looker) -> Vec<Lane> {
        let mine = || looker.teams.iter().copied().map(Some);
        let teams: Vec<_> = match self.team(looker) {
            Some(TeamIs::Team(team)) => vec![Some(team)],
            Some(TeamIs::Mine) => mine().collect(),
            Some(TeamIs::None) => vec![None],
            None if looker.restricted && looker.teams.len() < MOST / 2 => mine().chain([None]).collect(),
            None => return unowned.iter().map(|unowned| Lane::Unowned(*unowned)).collect(),
        };
        // Nobody's tickets are seen by their teams, and by everybody where they have none.
        self.seen |= teams.iter().flatten().all(|team| looker.teams.contains(team));
        teams
            .iter()
            .flat_map(|team| unowned.iter().map(|unowned| Lane::TeamUnowned(*team, *unowned)))
            .collect()
    }

    /// Members see what is their team's.
    fn team(&mut self, looker: &Looker) -> Option<TeamIs> {
        let team = self.filter.team.take()?;
        self.seen |= match team {
            TeamIs::Mine => true,
            TeamIs::Team(team) => looker.teams.contains(&team),
            TeamIs::None => false,
        };
        Some(team)
    }

    /// Where somebody sees a part of the tickets: that part (desk 3).
    fn visible(&mut self, looker: &Looker, each: Each<'_>, open: bool) -> Option<Vec<Lane>> {
        let me = looker.agent.filter(|_| looker.restricted)?;
        let agents = std::iter::once(me).chain(looker.members.iter().copied());
        let by_agent = agents.flat_map(|agent| each(&|kind| Lane::Agent(Some(agent), kind)));
        let by_team = looker.teams.iter().flat_map(|team| each(&|kind| Lane::Team(Some(*team), kind)));
        let nobodys = if open {
            Unowned::ALL.map(|unowned| Lane::TeamUnowned(None, unowned)).to_vec()
        } else {
            each(&|kind| Lane::Agent(None, kind))
        };
        let lanes: Vec<_> = by_agent.chain(by_team).chain(nobodys).collect();
        if lanes.len() > MOST {
            return None;
        }
        // Of nobody's tickets that are not open these lanes have other teams' too.
        self.seen = open;
        Some(lanes)
    }

    /// By the conditions that leave much.
    fn broad(&mut self, kinds: &[Kind]) -> Vec<Lane> {
        let each = |lane: &dyn Fn(Kind) -> Lane| kinds.iter().map(|kind| lane(*kind)).collect::<Vec<_>>();
        if let Some(priority) = self.filter.priority.take_if(|priority| *priority != Priority::Normal) {
            each(&|kind| Lane::Priority(priority, kind))
        } else if let Some(channel) = self.filter.channel.take() {
            each(&|kind| Lane::Channel(channel, kind))
        } else if kinds.len() < Kind::ALL.len() {
            each(&Lane::Stage)
        } else {
            vec![Lane::All]
        }
    }

    /// Whether nothing is left of it: every ticket of the lanes is shown. Lanes by kind say what of the state is a kind.
    fn settles(mut self, lanes: &[Lane]) -> bool {
        if lanes.iter().all(Lane::is_of_kind) {
            self.filter.state.take_if(|state| state.kind().is_some());
        }
        self.seen && self.filter == Filter::default()
    }
}

/// The kinds that a ticket which is shown may be of.
pub(super) fn kinds(filter: &Filter) -> Vec<Kind> {
    match filter.state {
        Some(state) => vec![state.kind().unwrap_or(Kind::Open)],
        None if filter.stage.is_some() => vec![Kind::Open, Kind::Snoozed],
        None => Kind::ALL.to_vec(),
    }
}

type Each<'e> = &'e dyn Fn(&dyn Fn(Kind) -> Lane) -> Vec<Lane>;

fn of_team(team: TeamIs, looker: &Looker, each: Each<'_>) -> Vec<Lane> {
    match team {
        TeamIs::None => each(&|kind| Lane::Team(None, kind)),
        TeamIs::Team(team) => each(&|kind| Lane::Team(Some(team), kind)),
        TeamIs::Mine => {
            looker.teams.iter().flat_map(|team| each(&|kind| Lane::Team(Some(*team), kind))).collect()
        }
    }
}
