//! Commands on tickets: take the routing row, read what the shift needs, work, hand out, write.

use super::fault::Fault;
use super::filing::mark_ticket;
use super::intake::{INSERT_LABEL, INSERT_TICKET, insert_ticket};
use super::roster::Rosters;
use super::tickets::{labels, read_ticket};
use super::values::{StoredTicket, TICKET_COLUMNS, contact, entry, known as in_column, ms, snapshot_to_text};
use super::{due, floor, records, routing};
use crate::store::kept::of_outcomes;
use crate::store::types::{Move, Work, Worked, ordered};
use jiff::Timestamp;
use rota_core::access::Actor;
use rota_core::assign::Loads;
use rota_core::due::Kind;
use rota_core::ids::{ExternalId, StoreId, TicketId};
use rota_core::intake::Routing;
use rota_core::life::{self, Entry, Held, Known, Needed, Order, Outcome, Refusal, Shift, Ticket, Told, What};
use rota_core::roster::Roster;
use rota_core::search::Unowned;
use rota_core::ticket::{NewTicket, Pool};
use rusqlite::{Connection, OptionalExtension, Params, params};
use std::collections::BTreeSet;

/// Works the orders, unless they were worked before.
pub fn work(
    tx: &Connection,
    rosters: &mut Rosters,
    store: &StoreId,
    work: &Work,
    now: Timestamp,
) -> Result<Worked, Fault> {
    let routing = routing::take(&mut tx.prepare_cached(routing::TAKE)?, store)?;
    if let Some(keep) = &work.keep
        && let Some(kept) = records::kept(tx, store, keep, now)?
    {
        return kept.worked().map_err(Fault::from);
    }
    let outcomes = work_orders(tx, rosters, store, routing, &work.by, &work.orders, now)?;
    if let Some(keep) = &work.keep
        && outcomes
            .iter()
            .any(|outcome| matches!(outcome, Ok(Outcome::Done { .. } | Outcome::Created { .. })))
    {
        records::keep(tx, store, keep, &of_outcomes(&outcomes), now)?;
    }
    Ok(Worked::Now(outcomes))
}

/// Works the orders and hands out what can be handed out after them, going on from the routing row as it was taken.
pub fn work_orders(
    tx: &Connection,
    rosters: &mut Rosters,
    store: &StoreId,
    routing: Routing,
    by: &Actor,
    orders: &[Order],
    now: Timestamp,
) -> Result<Vec<Result<Outcome, Refusal>>, Fault> {
    let roster = rosters.get(tx, store, routing.roster_version)?;
    let known = known(tx, store, &roster, &Needed::by(orders))?;
    let mut shift = Shift::new(&roster, routing, known, now);
    let outcomes = orders.iter().map(|order| shift.work(by, order)).collect();
    finish(tx, store, &roster, shift, now)?;
    Ok(outcomes)
}

/// The stores in which somebody could take a ticket that waits. Those without waiting tickets cost nothing: each that has
/// some costs one step along their index.
pub fn with_takers(db: &Connection, rosters: &mut Rosters, now: Timestamp) -> Result<Vec<StoreId>, Fault> {
    let mut select = db.prepare_cached(
        "WITH RECURSIVE waiting (store_id) AS (
             SELECT min(store_id) FROM tickets INDEXED BY tickets_waiting WHERE waiting_pool IS NOT NULL
             UNION ALL
             SELECT (SELECT min(store_id) FROM tickets INDEXED BY tickets_waiting
                     WHERE waiting_pool IS NOT NULL AND store_id > waiting.store_id)
             FROM waiting WHERE store_id IS NOT NULL
         )
         SELECT store_id FROM waiting WHERE store_id IS NOT NULL",
    )?;
    let stores = select.query_map([], |row| row.get::<_, String>(0))?;
    let mut found = Vec::new();
    for store in stores.collect::<Result<Vec<_>, _>>()? {
        let store = in_column("tickets.store_id", StoreId::new(&store))?;
        let routing = routing::take(&mut db.prepare_cached(routing::TAKE)?, &store)?;
        let roster = rosters.get(db, &store, routing.roster_version)?;
        let known = known(db, &store, &roster, &Needed::default())?;
        let mut shift = Shift::new(&roster, routing, known, now);
        shift.stir_all();
        if shift.hungry().is_some() {
            found.push(store);
        }
    }
    Ok(found)
}

/// Hands out waiting tickets of all pools, some at a time; answers whether there may be more.
pub fn hand_out(
    tx: &Connection,
    rosters: &mut Rosters,
    store: &StoreId,
    now: Timestamp,
) -> Result<bool, Fault> {
    let routing = routing::take(&mut tx.prepare_cached(routing::TAKE)?, store)?;
    let roster = rosters.get(tx, store, routing.roster_version)?;
    let known = known(tx, store, &roster, &Needed::default())?;
    let mut shift = Shift::new(&roster, routing, known, now);
    shift.stir_all();
    finish(tx, store, &roster, shift, now)
}

/// What new tickets have to go behind, or come after.
pub struct Queued {
    /// The routing row once what waits was handed out.
    pub routing: Routing,
    /// The pools in which there may be more to hand out.
    pub queues: BTreeSet<Pool>,
    /// Open tickets afterwards, where anything was handed out.
    pub loads: Option<Loads>,
}

/// Hands out what waits before new tickets come (desk 4). Where all of them are dry runs nothing is written: they are told what
/// would be.
pub fn hand_out_first(
    tx: &Connection,
    store: &StoreId,
    roster: &Roster,
    routing: Routing,
    is_dry: bool,
    now: Timestamp,
) -> Result<Queued, Fault> {
    let nothing = |routing| Queued { routing, queues: BTreeSet::new(), loads: None };
    if routing.pools.values().all(|pool| pool.waiting == 0) {
        return Ok(nothing(routing));
    }
    let known = known(tx, store, roster, &Needed::default())?;
    let mut shift = Shift::new(roster, routing.clone(), known, now);
    shift.stir_all();
    let Some(worked) = hand_out_all(tx, store, roster, shift)? else { return Ok(nothing(routing)) };
    if !is_dry {
        write(tx, store, &worked, now)?;
    }
    Ok(Queued { routing: worked.routing, queues: worked.unfinished, loads: Some(worked.open) })
}

/// Moves tickets to where their moves say, then hands out waiting tickets of all pools; answers whether there may be more.
pub fn follow(
    tx: &Connection,
    store: &StoreId,
    roster: &Roster,
    routing: Routing,
    by: &Actor,
    moved: &[(TicketId, Move)],
    now: Timestamp,
) -> Result<Result<bool, Refusal>, Fault> {
    let needed = Needed { tickets: moved.iter().map(|(ticket, _)| *ticket).collect(), ..Needed::default() };
    let known = known(tx, store, roster, &needed)?;
    let orders = ordered(&known, moved, roster, by);
    let mut shift = Shift::new(roster, routing, known, now);
    for (by, order) in &orders {
        if let Err(refusal) = shift.work(by, order) {
            return Ok(Err(refusal));
        }
    }
    shift.stir_all();
    finish(tx, store, roster, shift, now).map(Ok)
}

/// Hands out what can be handed out now and writes all of the shift; answers whether there may be more to hand out.
fn finish(
    tx: &Connection,
    store: &StoreId,
    roster: &Roster,
    shift: Shift<'_>,
    now: Timestamp,
) -> Result<bool, Fault> {
    let Some(worked) = hand_out_all(tx, store, roster, shift)? else { return Ok(false) };
    write(tx, store, &worked, now)?;
    Ok(!worked.unfinished.is_empty())
}

/// Hands out what can be handed out now; what is to be written then.
fn hand_out_all(
    tx: &Connection,
    store: &StoreId,
    roster: &Roster,
    mut shift: Shift<'_>,
) -> Result<Option<life::Worked>, Fault> {
    while let Some((pool, after, limit)) = shift.hungry() {
        shift.hand_out(pool, after, limit, waiting(tx, store, roster, pool, after, limit)?);
    }
    Ok(shift.finish())
}

fn known(db: &Connection, store: &StoreId, roster: &Roster, needed: &Needed) -> Result<Known, Fault> {
    let mut known = Known::default();
    for id in &needed.tickets {
        let which = "t.store_id = ?1 AND t.id = ?2";
        known.tickets.extend(held(db, store, roster, which, params![store.as_str(), id.0])?);
    }
    for (ticket, external) in &needed.messages {
        if is_recorded(db, store, *ticket, external)? {
            known.messages.insert((*ticket, external.clone()));
        }
    }
    for (ticket, sequence) in &needed.entries {
        if let Some(entry) = stored_entry(db, store, *ticket, *sequence)? {
            known.entries.insert((*ticket, *sequence), entry);
        }
    }
    if roster.needs_loads() {
        known.loads = floor::loads(db, store)?;
    }
    Ok(known)
}

/// The oldest tickets that wait in the pool.
fn waiting(
    db: &Connection,
    store: &StoreId,
    roster: &Roster,
    pool: Pool,
    after: TicketId,
    limit: usize,
) -> Result<Vec<Held>, Fault> {
    let which = "t.store_id = ?1 AND t.waiting_pool = ?2 AND t.id > ?3 ORDER BY t.id LIMIT ?4";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    held(db, store, roster, which, params![store.as_str(), pool.number(), after.0, limit])
}

fn held(
    db: &Connection,
    store: &StoreId,
    roster: &Roster,
    which: &str,
    params: impl Params,
) -> Result<Vec<Held>, Fault> {
    let mut select = db.prepare_cached(&format!(
        "SELECT {TICKET_COLUMNS}, t.brand_address, t.customer_address, t.task_title FROM tickets t WHERE {which}"
    ))?;
    let mut rows = select.query(params)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let stored = read_ticket(row)?;
        let (brand, customer, title): (Option<String>, Option<String>, Option<String>) =
            (row.get(23)?, row.get(24)?, row.get(25)?);
        let contact = contact(&stored.channel, brand.as_deref(), customer.as_deref(), title.as_deref())?;
        let labels = labels(db, store, TicketId(stored.id))?;
        found.push(Held { ticket: stored.ticket(&roster.desk().stages, labels)?, contact });
    }
    Ok(found)
}

fn is_recorded(
    db: &Connection,
    store: &StoreId,
    ticket: TicketId,
    external: &ExternalId,
) -> Result<bool, Fault> {
    let select = "SELECT 1 FROM message_ids WHERE store_id = ?1 AND ticket_id = ?2 AND external_id = ?3";
    Ok(db.prepare_cached(select)?.exists(params![store.as_str(), ticket.0, external.as_str()])?)
}

/// `sequence` is 0 where another ticket has the message.
fn put_message_id(
    tx: &Connection,
    store: &StoreId,
    ticket: TicketId,
    external: &ExternalId,
    sequence: i64,
) -> Result<(), Fault> {
    let insert =
        "INSERT INTO message_ids (store_id, ticket_id, external_id, sequence) VALUES (?1, ?2, ?3, ?4)";
    tx.prepare_cached(insert)?.execute(params![store.as_str(), ticket.0, external.as_str(), sequence])?;
    Ok(())
}

fn stored_entry(
    db: &Connection,
    store: &StoreId,
    ticket: TicketId,
    sequence: i64,
) -> Result<Option<Entry>, Fault> {
    let mut select = db.prepare_cached(
        "SELECT at, actor, body FROM timeline WHERE store_id = ?1 AND ticket_id = ?2 AND sequence = ?3",
    )?;
    let found: Option<(i64, String, String)> = select
        .query_row(params![store.as_str(), ticket.0, sequence], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    Ok(found.map(|(at, actor, body)| entry(sequence, at, &actor, &body, None)).transpose()?)
}

fn write(tx: &Connection, store: &StoreId, worked: &life::Worked, now: Timestamp) -> Result<(), Fault> {
    for (new, linked_to) in &worked.created {
        create(tx, store, new, *linked_to)?;
    }
    for ticket in &worked.changed {
        if let Some(until) = ticket.state.wakes_at() {
            due::put(tx, store, Kind::Wake, ticket.id.0, until)?;
        }
        let last_event = worked.entries.iter().rev().find(|told| told.ticket.id == ticket.id);
        let last_event = last_event.map_or(0, |told| told.position);
        change(tx, store, ticket, last_event)?;
    }
    for told in &worked.entries {
        append(tx, store, told, now)?;
    }
    for (ticket, external) in &worked.recorded {
        put_message_id(tx, store, *ticket, external, 0)?;
    }
    for (agent, more) in &worked.loads {
        routing::add_load(&mut tx.prepare_cached(routing::ADD_LOAD)?, store, *agent, *more)?;
    }
    for (customer, agent) in &worked.last_agents {
        let mut put = tx.prepare_cached(routing::PUT_LAST_AGENT)?;
        routing::put_last_agent(&mut put, store, customer, *agent, now)?;
    }
    routing::write(&mut tx.prepare_cached(routing::WRITE)?, store, &worked.routing)
}

fn create(tx: &Connection, store: &StoreId, new: &NewTicket, linked_to: TicketId) -> Result<(), Fault> {
    insert_ticket(&mut tx.prepare_cached(INSERT_TICKET)?, store, new)?;
    let link = "UPDATE tickets SET linked_to = ?3 WHERE store_id = ?1 AND id = ?2";
    tx.prepare_cached(link)?.execute(params![store.as_str(), new.id.0, linked_to.0])?;
    Ok(())
}

fn change(tx: &Connection, store: &StoreId, ticket: &Ticket, last_event: i64) -> Result<(), Fault> {
    let row = StoredTicket::changed(ticket, last_event);
    tx.prepare_cached(
        "UPDATE tickets SET
             stage = ?3, agent_id = ?4, team_id = ?5, waiting_pool = ?6, stage_id = ?7, priority = ?8, passed = ?9,
             touched = ?10, heard_at = ?11, opened_at = ?12, changed_at = ?13, sequence = ?14, last_event = ?15,
             snoozed_until = ?16, closed_at = ?17, closed_by = ?18, merged_into = ?19, merged_was = ?20
         WHERE store_id = ?1 AND id = ?2",
    )?
    .execute(params![
        store.as_str(),
        row.id,
        row.kind,
        row.agent,
        row.team,
        row.waiting_pool,
        row.stage,
        row.priority,
        row.passed,
        row.touched,
        row.heard_at,
        row.opened_at,
        row.changed_at,
        row.sequence,
        row.last_event,
        row.snoozed_until,
        row.closed_at,
        row.closed_by,
        row.merged_into,
        row.merged_was,
    ])?;
    tx.prepare_cached(
        "UPDATE listed SET stage = ?3, agent_id = ?4, team_id = ?5, priority = ?6, last_event = ?7, quiet_since = ?8,
             unowned = ?9
         WHERE store_id = ?1 AND ticket_id = ?2",
    )?
    .execute(params![
        store.as_str(),
        row.id,
        row.kind,
        row.agent,
        row.team,
        row.priority,
        row.last_event,
        ms(ticket.quiet_since()),
        Unowned::of(&ticket.state).map(Unowned::name),
    ])?;
    relabel(tx, store, ticket)
}

fn relabel(tx: &Connection, store: &StoreId, ticket: &Ticket) -> Result<(), Fault> {
    let before: BTreeSet<_> = labels(tx, store, ticket.id)?;
    let mut delete = tx.prepare_cached(
        "DELETE FROM ticket_labels WHERE store_id = ?1 AND ticket_id = ?2 AND label_id = ?3",
    )?;
    for gone in before.difference(&ticket.labels) {
        delete.execute(params![store.as_str(), ticket.id.0, gone.0])?;
    }
    let mut insert = tx.prepare_cached(INSERT_LABEL)?;
    for new in ticket.labels.difference(&before) {
        insert.execute(params![store.as_str(), ticket.id.0, new.0])?;
    }
    Ok(())
}

/// Appends a timeline entry and the event that tells of it, and what is looked up of it later.
fn append(tx: &Connection, store: &StoreId, told: &Told, now: Timestamp) -> Result<(), Fault> {
    let Told { ticket: after, position, entry } = told;
    let ticket = after.id;
    let (id, sequence) = (store.as_str(), entry.sequence);
    let receipt = entry.receipt.as_ref().map(|receipt| receipt.stored());
    tx.prepare_cached(
        "INSERT INTO timeline (store_id, ticket_id, sequence, at, kind, actor, body, receipt)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        id,
        ticket.0,
        sequence,
        ms(entry.at),
        entry.what.kind(),
        entry.by.to_string(),
        entry.what.stored(),
        receipt
    ])?;
    tx.prepare_cached(
        "INSERT INTO outbox (store_id, position, at, kind, ticket_id, sequence, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        id,
        position,
        ms(now),
        entry.what.event().name(),
        ticket.0,
        sequence,
        snapshot_to_text(after)
    ])?;
    match &entry.what {
        What::Message { external_id, .. } => {
            if let Some(external) = external_id {
                put_message_id(tx, store, ticket, external, sequence)?;
            }
            mark_ticket(tx, store, ticket.0)
        }
        What::Noted { mentions, .. } => {
            let mut mention = tx.prepare_cached(
                "INSERT INTO mentions (store_id, agent_id, ticket_id, sequence) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (store_id, agent_id, ticket_id) DO UPDATE SET sequence = ?4",
            )?;
            for agent in mentions {
                mention.execute(params![id, agent.0, ticket.0, sequence])?;
            }
            mark_ticket(tx, store, ticket.0)
        }
        _ => Ok(()),
    }
}
