//! Tickets as they are listed and shown.

use super::fault::Fault;
use super::parameter::Parameter;
use super::session::Session;
use super::values::{
    CUSTOMER_NAME, StoredTicket, TICKET_COLUMNS, contact, corrupt, entry, known, pools_from_text, time,
};
use crate::store::types::{PoolWaiting, ReceiptNames, TicketRow, Timeline};
use rota_core::ids::{LabelId, StageId, StoreId, TeamId, TicketId};
use rota_core::life::Entry;
use rota_core::receipt::Receipt;
use rota_core::stages::{Stage, Stages};
use rota_core::text::Name;
use rota_core::ticket::{Pool, Stage as Kind};
use std::collections::HashMap;
use tokio_postgres::Row;

pub async fn page(
    session: &Session,
    store: &StoreId,
    after: TicketId,
    limit: u32,
    waiting_only: bool,
) -> Result<Vec<TicketRow>, Fault> {
    let waiting = if waiting_only { "AND t.waiting_pool IS NOT NULL" } else { "" };
    let condition = format!("t.id > $2 {waiting} ORDER BY t.id LIMIT $3");
    select(session, store, &condition, &[&store.as_str(), &after.0, &i64::from(limit)]).await
}

pub async fn one(session: &Session, store: &StoreId, id: TicketId) -> Result<Option<TicketRow>, Fault> {
    Ok(select(session, store, "t.id = $2", &[&store.as_str(), &id.0]).await?.pop())
}

/// These tickets, in this order, without the names of their receipts' people.
pub async fn select_these(
    session: &Session,
    store: &StoreId,
    stages: &Stages,
    ids: &[i64],
) -> Result<Vec<TicketRow>, Fault> {
    let sql = select_sql("t.id = ANY($2)");
    let rows = session.rows(&sql, &[&store.as_str(), &ids.to_vec()]).await?;
    let mut found = HashMap::with_capacity(ids.len());
    for row in &rows {
        let ticket = from_row(stages, row)?;
        found.insert(ticket.ticket.id.0, ticket);
    }
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

pub fn select_sql(condition: &str) -> String {
    format!(
        "SELECT {TICKET_COLUMNS},
                ARRAY(SELECT label_id FROM ticket_labels l WHERE l.store_id = t.store_id AND l.ticket_id = t.id),
                t.brand_address, t.customer_address, t.task_title, t.context, t.created_by, t.linked_to, t.receipt,
                {CUSTOMER_NAME}
         FROM tickets t WHERE t.store_id = $1 AND {condition}"
    )
}

/// The tickets of the store (parameter 1) that meet the condition.
async fn select(
    session: &Session,
    store: &StoreId,
    condition: &str,
    parameters: &[&dyn Parameter],
) -> Result<Vec<TicketRow>, Fault> {
    let stages = stages(session, store).await?;
    let rows = session.rows(&select_sql(condition), parameters).await?;
    let mut tickets = rows.iter().map(|row| from_row(&stages, row)).collect::<Result<Vec<_>, _>>()?;
    let receipts: Vec<&Receipt> = tickets.iter().map(|ticket| &ticket.receipt).collect();
    let names = names(session, store, &receipts).await?;
    for (ticket, names) in tickets.iter_mut().zip(names) {
        ticket.names = names;
    }
    Ok(tickets)
}

fn from_row(stages: &Stages, row: &Row) -> Result<TicketRow, Fault> {
    let stored = read_ticket(row)?;
    let labels: Vec<i64> = row.try_get(23)?;
    let receipt: &str = row.try_get(30)?;
    Ok(TicketRow {
        contact: contact(&stored.channel, row.try_get(24)?, row.try_get(25)?, row.try_get(26)?)?,
        ticket: stored.ticket(stages, labels.into_iter().map(LabelId).collect())?,
        context: row.try_get(27)?,
        created_by: row.try_get(28)?,
        linked_to: row.try_get::<_, Option<i64>>(29)?.map(TicketId),
        customer_name: row.try_get(31)?,
        receipt: serde_json::from_str(receipt).map_err(|error| corrupt("tickets.receipt", error))?,
        names: ReceiptNames::default(),
    })
}

/// Reads [`TICKET_COLUMNS`].
pub fn read_ticket(row: &Row) -> Result<StoredTicket, tokio_postgres::Error> {
    Ok(StoredTicket {
        id: row.try_get(0)?,
        customer: row.try_get(1)?,
        channel: row.try_get(2)?,
        kind: row.try_get(3)?,
        agent: row.try_get(4)?,
        team: row.try_get(5)?,
        waiting_pool: row.try_get(6)?,
        created_at: row.try_get(7)?,
        event: row.try_get(8)?,
        stage: row.try_get(9)?,
        priority: row.try_get(10)?,
        passed: row.try_get(11)?,
        touched: row.try_get(12)?,
        heard_at: row.try_get(13)?,
        opened_at: row.try_get(14)?,
        changed_at: row.try_get(15)?,
        sequence: row.try_get(16)?,
        last_event: row.try_get(17)?,
        snoozed_until: row.try_get(18)?,
        closed_at: row.try_get(19)?,
        closed_by: row.try_get(20)?,
        merged_into: row.try_get(21)?,
        merged_was: row.try_get(22)?,
    })
}

/// The store's stages; the usual ones where it has made none.
pub async fn stages(session: &Session, store: &StoreId) -> Result<Stages, Fault> {
    let select = "SELECT id, name, kind FROM stages WHERE store_id = $1 ORDER BY place, id";
    let rows = session.rows(select, &[&store.as_str()]).await?;
    if rows.is_empty() {
        return Ok(Stages::default());
    }
    let stages = rows.iter().map(|row| {
        let name = Name::new(row.try_get(1)?).map_err(|error| corrupt("stages.name", error))?;
        let kind = known("stages.kind", Kind::from_name(row.try_get(2)?))?;
        Ok::<_, Fault>(Stage { id: StageId(row.try_get(0)?), name, kind })
    });
    Ok(Stages::new(stages.collect::<Result<_, _>>()?).map_err(|error| corrupt("stages", error))?)
}

/// Names as of each receipt's roster version, from the append-only history; in the order of the receipts.
pub async fn names(
    session: &Session,
    store: &StoreId,
    receipts: &[&Receipt],
) -> Result<Vec<ReceiptNames>, Fault> {
    let told_of =
        |receipt: &&Receipt| receipt.agents().map(|agent| (agent.0, receipt.version)).collect::<Vec<_>>();
    let mut wanted: Vec<(i64, i64)> = receipts.iter().flat_map(told_of).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let agents = agent_names(session, store, &wanted).await?;
    let teams = team_names(session, store).await?;
    let of_receipt = |receipt: &&Receipt| {
        let mut names = ReceiptNames::default();
        for agent in receipt.agents() {
            if let Some(name) = agents.get(&(agent.0, receipt.version)) {
                names.agents.insert(agent, name.clone());
            }
        }
        if let Some(Pool::Team(team)) = receipt.pool()
            && let Some(name) = teams.get(&team)
        {
            names.teams.insert(team, name.clone());
        }
        names
    };
    Ok(receipts.iter().map(of_receipt).collect())
}

async fn agent_names(
    session: &Session,
    store: &StoreId,
    wanted: &[(i64, i64)],
) -> Result<HashMap<(i64, i64), String>, Fault> {
    let (agents, versions): (Vec<i64>, Vec<i64>) = wanted.iter().copied().unzip();
    let select = "
        SELECT wanted.agent, wanted.version, was.name
        FROM unnest($2, $3) AS wanted (agent, version)
        CROSS JOIN LATERAL (SELECT name FROM agent_history
                            WHERE store_id = $1 AND agent_id = wanted.agent AND roster_version <= wanted.version
                            ORDER BY roster_version DESC LIMIT 1) AS was";
    let rows = session.rows(select, &[&store.as_str(), &agents, &versions]).await?;
    rows.iter().map(|row| Ok(((row.try_get(0)?, row.try_get(1)?), row.try_get(2)?))).collect()
}

async fn team_names(session: &Session, store: &StoreId) -> Result<HashMap<TeamId, String>, Fault> {
    let rows = session.rows("SELECT id, name FROM teams WHERE store_id = $1", &[&store.as_str()]).await?;
    rows.iter().map(|row| Ok((TeamId(row.try_get(0)?), row.try_get(1)?))).collect()
}

pub async fn timeline(session: &Session, store: &StoreId, id: TicketId) -> Result<Option<Timeline>, Fault> {
    let created = "SELECT created_at, created_by FROM tickets WHERE store_id = $1 AND id = $2";
    let Some(created) = session.row(created, &[&store.as_str(), &id.0]).await? else { return Ok(None) };
    let entries = entries_of(session, store, &[id.0]).await?.remove(&id).unwrap_or_default();
    Ok(Some(Timeline { created_at: time(created.try_get(0)?)?, created_by: created.try_get(1)?, entries }))
}

pub async fn merged_into(
    session: &Session,
    store: &StoreId,
    id: TicketId,
    limit: u32,
) -> Result<Vec<TicketId>, Fault> {
    let select = "
        WITH RECURSIVE merged (id) AS (
            SELECT id FROM tickets WHERE store_id = $1 AND merged_into = $2
            UNION SELECT t.id FROM merged m JOIN tickets t ON t.store_id = $1 AND t.merged_into = m.id
        ) SELECT id FROM merged ORDER BY id LIMIT $3";
    let rows = session.rows(select, &[&store.as_str(), &id.0, &i64::from(limit)]).await?;
    rows.iter().map(|row| Ok(TicketId(row.try_get(0)?))).collect()
}

/// The entries of tickets' timelines after their creations, in their order.
pub async fn entries_of(
    session: &Session,
    store: &StoreId,
    ids: &[i64],
) -> Result<HashMap<TicketId, Vec<Entry>>, Fault> {
    let select = "SELECT ticket_id, sequence, at, actor, body, receipt FROM timeline
                  WHERE store_id = $1 AND ticket_id = ANY($2) ORDER BY ticket_id, sequence";
    let rows = session.rows(select, &[&store.as_str(), &ids.to_vec()]).await?;
    let mut entries: HashMap<TicketId, Vec<Entry>> = HashMap::new();
    for row in &rows {
        let (actor, body) = (row.try_get(3)?, row.try_get(4)?);
        let read = entry(row.try_get(1)?, row.try_get(2)?, actor, body, row.try_get(5)?)?;
        entries.entry(TicketId(row.try_get(0)?)).or_default().push(read);
    }
    Ok(entries)
}

/// Every pool that has waiting tickets.
pub async fn waiting(session: &Session) -> Result<Vec<PoolWaiting>, Fault> {
    let select = "
        SELECT store_id, pools FROM stores s CROSS JOIN LATERAL (
            SELECT pools FROM routing WHERE store_id = s.store_id ORDER BY generation DESC LIMIT 1
        ) AS r ORDER BY store_id";
    let rows = session.rows(select, &[]).await?;
    let mut found = Vec::new();
    for row in rows {
        let store = known("routing.store_id", StoreId::new(row.try_get(0)?))?;
        let of_store = pools_from_text(row.try_get(1)?)?.into_iter().filter(|(_, state)| state.waiting > 0);
        found.extend(of_store.map(|(pool, state)| PoolWaiting {
            store: store.clone(),
            pool,
            waiting: state.waiting,
        }));
    }
    Ok(found)
}
