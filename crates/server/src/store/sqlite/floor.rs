//! How a store's people and pools stand.

use super::fault::Fault;
use super::roster::Rosters;
use super::routing;
use super::values::time;
use crate::store::types::FloorRow;
use rota_core::assign::Loads;
use rota_core::floor::Oldest;
use rota_core::ids::{AgentId, StoreId, TicketId};
use rota_core::ticket::Pool;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeMap;

pub fn read(db: &Connection, rosters: &mut Rosters, store: &StoreId) -> Result<FloorRow, Fault> {
    let routing = routing::take(&mut db.prepare_cached(routing::TAKE)?, store)?;
    let roster = rosters.get(db, store, routing.roster_version)?;
    let mut oldest = BTreeMap::new();
    for pool in routing.pools.iter().filter(|(_, state)| state.waiting > 0).map(|(pool, _)| *pool) {
        oldest.extend(oldest_of(db, store, pool)?.map(|oldest| (pool, oldest)));
    }
    Ok(FloorRow { roster, pools: routing.pools, loads: loads(db, store)?, oldest })
}

fn oldest_of(db: &Connection, store: &StoreId, pool: Pool) -> Result<Option<Oldest>, Fault> {
    let mut select = db.prepare_cached(
        "SELECT id, created_at FROM tickets WHERE store_id = ?1 AND waiting_pool = ?2 ORDER BY id LIMIT 1",
    )?;
    let found = select
        .query_row(params![store.as_str(), pool.number()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    found.map(|(id, at)| Ok(Oldest { ticket: TicketId(id), since: time(at)? })).transpose()
}

/// Everybody's open tickets.
pub fn loads(db: &Connection, store: &StoreId) -> Result<Loads, Fault> {
    let mut select = db.prepare_cached("SELECT agent_id, open FROM agent_loads WHERE store_id = ?1")?;
    let rows = select.query_map([store.as_str()], |row| Ok((AgentId(row.get(0)?), row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
