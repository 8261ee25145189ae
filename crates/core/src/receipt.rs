//! The receipt of a decision: who was considered, in ring order, and why it went where it went (desk 5).

mod eligible;
mod words;

use crate::ids::{AgentId, RuleId, TeamId};
use crate::roster::Policy;
use crate::rules::Matched;
use crate::ticket::{Outcome, Pool};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub use eligible::Eligible;

/// The most seats a receipt lists; the rest is counted.
pub const MAX_SEATS: usize = 16;
/// The longest stored form, in bytes.
pub const MAX_STORED: usize = 1024;

/// Why an agent was chosen or passed over (desk 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    Chosen,
    NotTheirTurn,
    Offline,
    OnLeave,
    Holiday,
    OutsideHours,
    AtLimit,
    /// Has taken its share of a queue for now.
    Ramp,
    /// Has more open tickets than the chosen one, in a balanced pool.
    MoreLoad,
    /// Has passed this ticket on (desk 1, Pass on).
    PassedBefore,
    /// Archived since: of an agent that a rule or an earlier ticket led to.
    Inactive,
    /// Could take a ticket, and is to be given older ones first.
    BehindQueue,
    /// What colleagues are told in place of leave and hours; never stored.
    Unavailable,
}

impl Reason {
    pub const COUNT: usize = 13;
    /// In their order.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Chosen,
        Self::NotTheirTurn,
        Self::Offline,
        Self::OnLeave,
        Self::Holiday,
        Self::OutsideHours,
        Self::AtLimit,
        Self::Ramp,
        Self::MoreLoad,
        Self::PassedBefore,
        Self::Inactive,
        Self::BehindQueue,
        Self::Unavailable,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Chosen => "chosen",
            Self::NotTheirTurn => "not_their_turn",
            Self::Offline => "offline",
            Self::OnLeave => "on_leave",
            Self::Holiday => "holiday",
            Self::OutsideHours => "outside_hours",
            Self::AtLimit => "at_limit",
            Self::Ramp => "ramp",
            Self::MoreLoad => "more_load",
            Self::PassedBefore => "passed_before",
            Self::Inactive => "inactive",
            Self::BehindQueue => "behind_queue",
            Self::Unavailable => "unavailable",
        }
    }

    /// In words; completes "is …".
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Chosen => "chosen",
            Self::NotTheirTurn => "not next",
            Self::Offline => "offline",
            Self::OnLeave => "on leave",
            Self::Holiday => "on holiday",
            Self::OutsideHours => "outside working hours",
            Self::AtLimit => "at their limit",
            Self::Ramp => "held back for a moment, as many tickets wait",
            Self::MoreLoad => "busier",
            Self::PassedBefore => "one who passed it on before",
            Self::Inactive => "archived",
            Self::BehindQueue => "to be given older tickets first",
            Self::Unavailable => "unavailable",
        }
    }

    /// What a colleague is told (desk 5).
    pub fn to_colleagues(self) -> Self {
        match self {
            Self::OnLeave | Self::OutsideHours => Self::Unavailable,
            other => other,
        }
    }
}

/// How the one who got a ticket was found, in the order in which it is tried (desk 4).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Route {
    /// Somebody named the agent.
    Asked,
    /// A rule did.
    Rule,
    /// The agent had the customer's last ticket.
    Sticky,
    /// By the pool's policy.
    #[default]
    Pool,
}

impl Route {
    pub const ALL: [Self; 4] = [Self::Asked, Self::Rule, Self::Sticky, Self::Pool];

    pub fn name(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Rule => "rule",
            Self::Sticky => "sticky",
            Self::Pool => "pool",
        }
    }

    fn is_pool(&self) -> bool {
        *self == Self::Pool
    }
}

/// An agent that a rule or an earlier ticket led to, and who could not take the ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Skipped {
    /// `None`: the agent had the customer's last ticket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleId>,
    pub agent: AgentId,
    pub reason: Reason,
}

/// One agent of the pool as the decision found it. Stored as an array to stay within [`MAX_STORED`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "StoredSeat", from = "StoredSeat")]
pub struct Seat {
    pub agent: AgentId,
    pub reason: Reason,
    /// Open tickets before the decision; known only where a limit is set.
    pub open: Option<u32>,
    pub limit: Option<u32>,
    /// When the agent's hours begin next, to the second.
    pub until: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
struct StoredSeat(AgentId, Reason, Option<u32>, Option<u32>, Option<i64>);

impl From<Seat> for StoredSeat {
    fn from(seat: Seat) -> Self {
        Self(seat.agent, seat.reason, seat.open, seat.limit, seat.until.map(|until| until.as_second()))
    }
}

impl From<StoredSeat> for Seat {
    fn from(StoredSeat(agent, reason, open, limit, until): StoredSeat) -> Self {
        let until = until.and_then(|second| Timestamp::from_second(second).ok());
        Self { agent, reason, open, limit, until }
    }
}

/// Why a ticket went where it went, in the form it is stored in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// The version of the roster that was in force; names are looked up as they were then.
    pub version: i64,
    /// `None` when the caller named the agent: no policy was asked.
    pub policy: Option<Policy>,
    /// The pool's number, see [`Pool::number`].
    pub pool: Option<i64>,
    pub turn_before: Option<AgentId>,
    pub chosen: Option<AgentId>,
    pub turn_after: Option<AgentId>,
    pub outcome: Outcome,
    /// How many agents the pool had.
    pub considered: u32,
    /// In ring order, from the one after the last assigned to the chosen one.
    pub seats: Vec<Seat>,
    /// The agents that no seat is listed for, by reason.
    pub others: BTreeMap<Reason, u32>,
    #[serde(default, skip_serializing_if = "Route::is_pool")]
    pub route: Route,
    /// The rule that matched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Matched>,
    /// Who could not take it, though a rule or an earlier ticket led to them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<Skipped>,
    /// Who of the pool's members could have been chosen, where this was a turn: the ledger counts by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eligible: Option<Eligible>,
    /// The fewest and the most open tickets of those, in a balanced pool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spread: Option<(u32, u32)>,
}

impl Receipt {
    /// Of a ticket whose agent was found without a pool.
    pub fn direct(version: i64, route: Route, agent: Option<AgentId>) -> Self {
        let seat = |agent| Seat { agent, reason: Reason::Chosen, open: None, limit: None, until: None };
        Self {
            version,
            policy: None,
            pool: None,
            turn_before: None,
            chosen: agent,
            turn_after: None,
            outcome: Outcome::Assigned,
            considered: 1,
            seats: agent.map(seat).into_iter().collect(),
            others: BTreeMap::new(),
            route,
            rule: None,
            skipped: Vec::new(),
            eligible: None,
            spread: None,
        }
    }

    /// Of a pool's decision that is still to be made.
    pub fn of_pool(version: i64, pool: Pool, policy: Policy, outcome: Outcome) -> Self {
        Self {
            policy: Some(policy),
            pool: Some(pool.number()),
            outcome,
            considered: 0,
            ..Self::direct(version, Route::Pool, None)
        }
    }

    /// The stored form: JSON of at most [`MAX_STORED`] bytes. Seats that do not fit join the counted rest; then goes who was
    /// skipped, then what a rule matched on.
    pub fn stored(&self) -> String {
        let json = self.to_json();
        if json.len() <= MAX_STORED {
            return json;
        }
        let mut shorter = self.clone();
        while let Some(index) = shorter.seats.iter().rposition(|seat| seat.reason != Reason::Chosen) {
            let seat = shorter.seats.remove(index);
            *shorter.others.entry(seat.reason).or_default() += 1;
            let json = shorter.to_json();
            if json.len() <= MAX_STORED {
                return json;
            }
        }
        shorter.skipped.clear();
        while shorter.to_json().len() > MAX_STORED
            && shorter.rule.as_mut().is_some_and(|rule| rule.on.pop().is_some())
        {}
        shorter.to_json()
    }

    /// What an agent is told: of colleagues' leave and hours no more than that they were unavailable (desk 5).
    pub fn to_colleague(mut self, agent: AgentId) -> Self {
        for seat in self.seats.iter_mut().filter(|seat| seat.agent != agent) {
            let told = seat.reason.to_colleagues();
            if told != seat.reason {
                (seat.reason, seat.until) = (told, None);
            }
        }
        for skipped in self.skipped.iter_mut().filter(|skipped| skipped.agent != agent) {
            skipped.reason = skipped.reason.to_colleagues();
        }
        for (reason, count) in std::mem::take(&mut self.others) {
            *self.others.entry(reason.to_colleagues()).or_default() += count;
        }
        self
    }

    fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a receipt has only string keys")
    }

    pub fn pool(&self) -> Option<Pool> {
        self.pool.map(Pool::from_number)
    }

    /// Whom it tells of by name; some of them twice.
    pub fn agents(&self) -> impl Iterator<Item = AgentId> {
        let skipped = self.skipped.iter().map(|skipped| skipped.agent);
        self.seats.iter().map(|seat| seat.agent).chain(skipped)
    }
}

/// What a receipt's numbers were called when it was written.
pub trait Names {
    fn agent(&self, id: AgentId) -> String;
    fn team(&self, id: TeamId) -> String;
}

/// A receipt with names and words, as clients see it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptView {
    pub route: Route,
    pub rule: Option<Matched>,
    pub skipped: Vec<SkippedView>,
    pub policy: Option<Policy>,
    pub pool: Option<PoolView>,
    pub turn_before: Option<AgentId>,
    pub chosen: Option<AgentId>,
    pub turn_after: Option<AgentId>,
    pub outcome: Outcome,
    pub considered: u32,
    pub seats: Vec<SeatView>,
    pub others: BTreeMap<Reason, u32>,
    pub text: String,
}

/// An agent that a rule or an earlier ticket led to, and why they could not take it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SkippedView {
    pub rule_id: Option<RuleId>,
    pub agent_id: AgentId,
    pub name: String,
    pub reason: Reason,
}

/// The pool of a decision; a team's has its id and name.
#[derive(Debug, Clone, Serialize)]
pub struct PoolView {
    pub kind: &'static str,
    pub id: Option<TeamId>,
    pub name: Option<String>,
}

/// One agent's place in a decision, and why it was theirs or not.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SeatView {
    pub agent_id: AgentId,
    pub name: String,
    pub reason: Reason,
    pub open: Option<u32>,
    pub limit: Option<u32>,
    pub until: Option<Timestamp>,
}

impl ReceiptView {
    pub fn new(receipt: &Receipt, names: &dyn Names) -> Self {
        let seats = receipt.seats.iter().map(|seat| SeatView {
            agent_id: seat.agent,
            name: names.agent(seat.agent),
            reason: seat.reason,
            open: seat.open,
            limit: seat.limit,
            until: seat.until,
        });
        let skipped = receipt.skipped.iter().map(|skipped| SkippedView {
            rule_id: skipped.rule,
            agent_id: skipped.agent,
            name: names.agent(skipped.agent),
            reason: skipped.reason,
        });
        Self {
            route: receipt.route,
            rule: receipt.rule.clone(),
            skipped: skipped.collect(),
            policy: receipt.policy,
            pool: receipt.pool().map(|pool| PoolView::new(pool, names)),
            turn_before: receipt.turn_before,
            chosen: receipt.chosen,
            turn_after: receipt.turn_after,
            outcome: receipt.outcome,
            considered: receipt.considered,
            seats: seats.collect(),
            others: receipt.others.clone(),
            text: words::sentence(receipt, names),
        }
    }
}

impl PoolView {
    fn new(pool: Pool, names: &dyn Names) -> Self {
        match pool {
            Pool::Store => Self { kind: "store", id: None, name: None },
            Pool::Team(id) => Self { kind: "team", id: Some(id), name: Some(names.team(id)) },
        }
    }
}
