//! The recorded past, read for replays.

use super::fault::Fault;
use super::intake::read_routing;
use super::session::Session;
use super::values::ms;
use crate::store::replay::{
    CHUNK, Chunk, Period, StoredEntry, StoredPast, StoredSaid, entries_condition, recorded, shift,
};
use rota_core::ids::StoreId;
use rota_core::replay::{Needs, Recorded, Shift};
use std::collections::{HashMap, HashSet};
use tokio::join;
use tokio::sync::mpsc;

pub async fn read(
    session: &Session,
    store: &StoreId,
    period: Period,
    to: &mpsc::Sender<Chunk>,
) -> Result<(), Fault> {
    let end = read_routing(session, store).await?.next_ticket;
    let first = first_from(session, store, ms(period.from), 1, end).await?;
    let end = first_from(session, store, ms(period.to), first, end).await?;
    let tickets = u64::try_from(end - first).unwrap_or(0);
    let shifts = shifts(session, store, period).await?;
    let mut goes_on = to.send(Chunk::Begin { tickets, shifts }).await.is_ok();
    let mut next = first;
    while goes_on && next < end {
        let until = end.min(next + CHUNK);
        let tickets = chunk(session, store, next, until, period.needs).await?;
        goes_on = to.send(Chunk::Tickets(tickets)).await.is_ok();
        next = until;
    }
    if goes_on {
        // Who has hung up by now does not miss it.
        drop(to.send(Chunk::End).await);
    }
    Ok(())
}

/// The first of the tickets from `low` to before `high` that came at `at` or later: numbers go up with time.
async fn first_from(
    session: &Session,
    store: &StoreId,
    at: i64,
    mut low: i64,
    mut high: i64,
) -> Result<i64, Fault> {
    let select = "SELECT created_at FROM tickets WHERE store_id = $1 AND id = $2";
    while low < high {
        let middle = low + (high - low) / 2;
        let rows = session.rows(select, &[&store.as_str(), &middle]).await?;
        let came: Option<i64> = rows.first().map(|row| row.try_get(0)).transpose()?;
        if came.is_some_and(|came| came < at) { low = middle + 1 } else { high = middle }
    }
    Ok(low)
}

async fn shifts(session: &Session, store: &StoreId, period: Period) -> Result<Vec<Shift>, Fault> {
    let select = "SELECT agent_id, at, online, active FROM agent_history WHERE store_id = $1 AND at < $2
                  ORDER BY agent_id, roster_version";
    let rows = session.rows(select, &[&store.as_str(), &ms(period.to)]).await?;
    rows.iter()
        .map(|row| Ok(shift(row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?)?))
        .collect()
}

async fn chunk(
    session: &Session,
    store: &StoreId,
    from: i64,
    to: i64,
    needs: Needs,
) -> Result<Vec<Recorded>, Fault> {
    let (tickets, entries) =
        join!(tickets(session, store, from, to, needs), entries(session, store, from, to, needs));
    let tickets = tickets?;
    let tags = if needs.tags { tags(session, store, &tickets).await? } else { HashMap::new() };
    Ok(recorded(tickets, entries?, &tags)?)
}

async fn tickets(
    session: &Session,
    store: &StoreId,
    from: i64,
    to: i64,
    needs: Needs,
) -> Result<Vec<StoredPast>, Fault> {
    let labels = if needs.labels {
        "ARRAY(SELECT label_id FROM ticket_labels l WHERE l.store_id = t.store_id AND l.ticket_id = t.id)"
    } else {
        "'{}'::bigint[]"
    };
    let said = if needs.subjects {
        "channel, brand_address, customer_address, task_title"
    } else {
        "NULL, NULL, NULL, NULL"
    };
    let context = if needs.texts { "context" } else { "NULL" };
    let select = format!(
        "SELECT id, created_at, receipt, linked_to IS NOT NULL, customer_id, {labels}, {said}, {context}
         FROM tickets t WHERE store_id = $1 AND id >= $2 AND id < $3 ORDER BY id"
    );
    let rows = session.rows(&select, &[&store.as_str(), &from, &to]).await?;
    rows.iter()
        .map(|row| {
            let said = if needs.subjects {
                Some(StoredSaid {
                    channel: row.try_get(6)?,
                    brand: row.try_get(7)?,
                    customer: row.try_get(8)?,
                    title: row.try_get(9)?,
                    context: row.try_get(10)?,
                })
            } else {
                None
            };
            Ok(StoredPast {
                id: row.try_get(0)?,
                created_at: row.try_get(1)?,
                receipt: row.try_get(2)?,
                linked: row.try_get(3)?,
                customer: if needs.customers || needs.tags { row.try_get(4)? } else { None },
                labels: row.try_get(5)?,
                said,
            })
        })
        .collect()
}

async fn entries(
    session: &Session,
    store: &StoreId,
    from: i64,
    to: i64,
    needs: Needs,
) -> Result<Vec<StoredEntry>, Fault> {
    let select = format!(
        "SELECT ticket_id, sequence, at, body FROM timeline
         WHERE store_id = $1 AND ticket_id >= $2 AND ticket_id < $3 AND {}
         ORDER BY ticket_id, sequence",
        entries_condition(needs)
    );
    let rows = session.rows(&select, &[&store.as_str(), &from, &to]).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?))).collect()
}

async fn tags(
    session: &Session,
    store: &StoreId,
    tickets: &[StoredPast],
) -> Result<HashMap<String, Vec<Box<str>>>, Fault> {
    let customers: HashSet<&str> = tickets.iter().filter_map(|ticket| ticket.customer.as_deref()).collect();
    let customers: Vec<&str> = customers.into_iter().collect();
    let select = "SELECT customer_id, tag FROM customer_tags WHERE store_id = $1 AND customer_id = ANY($2)
                  ORDER BY customer_id, tag";
    let mut tags: HashMap<String, Vec<Box<str>>> = HashMap::new();
    for row in session.rows(select, &[&store.as_str(), &customers]).await? {
        tags.entry(row.try_get(0)?).or_default().push(row.try_get::<_, &str>(1)?.into());
    }
    Ok(tags)
}
