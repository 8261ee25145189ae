//! The ledger of who was given what: counted beside intake, from the receipts that it leaves.

use super::StoreError;
use super::values::{corrupt, from_json, time};
use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rota_core::ids::{AgentId, StoreId, TeamId};
use rota_core::ledger::{Counted, Figures, Given, Ledger, Rosters, Share, Stretch};
use rota_core::life::What;
use rota_core::receipt::Receipt;
use rota_core::ticket::Pool;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The most stores of one round trip of counting, and the most events.
pub const STORES: usize = 50;
pub const EVENTS: usize = 2_000;
/// The most versions of the roster whose members are read for one portion.
const VERSIONS: usize = 50;

/// Counts the days of a store's pools (its only parameter) on which what was received or entitled in all is not the number
/// of turns. 1/n is rounded, a thousand times less than this allows.
pub const MISCOUNTED: &str = "
    SELECT count(*) FROM ledger_pools p
    LEFT JOIN (SELECT pool, day, sum(received) AS received, sum(entitled) AS entitled
               FROM ledger_shares WHERE store_id = STORE GROUP BY pool, day) AS s ON s.pool = p.pool AND s.day = p.day
    WHERE p.store_id = STORE
        AND (coalesce(s.received, 0) <> p.turns OR abs(coalesce(s.entitled, 0) - p.turns) > 0.001)";

/// Who was given what (desk 5).
#[async_trait]
pub trait LedgerStore: Send + Sync {
    /// Counts some of the decisions that the ledger does not have yet; answers whether there may be more of them. Each is
    /// counted once, whoever counts.
    async fn count_decisions(&self) -> Result<bool, StoreError>;

    /// A pool's ledger of these days of the store's, both included.
    async fn ledger(
        &self,
        store: &StoreId,
        pool: Pool,
        from: Date,
        to: Date,
    ) -> Result<LedgerRow, StoreError>;
}

/// A pool's ledger of some days.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LedgerRow {
    /// Of everybody with an entry, in the order of their ids.
    pub shares: Vec<(AgentId, Share)>,
    pub figures: Figures,
    /// When the last decision was made that is counted.
    pub up_to: Option<Timestamp>,
    /// The last event that is counted, and the last that there is.
    pub events_to: i64,
    pub last_event: i64,
}

/// A store with decisions that are not counted.
#[derive(Debug, Clone)]
pub struct Uncounted {
    pub store: StoreId,
    pub zone: TimeZone,
    /// What its ledger row has; where there is none, nothing is counted.
    pub events_to: i64,
    pub tickets_to: i64,
    pub next_event: i64,
}

/// An event that may have given a ticket to somebody.
#[derive(Debug)]
pub struct Event {
    pub position: i64,
    pub at: i64,
    /// The ticket that it created.
    pub created: Option<i64>,
    pub given: Option<Given>,
}

/// Events of a store, as they are counted in one transaction.
#[derive(Debug)]
pub struct Portion {
    pub of: Uncounted,
    events: Vec<Event>,
    /// Up to where it is counted with them.
    pub events_to: i64,
    pub tickets_to: i64,
    pub counted_at: Option<i64>,
}

impl Uncounted {
    pub fn zone(name: &str) -> Result<TimeZone, StoreError> {
        TimeZone::get(name).map_err(|error| corrupt("stores.timezone", error))
    }
}

impl Event {
    pub fn created(position: i64, ticket: i64, at: i64, receipt: &str) -> Result<Self, StoreError> {
        let receipt: Receipt = from_json("tickets.receipt", receipt)?;
        Ok(Self { position, at, created: Some(ticket), given: Given::created(&receipt) })
    }

    /// `body` of the kinds that [`GIVING`] names.
    pub fn later(
        position: i64,
        at: i64,
        body: Option<&str>,
        receipt: Option<&str>,
    ) -> Result<Self, StoreError> {
        let receipt = receipt.map(|json| from_json::<Receipt>("timeline.receipt", json)).transpose()?;
        let what = body.map(What::from_stored).transpose();
        let what = what.map_err(|error| corrupt("timeline.body", error))?;
        let given = what.and_then(|what| Given::later(&what, receipt.as_ref()));
        Ok(Self { position, at, created: None, given })
    }
}

/// The kinds of timeline entries by which somebody is given a ticket, as SQL.
pub const GIVING: &str = "('claimed', 'assigned', 'passed', 'handed_out')";

impl Portion {
    /// Of creations and later events, each in the order of their positions and at most `limit` of what there is.
    pub fn new(of: Uncounted, created: Vec<Event>, later: Vec<Event>, limit: usize) -> Self {
        let is_all = created.len() < limit && later.len() < limit;
        let mut events = merged(created, later);
        let within = within(&events).min(limit);
        let is_all = is_all && within == events.len();
        events.truncate(within);
        let last = events.last().map_or(of.events_to, |event| event.position);
        let events_to = if is_all { of.next_event - 1 } else { last };
        let tickets_to = events.iter().rev().find_map(|event| event.created).unwrap_or(of.tickets_to);
        let counted_at = events.last().map(|event| event.at);
        Self { of, events, events_to, tickets_to, counted_at }
    }

    /// How many events it has.
    pub fn size(&self) -> usize {
        self.events.len()
    }

    /// The versions of the roster whose members have to be known, and those of which teams.
    pub fn asks_for(&self) -> BTreeSet<(Pool, i64)> {
        self.events.iter().filter_map(|event| event.given.as_ref()?.asks_for()).collect()
    }

    /// Counts, from these stretches on.
    pub fn count(
        &self,
        stretches: BTreeMap<Pool, Stretch>,
        rosters: &Rosters,
    ) -> Result<Counted, StoreError> {
        let mut ledger = Ledger::new(stretches, rosters);
        let mut last = self.of.events_to;
        for event in &self.events {
            if event.position != last + 1 {
                // Events that are not there any more, of which it is not known what they did.
                ledger.forget();
            }
            last = event.position;
            if let Some(given) = &event.given {
                ledger.count(event.position, self.of.zone.to_datetime(time(event.at)?).date(), given);
            }
        }
        if last != self.events_to {
            ledger.forget();
        }
        let counted = ledger.finish();
        for ((pool, day), figures) in counted.figures.iter().filter(|(_, figures)| figures.broken > 0) {
            tracing::error!(
                store = %self.of.store, pool = pool.number(), %day, event = figures.broken_at, worst = figures.worst,
                "round robin has not kept its promise; please report this with the receipts around that event",
            );
        }
        Ok(counted)
    }
}

fn merged(created: Vec<Event>, later: Vec<Event>) -> Vec<Event> {
    let mut events = created;
    events.extend(later);
    // Two runs that are in order: the sort merges them.
    events.sort_by_key(|event| event.position);
    events
}

/// How many of the events ask for no more than [`VERSIONS`] versions.
fn within(events: &[Event]) -> usize {
    let mut asked = BTreeSet::new();
    let is_beyond = |event: &Event| {
        asked.extend(event.given.as_ref().and_then(Given::asks_for));
        asked.len() > VERSIONS
    };
    events.iter().position(is_beyond).unwrap_or(events.len())
}

/// Who the members of pools were: the active agents of each version, and of each team who was in it as far as they were
/// active.
pub fn rosters(
    asked: &BTreeSet<(Pool, i64)>,
    active: &HashMap<i64, Vec<AgentId>>,
    teams: &HashMap<(TeamId, i64), Vec<AgentId>>,
) -> Rosters {
    let members = |(pool, version): &(Pool, i64)| {
        let active = active.get(version)?;
        let members = match pool {
            Pool::Store => active.clone(),
            Pool::Team(team) => {
                let members = teams.get(&(*team, *version))?;
                active.iter().copied().filter(|agent| members.contains(agent)).collect()
            }
        };
        Some(((*pool, *version), members.into()))
    };
    asked.iter().filter_map(members).collect()
}
