//! Stores and their agents.

use super::fault::Fault;
use super::values::{away_reason, from_json_or_default, known, ms, time_or_null, to_json};
use crate::store::StoreError;
use crate::store::types::{AgentRow, Origin, TeamRow};
use jiff::Timestamp;
use rota_core::ids::{AgentId, StoreId};
use rusqlite::{Connection, params};

pub fn store_exists(db: &Connection, store: &StoreId) -> Result<bool, Fault> {
    Ok(db.prepare_cached("SELECT 1 FROM stores WHERE store_id = ?1")?.exists([store.as_str()])?)
}

/// The store, where there is exactly one.
pub fn only_store(db: &Connection) -> Result<Option<StoreId>, Fault> {
    let mut select = db.prepare_cached("SELECT store_id FROM stores LIMIT 2")?;
    let stores = select.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
    let [only] = &stores[..] else { return Ok(None) };
    Ok(Some(known("stores.store_id", StoreId::new(only))?))
}

/// All agents, archived ones too, in the order of their ids.
pub fn agents(db: &Connection, store: &StoreId) -> Result<Vec<AgentRow>, Fault> {
    if !store_exists(db, store)? {
        return Err(StoreError::NotFound.into());
    }
    let mut select = db.prepare_cached(
        "SELECT id, email, name, role, online, max_open, active, origin, away_reason, away_until, leave,
                coalesce((SELECT open FROM agent_loads l WHERE l.store_id = a.store_id AND l.agent_id = a.id), 0)
         FROM agents a WHERE store_id = ?1 ORDER BY id",
    )?;
    let mut rows = select.query([store.as_str()])?;
    let mut agents = Vec::new();
    while let Some(row) = rows.next()? {
        agents.push(AgentRow {
            id: AgentId(row.get(0)?),
            email: row.get(1)?,
            name: row.get(2)?,
            role: row.get(3)?,
            online: row.get(4)?,
            away_reason: away_reason(row.get(8)?)?,
            away_until: time_or_null(row.get(9)?)?,
            max_open: row.get(5)?,
            leave: from_json_or_default("agents.leave", row.get::<_, Option<String>>(10)?.as_deref())?,
            active: row.get(6)?,
            origin: Origin::from_name(&row.get::<_, String>(7)?),
            open: row.get(11)?,
        });
    }
    Ok(agents)
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

/// Appends the team as it is now to the roster's history.
pub fn remember_team(
    tx: &Connection,
    store: &StoreId,
    team: &TeamRow,
    version: i64,
    now: Timestamp,
) -> Result<(), Fault> {
    let mut insert = tx.prepare_cached(
        "INSERT OR REPLACE INTO team_history (store_id, team_id, roster_version, at, name, members)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    let members = to_json(&team.members);
    insert.execute(params![store.as_str(), team.id.0, version, ms(now), team.name, members])?;
    Ok(())
}
