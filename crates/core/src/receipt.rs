//! The receipt of a decision: who was considered, in ring order, and why it went where it went (desk 5).

mod words;

use crate::ids::{AgentId, TeamId};
use crate::roster::Policy;
use crate::ticket::{Outcome, Pool};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The most seats a receipt lists; the rest is counted.
pub const MAX_SEATS: usize = 16;
/// The longest stored form, in bytes.
pub const MAX_STORED: usize = 1024;

/// Why an agent was chosen or passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    Chosen,
    NotTheirTurn,
    Offline,
    OutsideHours,
    AtLimit,
    /// Has passed this ticket on (desk 1, Pass on).
    PassedBefore,
}

impl Reason {
    pub const COUNT: usize = 6;

    pub fn name(self) -> &'static str {
        match self {
            Self::Chosen => "chosen",
            Self::NotTheirTurn => "not_their_turn",
            Self::Offline => "offline",
            Self::OutsideHours => "outside_hours",
            Self::AtLimit => "at_limit",
            Self::PassedBefore => "passed_before",
        }
    }
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
}

impl Receipt {
    /// Of a ticket whose agent was asked for by name.
    pub fn asked(version: i64, agent: Option<AgentId>) -> Self {
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
        }
    }

    /// The stored form: JSON of at most [`MAX_STORED`] bytes. Seats that do not fit join the counted rest.
    pub fn stored(&self) -> String {
        let json = self.to_json();
        if json.len() <= MAX_STORED {
            return json;
        }
        let mut shorter = self.clone();
        loop {
            let Some(index) = shorter.seats.iter().rposition(|seat| seat.reason != Reason::Chosen) else {
                return shorter.to_json();
            };
            let seat = shorter.seats.remove(index);
            *shorter.others.entry(seat.reason).or_default() += 1;
            let json = shorter.to_json();
            if json.len() <= MAX_STORED {
                return json;
            }
        }
    }

    fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a receipt has only string keys")
    }

    pub fn pool(&self) -> Option<Pool> {
        self.pool.map(Pool::from_number)
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
        Self {
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
