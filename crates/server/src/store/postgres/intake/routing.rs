//! The routing row: the store's one lock, and the state that decisions go on from.

use crate::store::StoreError;
use crate::store::postgres::fault::Fault;
use crate::store::postgres::session::Session;
use crate::store::postgres::values::{known, pools_from_text, pools_to_text};
use rota_core::ids::StoreId;
use rota_core::intake::Routing;
use std::collections::HashMap;
use tokio_postgres::Row;

/// A row that is taken, and its generation.
pub struct Taken {
    pub routing: Routing,
    pub generation: i64,
}

/// Takes the rows of all these stores, in the order of their ids: two batches never wait for each other in a circle.
/// Asked for by its generation, a row that was replaced while it was waited for is not looked for among its past.
pub async fn take_all(session: &Session, stores: &[&StoreId]) -> Result<HashMap<StoreId, Taken>, Fault> {
    let select = "
        SELECT w.store_id, r.*, pg_backend_pid() FROM unnest($1) AS w (store_id), LATERAL (
            SELECT generation, roster_version, next_ticket, next_event, pools FROM routing
            WHERE store_id = w.store_id
              AND generation = (SELECT max(generation) FROM routing WHERE store_id = w.store_id)
            FOR NO KEY UPDATE
        ) AS r";
    let names: Vec<&str> = stores.iter().map(|store| store.as_str()).collect();
    let rows = session.kept_rows(select, &[&names]).await?;
    if let Some(row) = rows.first() {
        session.kept.confirm(row.try_get(6)?)?;
    }
    let taken = rows.iter().map(|row| {
        let store = known("routing.store_id", StoreId::new(row.try_get(0)?))?;
        Ok::<_, Fault>((store, Taken { generation: row.try_get(1)?, routing: from_row(row, 2)? }))
    });
    let taken: HashMap<_, _> = taken.collect::<Result<_, _>>()?;
    match stores.iter().find(|store| !taken.contains_key(**store)) {
        Some(store) => Err(missing(session, store).await?),
        None => Ok(taken),
    }
}

/// Takes one store's row.
pub async fn take_routing(session: &Session, store: &StoreId) -> Result<Routing, Fault> {
    Ok(take_generation(session, store).await?.routing)
}

/// Takes one store's row, and says of which generation it is.
pub async fn take_generation(session: &Session, store: &StoreId) -> Result<Taken, Fault> {
    let select = "
        SELECT generation, roster_version, next_ticket, next_event, pools FROM routing
        WHERE store_id = $1 AND generation = (SELECT max(generation) FROM routing WHERE store_id = $1)
        FOR NO KEY UPDATE";
    match session.row(select, &[&store.as_str()]).await? {
        Some(row) => Ok(Taken { generation: row.try_get(0)?, routing: from_row(&row, 1)? }),
        None => Err(missing(session, store).await?),
    }
}

/// What it means that no row could be taken: while it was waited for, it was perhaps replaced.
async fn missing(session: &Session, store: &StoreId) -> Result<Fault, Fault> {
    let select = "SELECT FROM routing WHERE store_id = $1 ORDER BY generation DESC LIMIT 1";
    match session.row(select, &[&store.as_str()]).await? {
        Some(_) => Ok(Fault::Replaced),
        None => Ok(StoreError::NotFound.into()),
    }
}

/// Reads the row as it is in the transaction's view.
pub async fn read_routing(session: &Session, store: &StoreId) -> Result<Routing, Fault> {
    let select = "SELECT roster_version, next_ticket, next_event, pools FROM routing WHERE store_id = $1
                  ORDER BY generation DESC LIMIT 1";
    let row = session.row(select, &[&store.as_str()]).await?;
    from_row(&row.ok_or(StoreError::NotFound)?, 0)
}

fn from_row(row: &Row, first: usize) -> Result<Routing, Fault> {
    Ok(Routing {
        roster_version: row.try_get(first)?,
        next_ticket: row.try_get(first + 1)?,
        next_event: row.try_get(first + 2)?,
        pools: pools_from_text(row.try_get(first + 3)?)?,
    })
}

/// Writes the row that was taken.
pub async fn write_routing(session: &Session, store: &StoreId, routing: &Routing) -> Result<(), Fault> {
    let update = "
        UPDATE routing SET roster_version = $2, next_ticket = $3, next_event = $4, pools = $5
        WHERE store_id = $1 AND generation = (SELECT max(generation) FROM routing WHERE store_id = $1)";
    let Routing { roster_version, next_ticket, next_event, pools } = routing;
    let pools = pools_to_text(pools);
    session.execute(update, &[&store.as_str(), roster_version, next_ticket, next_event, &pools]).await?;
    Ok(())
}

/// Routing rows to be written, a list for each column.
#[derive(Default)]
pub struct Columns<'a> {
    pub stores: Vec<&'a str>,
    pub generations: Vec<i64>,
    pub versions: Vec<i64>,
    pub tickets: Vec<i64>,
    pub events: Vec<i64>,
    pub pools: Vec<String>,
}

impl<'a> Columns<'a> {
    pub fn push(&mut self, store: &'a StoreId, generation: i64, routing: &Routing) {
        self.stores.push(store.as_str());
        self.generations.push(generation);
        self.versions.push(routing.roster_version);
        self.tickets.push(routing.next_ticket);
        self.events.push(routing.next_event);
        self.pools.push(pools_to_text(&routing.pools));
    }
}

/// Replace a row that is held, and the store's open counts, by the same of the next generation. They take the store and
/// the generation, one of each: for lists the index would be walked along from end to end.
pub const REPLACE: [&str; 2] = [
    "WITH past AS (DELETE FROM routing WHERE store_id = $1 AND generation = $2 RETURNING *)
     INSERT INTO routing (store_id, generation, roster_version, next_ticket, next_event, pools)
     SELECT store_id, generation + 1, roster_version, next_ticket, next_event, pools FROM past",
    "WITH past AS (DELETE FROM agent_loads WHERE store_id = $1 AND generation = $2 RETURNING *)
     INSERT INTO agent_loads (store_id, generation, agent_id, open)
     SELECT store_id, generation + 1, agent_id, open FROM past",
];
