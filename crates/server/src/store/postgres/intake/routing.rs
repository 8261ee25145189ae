//! The routing row: the store's one lock, and the state that decisions go on from.

use crate::store::StoreError;
use crate::store::postgres::fault::Fault;
use crate::store::postgres::session::Session;
use crate::store::postgres::values::{known, pools_from_text, pools_to_text};
use rota_core::ids::StoreId;
use rota_core::intake::Routing;
use std::borrow::Borrow;
use std::collections::HashMap;
use tokio_postgres::Row;

const SELECT: &str = "SELECT store_id, roster_version, next_ticket, next_event, pools FROM routing";

/// Takes the rows of all these stores, in the order of their ids: two batches never wait for each other in a circle.
pub async fn take_all(session: &Session, stores: Vec<&str>) -> Result<HashMap<StoreId, Routing>, Fault> {
    let select = "
        SELECT store_id, roster_version, next_ticket, next_event, pools, pg_backend_pid() FROM routing
        WHERE store_id = ANY($1) ORDER BY store_id FOR NO KEY UPDATE";
    let rows = session.kept_rows(select, &[&stores]).await?;
    if let Some(row) = rows.first() {
        session.kept.confirm(row.try_get(5)?)?;
    }
    rows.iter()
        .map(|row| {
            let store = known("routing.store_id", StoreId::new(row.try_get(0)?))?;
            Ok((store, from_row(row)?))
        })
        .collect()
}

/// Takes one store's row.
pub async fn take_routing(session: &Session, store: &StoreId) -> Result<Routing, Fault> {
    let select = format!("{SELECT} WHERE store_id = $1 FOR NO KEY UPDATE");
    one(session, &select, store).await
}

/// Reads the row as it is in the transaction's view.
pub async fn read_routing(session: &Session, store: &StoreId) -> Result<Routing, Fault> {
    one(session, &format!("{SELECT} WHERE store_id = $1"), store).await
}

async fn one(session: &Session, select: &str, store: &StoreId) -> Result<Routing, Fault> {
    let row = session.row(select, &[&store.as_str()]).await?;
    from_row(&row.ok_or(StoreError::NotFound)?)
}

fn from_row(row: &Row) -> Result<Routing, Fault> {
    Ok(Routing {
        roster_version: row.try_get(1)?,
        next_ticket: row.try_get(2)?,
        next_event: row.try_get(3)?,
        pools: pools_from_text(row.try_get(4)?)?,
    })
}

pub async fn write_routing(session: &Session, store: &StoreId, routing: &Routing) -> Result<(), Fault> {
    write_all(session, &Columns::of(&[(store.as_str(), routing)])).await
}

/// Routing rows, a list for each column.
#[derive(Default)]
pub struct Columns<'a> {
    pub stores: Vec<&'a str>,
    pub versions: Vec<i64>,
    pub tickets: Vec<i64>,
    pub events: Vec<i64>,
    pub pools: Vec<String>,
}

impl<'a> Columns<'a> {
    pub fn of(rows: &[(&'a str, impl Borrow<Routing>)]) -> Self {
        let mut columns = Self::default();
        for (store, row) in rows {
            let row = row.borrow();
            columns.stores.push(store);
            columns.versions.push(row.roster_version);
            columns.tickets.push(row.next_ticket);
            columns.events.push(row.next_event);
            columns.pools.push(pools_to_text(&row.pools));
        }
        columns
    }
}

pub async fn write_all(session: &Session, rows: &Columns<'_>) -> Result<(), Fault> {
    let update = "
        UPDATE routing r
        SET roster_version = n.roster_version, next_ticket = n.next_ticket, next_event = n.next_event, pools = n.pools
        FROM unnest($1, $2, $3, $4, $5) AS n (store_id, roster_version, next_ticket, next_event, pools)
        WHERE r.store_id = n.store_id";
    let Columns { stores, versions, tickets, events, pools } = rows;
    session.kept_execute(update, &[stores, versions, tickets, events, pools]).await?;
    Ok(())
}
