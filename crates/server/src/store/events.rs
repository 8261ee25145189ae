//! What happened in a store, in the order in which it was committed: what webhooks, open pages and mail tell of.

use super::StoreError;
use super::types::TicketRow;
use super::values::{from_json, known, snapshot_from_text, time};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use rota_core::event::Kind;
use rota_core::ids::{StoreId, TicketId};
use rota_core::life::Entry;
use rota_core::stages::Stages;
use rota_core::wait::Wait;
use serde_json::{Value, json};
use std::collections::HashMap;

/// Something that happened, at its position among the store's events.
#[derive(Debug, Clone)]
pub struct Recorded {
    pub position: i64,
    pub at: Timestamp,
    pub what: Happened,
}

#[derive(Debug, Clone)]
pub enum Happened {
    /// A ticket was created; it is as it was then.
    Created(Box<TicketRow>),
    /// A ticket has a new timeline entry; it is as it was right after.
    Changed { row: Box<TicketRow>, entry: Box<Entry> },
    /// Something that is not an entry of a timeline. Of one about a ticket the ticket is as it is now.
    Told { kind: Kind, row: Option<Box<TicketRow>>, body: Value },
}

#[async_trait]
pub trait EventStore: Send + Sync {
    /// What happened after a position, in order, at most `limit`.
    async fn events(&self, store: &StoreId, after: i64, limit: u32) -> Result<Vec<Recorded>, StoreError>;
    /// Tells of something that is about no ticket.
    async fn tell(&self, store: &StoreId, kind: Kind, body: &Value) -> Result<(), StoreError>;
    /// From which position on everything is still known: creations before it are, other events are not.
    async fn first_event(&self, store: &StoreId) -> Result<i64, StoreError>;
    /// The position of what happened last; 0 where nothing has.
    async fn last_event(&self, store: &StoreId) -> Result<i64, StoreError>;
}

/// What is told of a wait that is too long, besides the ticket.
pub fn told_wait(wait: &Wait) -> Value {
    json!({ "waitingSince": wait.since })
}

/// How long events are kept (desk 7).
pub const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);
/// The counter of the first position that is kept.
pub const FIRST: &str = "event";

/// The last position up to which events are past their time, by the positions and times of the oldest. What the ledger has not
/// counted yet, up to `counted_to`, stays.
pub fn past(oldest: &[(i64, i64)], counted_to: i64, now: Timestamp) -> Option<i64> {
    let since = now.saturating_sub(KEPT).unwrap_or(Timestamp::MIN).as_millisecond();
    let past = oldest.iter().take_while(|(position, at)| *at < since && *position <= counted_to);
    past.last().map(|(position, _)| *position)
}

/// A row of the outbox.
pub struct OutboxRow {
    pub position: i64,
    pub at: i64,
    pub kind: String,
    pub ticket: Option<i64>,
    pub sequence: Option<i64>,
    pub body: String,
}

/// What was read of the events after a position.
#[derive(Default)]
pub struct Read {
    pub created: Vec<TicketRow>,
    /// The positions of the creations.
    pub creations: HashMap<TicketId, i64>,
    pub outbox: Vec<OutboxRow>,
    /// The tickets that the outbox is about, as they are now.
    pub tickets: HashMap<TicketId, TicketRow>,
    /// The later entries of all these tickets, in their order.
    pub entries: HashMap<TicketId, Vec<Entry>>,
}

impl Read {
    /// In the order of their positions, at most `limit`.
    pub fn recorded(self, stages: &Stages, limit: u32) -> Result<Vec<Recorded>, StoreError> {
        let Self { created, creations, outbox, tickets, entries } = self;
        let none = Vec::new();
        let mut recorded = Vec::new();
        for row in created {
            let later = entries.get(&row.ticket.id).unwrap_or(&none);
            let ticket = row.ticket.as_created(later);
            let position = known("tickets.event", creations.get(&ticket.id).copied())?;
            let at = ticket.created_at;
            recorded.push(Recorded {
                position,
                at,
                what: Happened::Created(Box::new(TicketRow { ticket, ..row })),
            });
        }
        for row in outbox {
            recorded.push(row.recorded(&tickets, &entries, stages)?);
        }
        recorded.sort_by_key(|recorded| recorded.position);
        recorded.truncate(limit as usize);
        Ok(recorded)
    }
}

impl OutboxRow {
    fn recorded(
        self,
        tickets: &HashMap<TicketId, TicketRow>,
        entries: &HashMap<TicketId, Vec<Entry>>,
        stages: &Stages,
    ) -> Result<Recorded, StoreError> {
        let kind = known("outbox.kind", Kind::from_name(&self.kind))?;
        let row = match self.ticket {
            Some(id) => Some(known("outbox.ticket_id", tickets.get(&TicketId(id)))?),
            None => None,
        };
        let what = match (row, self.sequence) {
            (Some(row), Some(sequence)) => {
                let of_ticket = entries.get(&row.ticket.id).map_or(&[][..], Vec::as_slice);
                let entry = of_ticket.iter().find(|entry| entry.sequence == sequence);
                let ticket = snapshot_from_text(&self.body, &row.ticket, stages)?;
                let row = Box::new(TicketRow { ticket, ..row.clone() });
                Happened::Changed { row, entry: Box::new(known("outbox.sequence", entry)?.clone()) }
            }
            (row, _) => Happened::Told {
                kind,
                row: row.map(|row| Box::new(row.clone())),
                body: from_json("outbox.body", &self.body)?,
            },
        };
        Ok(Recorded { position: self.position, at: time(self.at)?, what })
    }
}

/// The number of the last ticket whose creation is not after a position (`POSITION`). Tickets are numbered without gaps in the
/// order of their events, so it is found by halving.
pub const LAST_CREATED: &str = "
    WITH RECURSIVE half (low, high) AS (
        SELECT 0, (SELECT coalesce(max(id), 0) FROM tickets WHERE store_id = STORE)
        UNION ALL
        SELECT CASE WHEN t.event <= POSITION THEN t.id ELSE low END,
               CASE WHEN t.event <= POSITION THEN high ELSE t.id - 1 END
        FROM half JOIN tickets t ON t.store_id = STORE AND t.id = (low + high + 1) / 2 WHERE low < high
    )
    SELECT low FROM half WHERE low >= high";
