//! Stores and their agents.

use super::fault::Fault;
use super::routing;
use super::values::ms;
use crate::store::StoreError;
use crate::store::types::{AgentRow, Origin};
use jiff::Timestamp;
use rota_core::ids::{AgentId, StoreId};
use rusqlite::{Connection, OptionalExtension, params};

pub fn store_exists(db: &Connection, store: &StoreId) -> Result<bool, Fault> {
    Ok(db.prepare_cached("SELECT 1 FROM stores WHERE store_id = ?1")?.exists([store.as_str()])?)
}

/// All agents, archived ones too, in the order of their ids.
pub fn agents(db: &Connection, store: &StoreId) -> Result<Vec<AgentRow>, Fault> {
    if !store_exists(db, store)? {
        return Err(StoreError::NotFound.into());
    }
    let mut select = db.prepare_cached(
        "SELECT id, email, name, role, online, max_open, active, origin,
                coalesce((SELECT open FROM agent_loads l WHERE l.store_id = a.store_id AND l.agent_id = a.id), 0)
         FROM agents a WHERE store_id = ?1 ORDER BY id",
    )?;
    let rows = select.query_map([store.as_str()], |row| {
        Ok(AgentRow {
            id: AgentId(row.get(0)?),
            email: row.get(1)?,
            name: row.get(2)?,
            role: row.get(3)?,
            online: row.get(4)?,
            max_open: row.get(5)?,
            active: row.get(6)?,
            origin: Origin::from_name(&row.get::<_, String>(7)?),
            open: row.get(8)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub fn set_online(
    tx: &Connection,
    store: &StoreId,
    email_key: &str,
    online: bool,
    now: Timestamp,
) -> Result<bool, Fault> {
    let mut routing = routing::take(&mut tx.prepare_cached(routing::TAKE)?, store)?;
    let select = "SELECT id, online FROM agents WHERE store_id = ?1 AND email_key = ?2 AND active";
    let found: Option<(i64, bool)> = tx
        .query_row(select, params![store.as_str(), email_key], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (id, was_online) = found.ok_or(StoreError::NotFound)?;
    if was_online == online {
        return Ok(false);
    }
    routing.roster_version += 1;
    let update = "UPDATE agents SET online = ?3 WHERE store_id = ?1 AND id = ?2";
    tx.execute(update, params![store.as_str(), id, online])?;
    remember(tx, store, AgentId(id), routing.roster_version, now)?;
    routing::write(&mut tx.prepare_cached(routing::WRITE)?, store, &routing)?;
    Ok(true)
}

/// Appends the agent as it is now to the roster's history.
pub fn remember(
    tx: &Connection,
    store: &StoreId,
    agent: AgentId,
    version: i64,
    now: Timestamp,
) -> Result<(), Fault> {
    let mut insert = tx.prepare_cached(
        "INSERT INTO agent_history (store_id, agent_id, roster_version, at, name, email, online, max_open, active)
         SELECT store_id, id, ?3, ?4, name, email, online, max_open, active
         FROM agents WHERE store_id = ?1 AND id = ?2",
    )?;
    insert.execute(params![store.as_str(), agent.0, version, ms(now)])?;
    Ok(())
}
