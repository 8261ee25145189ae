//! Pieces of timed work, each done in the transaction that takes it off the list.

use super::{is_held, settle, waiting};
use crate::store::due::{Ended, Piece, Work};
use crate::store::sqlite::fault::Fault;
use crate::store::sqlite::roster::Rosters;
use crate::store::sqlite::values::{ms, span_ms};
use crate::store::sqlite::{events, provision, rejections, routing, sessions, shift};
use crate::store::{DecideSettings, Provisioned, Refused, StoreError};
use jiff::Timestamp;
use rota_core::access::Actor;
use rota_core::due::{self, CLOSED_AT_ONCE, Kind, Next, REMOVED_AT_ONCE};
use rota_core::ids::{StoreId, TicketId};
use rota_core::life::{Command, Order, Outcome};
use rota_core::webhook;
use rusqlite::{Connection, params};

pub fn work(
    tx: &Connection,
    rosters: &mut Rosters,
    piece: &Piece,
    what: Work,
    now: Timestamp,
) -> Result<Ended, Fault> {
    if !is_held(tx, piece)? {
        return Ok(Ended::Lost);
    }
    let store = &piece.store;
    let next = match what {
        Work::Wake(ticket) => wake(tx, rosters, store, ticket, now),
        Work::Change(decide) => change(tx, store, decide, now),
        Work::AutoClose => close(tx, rosters, store, now),
        Work::WaitingTooLong => waiting::tell(tx, store, now),
        Work::Retention => remove_old(tx, store, now),
        Work::Sessions => remove_sessions(tx, store, now),
    };
    let ended = match next {
        Err(Fault::Store(StoreError::NotFound)) => Ended::Dropped,
        next => next?.into(),
    };
    settle(tx, piece, ended)?;
    Ok(ended)
}

fn wake(
    tx: &Connection,
    rosters: &mut Rosters,
    store: &StoreId,
    ticket: TicketId,
    now: Timestamp,
) -> Result<Next, Fault> {
    let routing = routing::take(&mut tx.prepare_cached(routing::TAKE)?, store)?;
    let order = Order { ticket, command: Command::Wake };
    let outcomes = shift::work_orders(tx, rosters, store, routing, &Actor::Clock, &[order], now)?;
    Ok(outcomes.first().map_or(Next::Done, due::after_waking))
}

fn close(tx: &Connection, rosters: &mut Rosters, store: &StoreId, now: Timestamp) -> Result<Next, Fault> {
    let routing = routing::take(&mut tx.prepare_cached(routing::TAKE)?, store)?;
    let roster = rosters.get(tx, store, routing.roster_version)?;
    let quiet = match due::closes_before(roster.desk(), now) {
        Some(before) => quiet_since(tx, store, before)?,
        None => Vec::new(),
    };
    let found = quiet.len();
    let order = |ticket| Order { ticket, command: Command::AutoClose };
    let orders: Vec<Order> = quiet.into_iter().map(order).collect();
    let outcomes = shift::work_orders(tx, rosters, store, routing, &Actor::Clock, &orders, now)?;
    let closed = outcomes.iter().filter(|outcome| matches!(outcome, Ok(Outcome::Done { .. }))).count();
    Ok(due::after_closing(roster.desk(), found, closed, now))
}

/// Open tickets whose customers were not heard of since then, the quietest first; those that are in no list yet come last.
fn quiet_since(db: &Connection, store: &StoreId, before: Timestamp) -> Result<Vec<TicketId>, Fault> {
    let listed = "
        SELECT ticket_id FROM listed INDEXED BY listed_by_quiet
        WHERE store_id = ?1 AND stage = 'open' AND quiet_since <= ?2 ORDER BY quiet_since LIMIT ?3";
    let unlisted = "
        SELECT id FROM tickets
        WHERE store_id = ?1 AND id > coalesce((SELECT tickets_to FROM listing WHERE store_id = ?1), 0)
          AND stage = 'open' AND max(coalesce(opened_at, created_at), coalesce(heard_at, created_at)) <= ?2
        ORDER BY id LIMIT ?3";
    let mut found = Vec::new();
    for select in [listed, unlisted] {
        let mut select = db.prepare_cached(select)?;
        let limit = CLOSED_AT_ONCE - found.len();
        let rows = select.query_map(params![store.as_str(), ms(before), limit], |row| row.get(0))?;
        for id in rows {
            found.push(TicketId(id?));
        }
    }
    Ok(found)
}

/// Removes what was kept for its time. The audit log's positions are in the order of time, so its oldest rows alone are
/// looked at.
fn remove_old(tx: &Connection, store: &StoreId, now: Timestamp) -> Result<Next, Fault> {
    let kept_since = ms(now).saturating_sub(span_ms(provision::store_row(tx, store)?.keep_audit));
    let audit = "
        DELETE FROM audit WHERE store_id = ?1 AND at < ?2 AND position IN
            (SELECT position FROM audit WHERE store_id = ?1 ORDER BY position LIMIT ?3)";
    let answers = "
        DELETE FROM idempotency WHERE rowid IN
            (SELECT rowid FROM idempotency INDEXED BY idempotency_by_expiry
             WHERE store_id = ?1 AND expires_at <= ?2 LIMIT ?3)";
    let routing = provision::store_row(tx, store)?.routing;
    let last_agents = "
        DELETE FROM last_agents WHERE store_id = ?1 AND customer_id IN
            (SELECT customer_id FROM last_agents INDEXED BY last_agents_by_time
             WHERE store_id = ?1 AND at < ?2 LIMIT ?3)";
    let counts_since = routing.sticky.map_or(i64::MAX, |sticky| ms(now).saturating_sub(span_ms(sticky)));
    let attempts = "
        DELETE FROM webhook_attempts WHERE (store_id, webhook_id, id) IN
            (SELECT store_id, webhook_id, id FROM webhook_attempts INDEXED BY webhook_attempts_by_time
             WHERE store_id = ?1 AND at < ?2 LIMIT ?3)";
    let tried_since = ms(now).saturating_sub(span_ms(webhook::KEPT));
    let attempts = tx.execute(attempts, params![store.as_str(), tried_since, REMOVED_AT_ONCE])?;
    let last_agents = tx.execute(last_agents, params![store.as_str(), counts_since, REMOVED_AT_ONCE])?;
    let audit = tx.execute(audit, params![store.as_str(), kept_since, REMOVED_AT_ONCE])?;
    let answers = tx.execute(answers, params![store.as_str(), ms(now), REMOVED_AT_ONCE])?;
    rejections::remove_old(tx, store, now)?;
    let events = events::remove_old(tx, store, now)?;
    let most = audit.max(answers).max(last_agents).max(attempts).max(events);
    Ok(due::after_removing(Kind::Retention, most as u64, now))
}

/// Works what changes of an agent.
fn change(tx: &Connection, store: &StoreId, decide: DecideSettings, now: Timestamp) -> Result<Next, Fault> {
    match provision::run(tx, store, decide, false, now)? {
        Provisioned::Refused(Refused::NotFound) => Err(StoreError::NotFound.into()),
        Provisioned::Refused(refused) => Err(StoreError::Conflict(refused.to_string()).into()),
        _ => Ok(Next::Done),
    }
}

fn remove_sessions(tx: &Connection, store: &StoreId, now: Timestamp) -> Result<Next, Fault> {
    let ended = sessions::end_past(tx, store, now, REMOVED_AT_ONCE)?;
    Ok(due::after_removing(Kind::Sessions, ended, now))
}
