//! Which events are sent again: one, or those of a time.

use super::event_id;
use crate::events::Event;
use crate::store::events::EventStore;
use crate::store::webhooks::WebhookRow;
use crate::store::{Store, StoreError};
use jiff::Timestamp;
use rota_core::ids::{StoreId, TicketId};
use rota_core::webhook::{self, MOST_RESENT};

const READ: u32 = 500;

/// Events by their places, each with its ticket.
pub type Asked = Vec<(i64, u8, Option<TicketId>)>;

/// More events than are sent again at a time.
#[derive(Debug, thiserror::Error)]
#[error("covers more than {MOST_RESENT} events; ask for a shorter time")]
pub struct TooMany;

/// The event of an id, if it is kept and of those that the endpoint is told of.
pub async fn one(
    database: &dyn Store,
    (store, row): (&StoreId, &WebhookRow),
    id: &str,
    now: Timestamp,
) -> Result<Option<Asked>, StoreError> {
    let Some((position, part)) = event_id(id).filter(|(position, _)| *position > 0) else { return Ok(None) };
    let recorded = database.events(store, position - 1, 1).await?;
    let event = recorded
        .into_iter()
        .flat_map(Event::of)
        .find(|event| (event.position, event.part) == (position, part) && is_sendable(row, event, now));
    Ok(event.map(|event| vec![(position, part, event.ticket_id())]))
}

/// The events from one time to another, the second not included.
pub async fn between(
    database: &dyn Store,
    (store, row): (&StoreId, &WebhookRow),
    (from, to): (Timestamp, Timestamp),
    now: Timestamp,
) -> Result<Result<Asked, TooMany>, StoreError> {
    let from = from.max(webhook::kept_since(now));
    let mut after = before(database, store, from).await?;
    let mut found = Vec::new();
    loop {
        let recorded = database.events(store, after, READ).await?;
        let Some(last) = recorded.last().map(|recorded| recorded.position) else { return Ok(Ok(found)) };
        after = last;
        // Times may go back a little between nodes.
        let is_past = recorded.iter().all(|recorded| recorded.at >= to);
        for event in recorded.into_iter().flat_map(Event::of) {
            if (from..to).contains(&event.at) && is_sendable(row, &event, now) {
                found.push((event.position, event.part, event.ticket_id()));
            }
        }
        if found.len() > MOST_RESENT {
            return Ok(Err(TooMany));
        }
        if is_past {
            return Ok(Ok(found));
        }
    }
}

fn is_sendable(row: &WebhookRow, event: &Event, now: Timestamp) -> bool {
    webhook::is_told(row.format, &row.kinds, event.kind) && webhook::is_kept(event.at, now)
}

/// The last position before that time, found by halving; somewhat earlier where nodes' clocks differ.
async fn before(database: &dyn EventStore, store: &StoreId, from: Timestamp) -> Result<i64, StoreError> {
    let (mut low, mut high) = (0, database.last_event(store).await?);
    while low < high {
        let middle = low + (high - low) / 2;
        let found = database.events(store, middle, 1).await?;
        match found.first() {
            Some(recorded) if recorded.at < from => low = recorded.position,
            _ => high = middle,
        }
    }
    Ok((low - i64::from(READ)).max(0))
}
