//! Tickets as they are listed, shown and closed.

mod close;

use super::fault::Fault;
use super::parameter::Parameter;
use super::session::Session;
use super::values::{corrupt, known, pools_from_text, time};
use crate::store::types::{PoolWaiting, ReceiptNames, TicketRow, TimelineRow};
use rota_core::ids::{AgentId, CustomerId, LabelId, StoreId, TeamId, TicketId};
use rota_core::receipt::Receipt;
use rota_core::ticket::{Channel, Pool, Stage};
use std::collections::HashMap;
use tokio_postgres::Row;

pub use close::close;

const SELECT: &str =
    "SELECT t.id, t.customer_id, t.channel, t.stage, t.agent_id, t.team_id, t.waiting_pool, t.created_at,
            t.brand_address, t.customer_address, t.task_title, t.context, t.receipt,
            ARRAY(SELECT label_id FROM ticket_labels l
                  WHERE l.store_id = t.store_id AND l.ticket_id = t.id ORDER BY label_id)
     FROM tickets t";

pub async fn page(
    session: &Session,
    store: &StoreId,
    after: TicketId,
    limit: u32,
    waiting_only: bool,
) -> Result<Vec<TicketRow>, Fault> {
    let waiting = if waiting_only { "AND t.waiting_pool IS NOT NULL" } else { "" };
    let sql = format!("{SELECT} WHERE t.store_id = $1 AND t.id > $2 {waiting} ORDER BY t.id LIMIT $3");
    select(session, store, &sql, &[&store.as_str(), &after.0, &i64::from(limit)]).await
}

pub async fn one(session: &Session, store: &StoreId, id: TicketId) -> Result<Option<TicketRow>, Fault> {
    let sql = format!("{SELECT} WHERE t.store_id = $1 AND t.id = $2");
    Ok(select(session, store, &sql, &[&store.as_str(), &id.0]).await?.pop())
}

async fn select(
    session: &Session,
    store: &StoreId,
    sql: &str,
    parameters: &[&dyn Parameter],
) -> Result<Vec<TicketRow>, Fault> {
    let rows = session.rows(sql, parameters).await?;
    let mut tickets = rows.iter().map(from_row).collect::<Result<Vec<_>, _>>()?;
    let receipts: Vec<&Receipt> = tickets.iter().map(|ticket| &ticket.receipt).collect();
    let names = names(session, store, &receipts).await?;
    for (ticket, names) in tickets.iter_mut().zip(names) {
        ticket.names = names;
    }
    Ok(tickets)
}

fn from_row(row: &Row) -> Result<TicketRow, Fault> {
    let labels: Vec<i64> = row.try_get(13)?;
    let receipt: &str = row.try_get(12)?;
    Ok(TicketRow {
        id: TicketId(row.try_get(0)?),
        customer: known("tickets.customer_id", CustomerId::new(row.try_get(1)?))?,
        channel: known("tickets.channel", Channel::from_name(row.try_get(2)?))?,
        stage: known("tickets.stage", Stage::from_name(row.try_get(3)?))?,
        agent: row.try_get::<_, Option<i64>>(4)?.map(AgentId),
        team: row.try_get::<_, Option<i64>>(5)?.map(TeamId),
        waiting: row.try_get::<_, Option<i64>>(6)?.map(Pool::from_number),
        created_at: time(row.try_get(7)?)?,
        brand_address: row.try_get(8)?,
        customer_address: row.try_get(9)?,
        task_title: row.try_get(10)?,
        context: row.try_get(11)?,
        labels: labels.into_iter().map(LabelId).collect(),
        receipt: serde_json::from_str(receipt).map_err(|error| corrupt("tickets.receipt", error))?,
        names: ReceiptNames::default(),
    })
}

/// Names as of each receipt's roster version, from the append-only history; in the order of the receipts.
pub async fn names(
    session: &Session,
    store: &StoreId,
    receipts: &[&Receipt],
) -> Result<Vec<ReceiptNames>, Fault> {
    let of_seats = |receipt: &&Receipt| {
        receipt.seats.iter().map(|seat| (seat.agent.0, receipt.version)).collect::<Vec<_>>()
    };
    let mut wanted: Vec<(i64, i64)> = receipts.iter().flat_map(of_seats).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let agents = agent_names(session, store, &wanted).await?;
    let teams = team_names(session, store).await?;
    let of_receipt = |receipt: &&Receipt| {
        let mut names = ReceiptNames::default();
        for seat in &receipt.seats {
            if let Some(name) = agents.get(&(seat.agent.0, receipt.version)) {
                names.agents.insert(seat.agent, name.clone());
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

pub async fn timeline(session: &Session, store: &StoreId, id: TicketId) -> Result<Vec<TimelineRow>, Fault> {
    let select = "
        SELECT 1::bigint, created_at, 'created', created_by FROM tickets WHERE store_id = $1 AND id = $2
        UNION ALL
        SELECT sequence, at, kind, actor FROM timeline WHERE store_id = $1 AND ticket_id = $2
        ORDER BY 1";
    let rows = session.rows(select, &[&store.as_str(), &id.0]).await?;
    rows.iter()
        .map(|row| {
            Ok(TimelineRow {
                sequence: row.try_get(0)?,
                at: time(row.try_get(1)?)?,
                kind: row.try_get(2)?,
                actor: row.try_get(3)?,
            })
        })
        .collect()
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
