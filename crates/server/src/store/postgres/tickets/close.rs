//! Closing ends a ticket's load or its wait, and tells so in its timeline and the outbox.

use crate::store::postgres::fault::Fault;
use crate::store::postgres::intake::{take_routing, write_routing};
use crate::store::postgres::session::Session;
use crate::store::postgres::values::{known, ms};
use jiff::Timestamp;
use rota_core::ids::{StoreId, TicketId};
use rota_core::ticket::Pool;
use std::collections::{HashMap, HashSet};

/// An open ticket's owner, and the pool that it waits in.
type Open = (Option<i64>, Option<i64>);

pub async fn close(
    session: &Session,
    store: &StoreId,
    ids: &[TicketId],
    by: &str,
    now: Timestamp,
) -> Result<Vec<TicketId>, Fault> {
    let mut routing = take_routing(session, store).await?;
    let open = open(session, store, ids).await?;
    let mut named = HashSet::new();
    let closed: Vec<TicketId> =
        ids.iter().copied().filter(|id| open.contains_key(&id.0) && named.insert(*id)).collect();
    let mut loads: HashMap<i64, i64> = HashMap::new();
    for id in &closed {
        let (agent, pool) = open[&id.0];
        if let Some(agent) = agent {
            *loads.entry(agent).or_default() += 1;
        }
        if let Some(state) = pool.and_then(|pool| routing.pools.get_mut(&Pool::from_number(pool))) {
            state.waiting = state.waiting.saturating_sub(1);
        }
    }
    mark_closed(session, store, &closed, by, routing.next_event, now).await?;
    lower_loads(session, store, &loads).await?;
    routing.next_event += known("closed tickets", i64::try_from(closed.len()).ok())?;
    write_routing(session, store, &routing).await?;
    Ok(closed)
}

async fn open(session: &Session, store: &StoreId, ids: &[TicketId]) -> Result<HashMap<i64, Open>, Fault> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let select = "SELECT id, agent_id, waiting_pool FROM tickets
                  WHERE store_id = $1 AND id = ANY($2) AND stage <> 'closed'";
    let rows = session.rows(select, &[&store.as_str(), &ids]).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, (row.try_get(1)?, row.try_get(2)?)))).collect()
}

/// Marks the tickets and tells of them from event `first` on, in their order.
async fn mark_closed(
    session: &Session,
    store: &StoreId,
    ids: &[TicketId],
    by: &str,
    first: i64,
    now: Timestamp,
) -> Result<(), Fault> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let update =
        "UPDATE tickets SET stage = 'closed', waiting_pool = NULL WHERE store_id = $1 AND id = ANY($2)";
    session.execute(update, &[&store.as_str(), &ids]).await?;
    let insert = "
        WITH closed AS (
            SELECT id, place, coalesce((SELECT max(sequence) FROM timeline
                                        WHERE store_id = $1 AND ticket_id = id), 1) + 1 AS sequence
            FROM unnest($2) WITH ORDINALITY AS closed (id, place)
        ), entries AS (
            INSERT INTO timeline (store_id, ticket_id, sequence, at, kind, actor, body)
            SELECT $1, id, sequence, $5, 'closed', $3, '{}' FROM closed
        )
        INSERT INTO outbox (store_id, position, at, ticket_id, sequence)
        SELECT $1, $4 + place - 1, $5, id, sequence FROM closed";
    session.execute(insert, &[&store.as_str(), &ids, &by, &first, &ms(now)]).await?;
    Ok(())
}

async fn lower_loads(session: &Session, store: &StoreId, loads: &HashMap<i64, i64>) -> Result<(), Fault> {
    let (agents, fewer): (Vec<i64>, Vec<i64>) = loads.iter().map(|(agent, fewer)| (*agent, *fewer)).unzip();
    let update = "
        UPDATE agent_loads SET open = open - fewer
        FROM unnest($2, $3) AS closed (agent, fewer)
        WHERE store_id = $1 AND generation = (SELECT max(generation) FROM routing WHERE store_id = $1)
          AND agent_id = closed.agent";
    session.execute(update, &[&store.as_str(), &agents, &fewer]).await?;
    Ok(())
}
