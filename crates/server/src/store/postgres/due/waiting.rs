//! Telling of tickets that wait too long.

use crate::store::events::told_wait;
use crate::store::postgres::fault::Fault;
use crate::store::postgres::intake::write_routing;
use crate::store::postgres::provision;
use crate::store::postgres::session::Session;
use crate::store::postgres::tickets::entries_of;
use crate::store::postgres::values::{ms, time};
use jiff::Timestamp;
use rota_core::due::{Next, TOLD_AT_ONCE, after_telling, earlier};
use rota_core::event::Kind;
use rota_core::ids::{StoreId, TicketId};
use rota_core::intake::Routing;
use rota_core::wait::Wait;

/// A waiting ticket of which it is not known whether its wait was told.
struct Found {
    ticket: TicketId,
    created_at: Timestamp,
    sequence: i64,
    known: Option<Wait>,
}

/// The routing row is taken.
pub async fn tell(
    session: &Session,
    store: &StoreId,
    mut routing: Routing,
    now: Timestamp,
) -> Result<Next, Fault> {
    let span = provision::store_row(session, store).await?.waiting_too_long;
    let Some(before) = span.map(|span| earlier(now, span)) else { return Ok(after_telling(span, 0, now)) };
    let delete = "
        DELETE FROM waits w WHERE w.store_id = $1 AND NOT EXISTS (
            SELECT FROM tickets t WHERE t.store_id = $1 AND t.id = w.ticket_id AND t.waiting_pool IS NOT NULL)";
    session.execute(delete, &[&store.as_str()]).await?;
    let found = find(session, store, before).await?;
    let changed: Vec<i64> = found.iter().filter(|one| one.sequence > 1).map(|one| one.ticket.0).collect();
    let entries = entries_of(session, store, &changed).await?;
    let wait = |one: &Found| {
        let later = entries.get(&one.ticket).map_or(&[][..], Vec::as_slice);
        Wait::now(one.created_at, later, one.known)
    };
    let waits: Vec<Wait> = found.iter().map(wait).collect();
    let waits: Vec<(Found, Wait)> = found.into_iter().zip(waits).collect();
    let due = waits.iter().filter(|(_, wait)| wait.is_due(before));
    let due: Vec<(TicketId, Wait)> = due.map(|(one, wait)| (one.ticket, *wait)).collect();
    append(session, store, routing.next_event, &due, now).await?;
    put(session, store, &waits, before).await?;
    routing.next_event += i64::try_from(due.len()).unwrap_or(i64::MAX);
    write_routing(session, store, &routing).await?;
    Ok(after_telling(span, waits.len(), now))
}

/// What was looked at is found again once it has changed, or its wait has become too long.
async fn find(session: &Session, store: &StoreId, before: Timestamp) -> Result<Vec<Found>, Fault> {
    let select = "
        SELECT t.id, t.created_at, coalesce(t.sequence, 1), w.since, w.told
        FROM tickets t LEFT JOIN waits w ON w.store_id = t.store_id AND w.ticket_id = t.id
        WHERE t.store_id = $1 AND t.waiting_pool IS NOT NULL AND t.created_at <= $2
          AND (w.ticket_id IS NULL OR w.sequence <> coalesce(t.sequence, 1) OR NOT w.told AND w.since <= $2)
        ORDER BY t.id LIMIT $3";
    let limit = i64::try_from(TOLD_AT_ONCE).unwrap_or(i64::MAX);
    let rows = session.rows(select, &[&store.as_str(), &ms(before), &limit]).await?;
    rows.iter()
        .map(|row| {
            let known = match row.try_get::<_, Option<i64>>(3)? {
                Some(since) => Some(Wait { since: time(since)?, told: row.try_get(4)? }),
                None => None,
            };
            Ok(Found {
                ticket: TicketId(row.try_get(0)?),
                created_at: time(row.try_get(1)?)?,
                sequence: row.try_get(2)?,
                known,
            })
        })
        .collect()
}

async fn append(
    session: &Session,
    store: &StoreId,
    position: i64,
    due: &[(TicketId, Wait)],
    now: Timestamp,
) -> Result<(), Fault> {
    let tickets: Vec<i64> = due.iter().map(|(ticket, _)| ticket.0).collect();
    let bodies: Vec<String> = due.iter().map(|(_, wait)| told_wait(wait).to_string()).collect();
    let insert = "
        INSERT INTO outbox (store_id, position, at, kind, ticket_id, body)
        SELECT $1, $2 + place - 1, $3, $4, ticket, body
        FROM unnest($5, $6) WITH ORDINALITY AS w (ticket, body, place)";
    let kind = Kind::TicketWaitingTooLong.name();
    session.execute(insert, &[&store.as_str(), &position, &ms(now), &kind, &tickets, &bodies]).await?;
    Ok(())
}

/// Notes the waits; those that are due have been told now.
async fn put(
    session: &Session,
    store: &StoreId,
    waits: &[(Found, Wait)],
    before: Timestamp,
) -> Result<(), Fault> {
    let tickets: Vec<i64> = waits.iter().map(|(one, _)| one.ticket.0).collect();
    let sequences: Vec<i64> = waits.iter().map(|(one, _)| one.sequence).collect();
    let sinces: Vec<i64> = waits.iter().map(|(_, wait)| ms(wait.since)).collect();
    let tolds: Vec<bool> = waits.iter().map(|(_, wait)| wait.told || wait.is_due(before)).collect();
    let upsert = "
        INSERT INTO waits (store_id, ticket_id, sequence, since, told)
        SELECT $1, ticket_id, sequence, since, told
        FROM unnest($2, $3, $4, $5) AS w (ticket_id, sequence, since, told)
        ON CONFLICT (store_id, ticket_id)
        DO UPDATE SET sequence = excluded.sequence, since = excluded.since, told = excluded.told";
    session.execute(upsert, &[&store.as_str(), &tickets, &sequences, &sinces, &tolds]).await?;
    Ok(())
}
