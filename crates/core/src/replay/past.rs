//! What was recorded, in the form that runs go through.

use super::figures::{Figures, Tally};
use super::{Handling, Recorded, Said, Shift, Side, Wanted};
use crate::ids::{AgentId, CustomerId, RuleId};
use crate::life::What;
use crate::receipt::Route;
use crate::roster::Roster;
use crate::rules::Subject;
use crate::ticket::{Outcome, Pool};
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::{HashMap, HashSet};

/// What the receipt of a ticket's creation tells of how it came.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Creation {
    #[serde(default)]
    route: Route,
    pool: Option<Pool>,
    chosen: Option<AgentId>,
    outcome: Outcome,
    rule: Option<Followed>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct Followed {
    id: RuleId,
}

impl Creation {
    /// Reads a receipt's stored form.
    pub fn from_stored(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json)
    }

    /// Who got the ticket at once.
    pub fn chosen(&self) -> Option<AgentId> {
        self.chosen
    }

    /// The rule that was followed, which may have put labels on the ticket.
    pub fn rule(&self) -> Option<RuleId> {
        self.rule.map(|rule| rule.id)
    }

    /// Who said where it goes: a rule also where it named a team.
    fn way(&self) -> Route {
        match (self.rule, self.pool) {
            (Some(_), Some(Pool::Team(_))) => Route::Rule,
            _ => self.route,
        }
    }

    fn wanted(&self, linked: bool) -> Wanted {
        match (self.route, self.pool, self.chosen) {
            (Route::Asked, _, Some(agent)) => Wanted::Agent(agent),
            (Route::Pool, Some(pool), _) if linked => Wanted::Pool(pool),
            (Route::Pool, Some(pool @ Pool::Team(_)), _) if self.rule.is_none() => Wanted::Pool(pool),
            _ => Wanted::Anybody,
        }
    }
}

/// Since when and how long a ticket was somebody's load, told by its timeline in the order of its entries.
#[derive(Debug, Clone)]
pub struct Life {
    /// Since when it is.
    since: Option<Timestamp>,
    /// Milliseconds until then.
    took: i64,
    first: Option<(AgentId, Timestamp)>,
    /// What each entry found, so that it can be undone.
    found: Vec<(i64, Option<AgentId>)>,
}

impl Life {
    pub fn new(at: Timestamp, creation: &Creation) -> Self {
        let since = creation.chosen.map(|_| at);
        Self { since, took: 0, first: creation.chosen.map(|agent| (agent, at)), found: Vec::new() }
    }

    pub fn heed(&mut self, sequence: i64, at: Timestamp, what: &What) {
        let holder = match what {
            What::Undone { sequence } => {
                let undone = self.found.iter().find(|(found, _)| found == sequence);
                undone.map(|(_, holder)| *holder)
            }
            other => other.moved().map(|moved| {
                self.found.push((sequence, moved.from.state.loads()));
                moved.to.state.loads()
            }),
        };
        match holder {
            Some(Some(agent)) => {
                self.since.get_or_insert(at);
                self.first.get_or_insert((agent, at));
            }
            Some(None) => {
                self.took += self.since.take().map_or(0, |since| between(since, at));
            }
            None => {}
        }
    }

    fn handling(&self) -> Handling {
        match (self.since, self.first) {
            (Some(_), _) => Handling::Lasts,
            (None, Some(_)) => Handling::Took(self.took),
            (None, None) => Handling::Unknown,
        }
    }
}

/// Milliseconds, never less than none.
pub fn between(from: Timestamp, to: Timestamp) -> i64 {
    (to.as_millisecond() - from.as_millisecond()).max(0)
}

/// What has to be read of each ticket.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Needs {
    pub customers: bool,
    pub subjects: bool,
    pub labels: bool,
    pub texts: bool,
    pub tags: bool,
}

/// A ticket that comes.
#[derive(Debug)]
pub struct Arrival {
    pub at: Timestamp,
    pub wanted: Wanted,
    pub handling: Handling,
    /// A number for each customer, where they matter.
    pub customer: u32,
    /// The rules of each side that match, by their places.
    matching: [Box<[u16]>; 2],
}

impl Arrival {
    pub fn matching(&self, side: Side) -> &[u16] {
        &self.matching[side as usize]
    }
}

/// A time of the past, whole.
#[derive(Debug)]
pub struct Past {
    pub from: Timestamp,
    pub to: Timestamp,
    /// In their order.
    pub arrivals: Vec<Arrival>,
    /// In the order of time; those before `from` are of no more than the last word about each agent.
    pub shifts: Vec<Shift>,
    /// How long half of the handled tickets took at most, in milliseconds; `None` where none was.
    pub median: Option<i64>,
    /// As far as the record tells.
    pub recorded: Figures,
    /// Tickets that asked for an agent or a team that neither side has any more.
    pub unknown: u64,
    /// Tickets that nobody ever had.
    pub never_handled: u64,
    /// Tickets that were open when the record was read.
    pub still_open: u64,
}

/// Takes in what is recorded, chunk by chunk.
pub struct Reader<'r> {
    from: Timestamp,
    to: Timestamp,
    sides: [&'r Roster; 2],
    /// Whether rules of one side do for both.
    rules_alike: bool,
    arrivals: Vec<Arrival>,
    customers: HashMap<CustomerId, u32>,
    recorded: Tally,
    unknown: u64,
    never_handled: u64,
    still_open: u64,
}

impl<'r> Reader<'r> {
    pub fn new(from: Timestamp, to: Timestamp, before: &'r Roster, after: &'r Roster) -> Self {
        let alike = before.rules().rules() == after.rules().rules() && before.timezone() == after.timezone();
        Self {
            from,
            to,
            sides: [before, after],
            rules_alike: alike,
            arrivals: Vec::new(),
            customers: HashMap::new(),
            recorded: Tally::new(from, []),
            unknown: 0,
            never_handled: 0,
            still_open: 0,
        }
    }

    /// What has to be read.
    pub fn needs(&self) -> Needs {
        let any = |holds: fn(&Roster) -> bool| self.sides.iter().any(|side| holds(side));
        Needs {
            customers: any(|roster| roster.sticky().is_some()),
            subjects: any(|roster| !roster.rules().is_empty()),
            labels: any(|roster| roster.rules().needs_labels()),
            texts: any(|roster| roster.rules().needs_texts()),
            tags: any(|roster| roster.rules().needs_tags()),
        }
    }

    /// The next ticket, in the order of their numbers.
    pub fn read(&mut self, ticket: Recorded) {
        // Nodes' clocks may differ a little; the order is that of the numbers.
        let at = self.arrivals.last().map_or(ticket.at, |before| before.at.max(ticket.at));
        let (wanted, is_known) = self.known(ticket.creation.wanted(ticket.linked));
        let handling = ticket.life.handling();
        self.never_handled += u64::from(handling == Handling::Unknown);
        self.still_open += u64::from(handling == Handling::Lasts);
        self.record(&ticket);
        let matching = match ticket.subject {
            Some(mut said) if !is_known => {
                self.unlabel(&mut said, ticket.creation.rule());
                self.matching(&said, at)
            }
            _ => Default::default(),
        };
        let customer = ticket.customer.map_or(0, |customer| {
            let next = u32::try_from(self.customers.len()).unwrap_or(u32::MAX);
            *self.customers.entry(customer).or_insert(next)
        });
        self.arrivals.push(Arrival { at, wanted, handling, customer, matching });
    }

    /// What neither side knows, nobody asks for. With whether both know whom the ticket asks for, so that rules are not
    /// looked at.
    fn known(&mut self, wanted: Wanted) -> (Wanted, bool) {
        let knows = |side: &Roster| match wanted {
            Wanted::Agent(agent) => side.agent(agent).is_some(),
            Wanted::Pool(Pool::Team(team)) => side.team(team).is_some(),
            Wanted::Pool(Pool::Store) => true,
            Wanted::Anybody => false,
        };
        match self.sides.map(knows) {
            [false, false] => {
                self.unknown += u64::from(wanted != Wanted::Anybody);
                (Wanted::Anybody, false)
            }
            [before, after] => (wanted, before && after),
        }
    }

    fn record(&mut self, ticket: &Recorded) {
        let Recorded { at, creation, life, .. } = ticket;
        let pool = creation.pool.unwrap_or(Pool::Store);
        let first = life.first.filter(|(_, at)| *at < self.to);
        self.recorded.way(creation.way());
        match creation.outcome {
            Outcome::Assigned => {}
            Outcome::Waiting => {
                let until = first.map_or(self.to, |(_, first)| first);
                self.recorded.waited(pool, between(*at, until), first.is_some());
            }
            Outcome::Unclaimed => {
                if first.is_none() {
                    self.recorded.unclaimed(pool);
                }
            }
        }
        if creation.pool.is_some() {
            self.recorded.came(pool);
        }
        if let Some((agent, _)) = first {
            self.recorded.received(agent);
        }
    }

    /// Takes off what the rule that was followed puts on a ticket, as far as the rule is still there.
    fn unlabel(&self, said: &mut Said, rule: Option<RuleId>) {
        let followed = self.sides[0].rules().rules().iter().find(|known| Some(known.id) == rule);
        if let Some(followed) = followed {
            said.labels.retain(|label| !followed.then.labels.contains(label));
        }
    }

    fn matching(&self, said: &Said, at: Timestamp) -> [Box<[u16]>; 2] {
        let Said { contact, labels, context, tags } = said;
        let subject = Subject { contact, labels, context: context.as_deref(), tags, now: at };
        let of = |side: &Roster| -> Box<[u16]> {
            let places = side.rules().places(subject, side.timezone());
            places.into_iter().filter_map(|place| u16::try_from(place).ok()).collect()
        };
        let [before, after] = self.sides;
        let first = of(before);
        let second = if self.rules_alike { first.clone() } else { of(after) };
        [first, second]
    }

    /// With when agents were there: of each in the order of time, from as long ago as it is known.
    pub fn finish(self, shifts: Vec<Shift>) -> Past {
        let mut took: Vec<i64> = self
            .arrivals
            .iter()
            .filter_map(|arrival| match arrival.handling {
                Handling::Took(ms) => Some(ms),
                Handling::Lasts | Handling::Unknown => None,
            })
            .collect();
        let middle = took.len().saturating_sub(1) / 2;
        let median = (!took.is_empty()).then(|| *took.select_nth_unstable(middle).1);
        Past {
            from: self.from,
            to: self.to,
            arrivals: self.arrivals,
            shifts: in_order(shifts, self.from),
            median,
            recorded: self.recorded.figures(self.to),
            unknown: self.unknown,
            never_handled: self.never_handled,
            still_open: self.still_open,
        }
    }
}

/// By time, and from `from` on; of what came before it, the last of each agent.
fn in_order(shifts: Vec<Shift>, from: Timestamp) -> Vec<Shift> {
    let mut known = HashSet::new();
    let mut kept: Vec<Shift> = shifts
        .into_iter()
        .rev()
        .filter(|shift| shift.at > from || known.insert(shift.agent))
        .map(|shift| Shift { at: shift.at.max(from), ..shift })
        .collect();
    kept.reverse();
    kept.sort_by_key(|shift| shift.at);
    kept
}
