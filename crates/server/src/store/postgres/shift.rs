//! Commands on tickets: take the routing row, read what the shift needs, work, hand out, write.

use super::fault::Fault;
use super::filing::mark_tickets;
use super::intake::{Taken, put_last_agents, read_routing, take_generation, write_routing};
use super::roster::Rosters;
use super::session::Session;
use super::tickets::read_ticket;
use super::values::{StoredTicket, TICKET_COLUMNS, contact, entry, known as in_column, ms, snapshot_to_text};
use super::{due, records};
use crate::store::kept::of_outcomes;
use crate::store::types::{Move, Work, Worked, ordered};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join_all};
use jiff::Timestamp;
use rota_core::access::Actor;
use rota_core::assign::Loads;
use rota_core::due::Kind;
use rota_core::ids::{AgentId, ExternalId, LabelId, StoreId, TicketId};
use rota_core::life::{self, Held, Known, Needed, Order, Outcome, Refusal, Shift, Told, What};
use rota_core::roster::Roster;
use rota_core::search::Unowned;
use rota_core::ticket::{NewTicket, Pool};
use std::collections::{BTreeSet, HashMap};
use tokio_postgres::Row;

/// Works the orders, unless they were worked before.
pub async fn work(
    session: &Session,
    rosters: &Rosters,
    store: &StoreId,
    work: &Work,
    now: Timestamp,
) -> Result<Worked, Fault> {
    let taken = take_generation(session, store).await?;
    if let Some(keep) = &work.keep
        && let Some(kept) = records::kept(session, store, keep, now).await?
    {
        return kept.worked().map_err(Fault::from);
    }
    let outcomes = work_orders(session, rosters, store, taken, &work.by, &work.orders, now).await?;
    if let Some(keep) = &work.keep
        && outcomes
            .iter()
            .any(|outcome| matches!(outcome, Ok(Outcome::Done { .. } | Outcome::Created { .. })))
    {
        records::keep(session, store, keep, &of_outcomes(&outcomes), now).await?;
    }
    Ok(Worked::Now(outcomes))
}

/// Works the orders and hands out what can be handed out after them, going on from the routing row that was taken.
pub async fn work_orders(
    session: &Session,
    rosters: &Rosters,
    store: &StoreId,
    taken: Taken,
    by: &Actor,
    orders: &[Order],
    now: Timestamp,
) -> Result<Vec<Result<Outcome, Refusal>>, Fault> {
    let roster = rosters.get(session, store, taken.routing.roster_version).await?;
    let known = known_for(session, store, &roster, &Needed::by(orders)).await?;
    let mut shift = Shift::new(&roster, taken.routing, known, now);
    let outcomes = orders.iter().map(|order| shift.work(by, order)).collect();
    finish(session, store, taken.generation, &roster, shift, now).await?;
    Ok(outcomes)
}

/// The stores in which somebody could take a ticket that waits. Those without waiting tickets cost nothing: each that has
/// some costs one step along their index.
pub async fn with_takers(
    session: &Session,
    rosters: &Rosters,
    now: Timestamp,
) -> Result<Vec<StoreId>, Fault> {
    let select = "
        WITH RECURSIVE waiting (store_id) AS (
            (SELECT store_id FROM tickets WHERE waiting_pool IS NOT NULL ORDER BY store_id LIMIT 1)
            UNION ALL
            SELECT (SELECT t.store_id FROM tickets t
                    WHERE t.waiting_pool IS NOT NULL AND t.store_id > w.store_id ORDER BY t.store_id LIMIT 1)
            FROM waiting w WHERE w.store_id IS NOT NULL
        )
        SELECT store_id FROM waiting WHERE store_id IS NOT NULL";
    let mut found = Vec::new();
    for row in session.rows(select, &[]).await? {
        let store = in_column("tickets.store_id", StoreId::new(row.try_get(0)?))?;
        let routing = read_routing(session, &store).await?;
        let roster = rosters.get(session, &store, routing.roster_version).await?;
        let known = known_for(session, &store, &roster, &Needed::default()).await?;
        let mut shift = Shift::new(&roster, routing, known, now);
        shift.stir_all();
        if shift.hungry().is_some() {
            found.push(store);
        }
    }
    Ok(found)
}

/// Hands out waiting tickets of all pools, some at a time; answers whether there may be more.
pub async fn hand_out(
    session: &Session,
    rosters: &Rosters,
    store: &StoreId,
    now: Timestamp,
) -> Result<bool, Fault> {
    let taken = take_generation(session, store).await?;
    let roster = rosters.get(session, store, taken.routing.roster_version).await?;
    let known = known_for(session, store, &roster, &Needed::default()).await?;
    let mut shift = Shift::new(&roster, taken.routing, known, now);
    shift.stir_all();
    finish(session, store, taken.generation, &roster, shift, now).await
}

/// Moves tickets to where their moves say, then hands out waiting tickets of all pools; answers whether there may be more.
pub async fn follow(
    session: &Session,
    store: &StoreId,
    roster: &Roster,
    taken: Taken,
    by: &Actor,
    moved: &[(TicketId, Move)],
    now: Timestamp,
) -> Result<Result<bool, Refusal>, Fault> {
    let needed = Needed { tickets: moved.iter().map(|(ticket, _)| *ticket).collect(), ..Needed::default() };
    let known = known_for(session, store, roster, &needed).await?;
    let orders = ordered(&known, moved, roster, by);
    let mut shift = Shift::new(roster, taken.routing, known, now);
    for (by, order) in &orders {
        if let Err(refusal) = shift.work(by, order) {
            return Ok(Err(refusal));
        }
    }
    shift.stir_all();
    finish(session, store, taken.generation, roster, shift, now).await.map(Ok)
}

/// Hands out what can be handed out now and writes all of the shift; answers whether there may be more to hand out.
async fn finish(
    session: &Session,
    store: &StoreId,
    generation: i64,
    roster: &Roster,
    shift: Shift<'_>,
    now: Timestamp,
) -> Result<bool, Fault> {
    let Some(worked) = hand_out_all(session, store, roster, shift).await? else { return Ok(false) };
    write(session, store, generation, &worked, now).await?;
    Ok(!worked.unfinished.is_empty())
}

/// Hands out what can be handed out now; what is to be written then.
pub async fn hand_out_all(
    session: &Session,
    store: &StoreId,
    roster: &Roster,
    mut shift: Shift<'_>,
) -> Result<Option<life::Worked>, Fault> {
    while let Some((pool, after, limit)) = shift.hungry() {
        let oldest = waiting(session, store, roster, pool, after, limit).await?;
        shift.hand_out(pool, after, limit, oldest);
    }
    Ok(shift.finish())
}

async fn known_for(
    session: &Session,
    store: &StoreId,
    roster: &Roster,
    needed: &Needed,
) -> Result<Known, Fault> {
    let id = store.as_str();
    let mut known = Known::default();
    if !needed.tickets.is_empty() {
        let ids: Vec<i64> = needed.tickets.iter().map(|ticket| ticket.0).collect();
        let sql = held_sql("t.store_id = $1 AND t.id = ANY($2)");
        known.tickets = held(roster, &session.rows(&sql, &[&id, &ids]).await?)?;
    }
    for (ticket, external) in &needed.messages {
        let select = "SELECT 1 FROM message_ids WHERE store_id = $1 AND ticket_id = $2 AND external_id = $3";
        if session.row(select, &[&id, &ticket.0, &external.as_str()]).await?.is_some() {
            known.messages.insert((*ticket, external.clone()));
        }
    }
    for (ticket, sequence) in &needed.entries {
        let select = "SELECT at, actor, body FROM timeline
                      WHERE store_id = $1 AND ticket_id = $2 AND sequence = $3";
        if let Some(row) = session.row(select, &[&id, &ticket.0, sequence]).await? {
            let read = entry(*sequence, row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, None)?;
            known.entries.insert((*ticket, *sequence), read);
        }
    }
    if roster.needs_loads() {
        known.loads = loads(session, store).await?;
    }
    Ok(known)
}

/// Everybody's open tickets.
pub async fn loads(session: &Session, store: &StoreId) -> Result<Loads, Fault> {
    let select = "
        SELECT agent_id, open FROM agent_loads
        WHERE store_id = $1 AND generation = (SELECT max(generation) FROM routing WHERE store_id = $1)";
    let rows = session.rows(select, &[&store.as_str()]).await?;
    rows.iter()
        .map(|row| {
            let open: i64 = row.try_get(1)?;
            Ok((AgentId(row.try_get(0)?), in_column("agent_loads.open", open.try_into().ok())?))
        })
        .collect()
}

/// The oldest tickets that wait in the pool.
async fn waiting(
    session: &Session,
    store: &StoreId,
    roster: &Roster,
    pool: Pool,
    after: TicketId,
    limit: usize,
) -> Result<Vec<Held>, Fault> {
    let sql = held_sql("t.store_id = $1 AND t.waiting_pool = $2 AND t.id > $3 ORDER BY t.id LIMIT $4");
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = session.rows(&sql, &[&store.as_str(), &pool.number(), &after.0, &limit]).await?;
    held(roster, &rows)
}

fn held_sql(which: &str) -> String {
    format!(
        "SELECT {TICKET_COLUMNS},
                ARRAY(SELECT label_id FROM ticket_labels l WHERE l.store_id = t.store_id AND l.ticket_id = t.id),
                t.brand_address, t.customer_address, t.task_title
         FROM tickets t WHERE {which}"
    )
}

fn held(roster: &Roster, rows: &[Row]) -> Result<Vec<Held>, Fault> {
    rows.iter()
        .map(|row| {
            let stored = read_ticket(row)?;
            let labels: Vec<i64> = row.try_get(23)?;
            let contact = contact(&stored.channel, row.try_get(24)?, row.try_get(25)?, row.try_get(26)?)?;
            let labels = labels.into_iter().map(LabelId).collect();
            Ok(Held { ticket: stored.ticket(&roster.desk().stages, labels)?, contact })
        })
        .collect()
}

/// Writes all of it in one round trip: joined futures are first polled one after the other, and so are the statements
/// sent.
pub async fn write(
    session: &Session,
    store: &StoreId,
    generation: i64,
    worked: &life::Worked,
    now: Timestamp,
) -> Result<(), Fault> {
    for (new, linked_to) in &worked.created {
        create(session, store, new, *linked_to).await?;
    }
    let rows = changed_rows(worked);
    let mut statements: Vec<BoxFuture<'_, Result<(), Fault>>> = vec![
        change(session, store, &rows).boxed(),
        list(session, store, &rows).boxed(),
        relabel(session, store, worked).boxed(),
        append(session, store, &worked.entries).boxed(),
        tell(session, store, &worked.entries, now).boxed(),
        look_ups(session, store, worked).boxed(),
        add_loads(session, store, generation, worked).boxed(),
    ];
    for ticket in &worked.changed {
        if let Some(until) = ticket.state.wakes_at() {
            statements.push(due::put(session, store, Kind::Wake, ticket.id.0, until).boxed());
        }
    }
    if !worked.last_agents.is_empty() {
        let given = worked.last_agents.iter().map(|(customer, agent)| (store.as_str(), customer, *agent));
        statements.push(put_last_agents(session, given.collect(), now).boxed());
    }
    statements.push(write_routing(session, store, &worked.routing).boxed());
    join_all(statements).await.into_iter().collect()
}

async fn create(
    session: &Session,
    store: &StoreId,
    new: &NewTicket,
    linked_to: TicketId,
) -> Result<(), Fault> {
    let insert = "
        INSERT INTO tickets (stage, store_id, id, customer_id, channel, agent_id, team_id, waiting_pool, created_at,
                             created_by, event, receipt, brand_address, customer_address, task_title, linked_to)
        VALUES ('open', $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
    let contact = &new.contact;
    session
        .execute(
            insert,
            &[
                &store.as_str(),
                &new.id.0,
                &new.customer.as_str(),
                &contact.channel().name(),
                &new.agent.map(|agent| agent.0),
                &new.team.map(|team| team.0),
                &new.waiting.map(Pool::number),
                &ms(new.created_at),
                &&*new.by,
                &new.event,
                &new.receipt.stored(),
                &contact.brand_address(),
                &contact.customer_address(),
                &contact.task_title(),
                &linked_to.0,
            ],
        )
        .await?;
    Ok(())
}

/// The tickets' columns as one JSON text: each row has too many for a list of its own.
fn changed_rows(worked: &life::Worked) -> String {
    let last_events: HashMap<TicketId, i64> =
        worked.entries.iter().map(|told| (told.ticket.id, told.position)).collect();
    let row = |ticket: &life::Ticket| {
        let last_event = last_events.get(&ticket.id).copied().unwrap_or_default();
        let mut row =
            serde_json::to_value(StoredTicket::changed(ticket, last_event)).expect("columns serialize");
        row["quiet_since"] = ms(ticket.quiet_since()).into();
        row["unowned"] = Unowned::of(&ticket.state).map(Unowned::name).into();
        row
    };
    let rows: Vec<_> = worked.changed.iter().map(row).collect();
    serde_json::to_string(&rows).expect("columns serialize")
}

async fn change(session: &Session, store: &StoreId, rows: &str) -> Result<(), Fault> {
    let update = "
        UPDATE tickets t SET
            stage = r.kind, agent_id = r.agent, team_id = r.team, waiting_pool = r.waiting_pool,
            stage_id = r.stage, priority = r.priority, passed = r.passed, touched = r.touched,
            heard_at = r.heard_at, opened_at = r.opened_at, changed_at = r.changed_at, sequence = r.sequence,
            last_event = r.last_event, snoozed_until = r.snoozed_until, closed_at = r.closed_at,
            closed_by = r.closed_by, merged_into = r.merged_into, merged_was = r.merged_was
        FROM json_to_recordset($2::json) AS r (
            id BIGINT, kind TEXT, agent BIGINT, team BIGINT, waiting_pool BIGINT, stage BIGINT, priority BIGINT,
            passed TEXT, touched BOOLEAN, heard_at BIGINT, opened_at BIGINT, changed_at BIGINT, sequence BIGINT,
            last_event BIGINT, snoozed_until BIGINT, closed_at BIGINT, closed_by TEXT, merged_into BIGINT,
            merged_was TEXT)
        WHERE t.store_id = $1 AND t.id = r.id";
    session.execute(update, &[&store.as_str(), &rows]).await?;
    Ok(())
}

/// Runs after [`change`] as a statement of its own, so that it sees what has come into the lists meanwhile.
async fn list(session: &Session, store: &StoreId, rows: &str) -> Result<(), Fault> {
    let update = "
        UPDATE listed l SET
            stage = r.kind, agent_id = r.agent, team_id = r.team, priority = r.priority,
            last_event = r.last_event, quiet_since = r.quiet_since, unowned = r.unowned
        FROM json_to_recordset($2::json) AS r (
            id BIGINT, kind TEXT, agent BIGINT, team BIGINT, priority BIGINT, last_event BIGINT, quiet_since BIGINT,
            unowned TEXT)
        WHERE l.store_id = $1 AND l.ticket_id = r.id";
    session.execute(update, &[&store.as_str(), &rows]).await?;
    Ok(())
}

async fn relabel(session: &Session, store: &StoreId, worked: &life::Worked) -> Result<(), Fault> {
    let relabelled = |ticket: &&life::Ticket| {
        let entries = worked.entries.iter().filter(|told| told.ticket.id == ticket.id);
        entries.into_iter().any(|told| matches!(told.entry.what, What::Labelled { .. } | What::Undone { .. }))
    };
    let tickets: Vec<_> = worked.changed.iter().filter(relabelled).collect();
    if tickets.is_empty() {
        return Ok(());
    }
    let ids: Vec<i64> = tickets.iter().map(|ticket| ticket.id.0).collect();
    let pairs = tickets.iter().flat_map(|ticket| ticket.labels.iter().map(|label| (ticket.id.0, label.0)));
    let (of, labels): (Vec<i64>, Vec<i64>) = pairs.unzip();
    let delete = "
        DELETE FROM ticket_labels WHERE store_id = $1 AND ticket_id = ANY($2)
        AND (ticket_id, label_id) NOT IN (SELECT * FROM unnest($3, $4))";
    session.execute(delete, &[&store.as_str(), &ids, &of, &labels]).await?;
    let insert = "
        INSERT INTO ticket_labels (store_id, ticket_id, label_id) SELECT $1, * FROM unnest($2, $3)
        ON CONFLICT DO NOTHING";
    session.execute(insert, &[&store.as_str(), &of, &labels]).await?;
    Ok(())
}

fn column<'e, T>(entries: &'e [Told], of: impl Fn(&'e Told) -> T) -> Vec<T> {
    entries.iter().map(of).collect()
}

/// Appends timeline entries.
async fn append(session: &Session, store: &StoreId, entries: &[Told]) -> Result<(), Fault> {
    let insert = "
        INSERT INTO timeline (store_id, ticket_id, sequence, at, kind, actor, body, receipt)
        SELECT $1, * FROM unnest($2, $3, $4, $5, $6, $7, $8)";
    session
        .execute(
            insert,
            &[
                &store.as_str(),
                &column(entries, |told| told.ticket.id.0),
                &column(entries, |told| told.entry.sequence),
                &column(entries, |told| ms(told.entry.at)),
                &column(entries, |told| told.entry.what.kind()),
                &column(entries, |told| told.entry.by.to_string()),
                &column(entries, |told| told.entry.what.stored()),
                &column(entries, |told| told.entry.receipt.as_ref().map(|receipt| receipt.stored())),
            ],
        )
        .await?;
    Ok(())
}

/// Appends the events that tell of them.
async fn tell(session: &Session, store: &StoreId, entries: &[Told], now: Timestamp) -> Result<(), Fault> {
    let insert = "
        INSERT INTO outbox (store_id, at, position, kind, ticket_id, sequence, body)
        SELECT $1, $2, * FROM unnest($3, $4, $5, $6, $7)";
    session
        .execute(
            insert,
            &[
                &store.as_str(),
                &ms(now),
                &column(entries, |told| told.position),
                &column(entries, |told| told.entry.what.event().name()),
                &column(entries, |told| told.ticket.id.0),
                &column(entries, |told| told.entry.sequence),
                &column(entries, |told| snapshot_to_text(&told.ticket)),
            ],
        )
        .await?;
    Ok(())
}

/// What is looked up of the entries later: ids of messages, mentions, and tickets whose words have changed.
async fn look_ups(session: &Session, store: &StoreId, worked: &life::Worked) -> Result<(), Fault> {
    let (id, entries) = (store.as_str(), &worked.entries);
    // 0 stands for a message that another ticket has.
    let mut messages: Vec<(TicketId, &ExternalId, i64)> =
        worked.recorded.iter().map(|(ticket, external)| (*ticket, external, 0)).collect();
    for Told { ticket: life::Ticket { id: ticket, .. }, entry, .. } in entries {
        match &entry.what {
            What::Message { external_id: Some(external), .. } => {
                messages.push((*ticket, external, entry.sequence));
            }
            What::Noted { mentions, .. } if !mentions.is_empty() => {
                let agents: Vec<i64> = mentions.iter().map(|agent| agent.0).collect();
                let insert = "
                    INSERT INTO mentions (store_id, agent_id, ticket_id, sequence) SELECT $1, unnest($2), $3, $4
                    ON CONFLICT (store_id, agent_id, ticket_id) DO UPDATE SET sequence = $4";
                session.execute(insert, &[&id, &agents, &ticket.0, &entry.sequence]).await?;
            }
            _ => {}
        }
    }
    for (ticket, external, sequence) in messages {
        let insert =
            "INSERT INTO message_ids (store_id, ticket_id, external_id, sequence) VALUES ($1, $2, $3, $4)";
        session.execute(insert, &[&id, &ticket.0, &external.as_str(), &sequence]).await?;
    }
    let said =
        entries.iter().filter(|told| matches!(told.entry.what, What::Message { .. } | What::Noted { .. }));
    let tickets: BTreeSet<i64> = said.map(|told| told.ticket.id.0).collect();
    if tickets.is_empty() { Ok(()) } else { mark_tickets(session, store, &tickets).await }
}

async fn add_loads(
    session: &Session,
    store: &StoreId,
    generation: i64,
    worked: &life::Worked,
) -> Result<(), Fault> {
    if worked.loads.is_empty() {
        return Ok(());
    }
    let (agents, more): (Vec<i64>, Vec<i64>) =
        worked.loads.iter().map(|(agent, more)| (agent.0, *more)).unzip();
    // A row that is missing counts nothing yet, and only that can be added to.
    let write = "
        WITH changes AS (SELECT * FROM unnest($3, $4) AS c (agent, more)), changed AS (
            UPDATE agent_loads SET open = open + more FROM changes
            WHERE store_id = $1 AND generation = $2 AND agent_id = agent RETURNING agent_id
        )
        INSERT INTO agent_loads (store_id, generation, agent_id, open)
        SELECT $1, $2, agent, more FROM changes WHERE agent NOT IN (SELECT agent_id FROM changed)";
    session.execute(write, &[&store.as_str(), &generation, &agents, &more]).await?;
    Ok(())
}
