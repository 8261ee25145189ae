//! A store's routing row and its agents' open counts. The write lock is held already, so reading the row is taking it.

use super::fault::Fault;
use super::values::{ms, pools_from_text, pools_to_text};
use crate::store::StoreError;
use jiff::Timestamp;
use rota_core::ids::{AgentId, CustomerId, StoreId};
use rota_core::intake::Routing;
use rusqlite::{CachedStatement, OptionalExtension, params};

pub const TAKE: &str =
    "SELECT roster_version, next_ticket, next_event, pools FROM routing WHERE store_id = ?1";
pub const WRITE: &str = "UPDATE routing SET roster_version = ?2, next_ticket = ?3, next_event = ?4, pools = ?5 WHERE store_id = ?1";
pub const ADD_LOAD: &str = "INSERT INTO agent_loads (store_id, agent_id, open) VALUES (?1, ?2, max(?3, 0))
                            ON CONFLICT (store_id, agent_id) DO UPDATE SET open = open + ?3";

pub const PUT_LAST_AGENT: &str = "INSERT OR REPLACE INTO last_agents (store_id, customer_id, agent_id, at)
                                  VALUES (?1, ?2, ?3, ?4)";

/// Runs [`TAKE`].
pub fn take(statement: &mut CachedStatement<'_>, store: &StoreId) -> Result<Routing, Fault> {
    let row = statement.query_row([store.as_str()], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get::<_, String>(3)?))
    });
    let (roster_version, next_ticket, next_event, pools) =
        row.optional()?.ok_or_else(|| Fault::from(StoreError::NotFound))?;
    Ok(Routing { roster_version, next_ticket, next_event, pools: pools_from_text(&pools)? })
}

/// Runs [`WRITE`].
pub fn write(statement: &mut CachedStatement<'_>, store: &StoreId, routing: &Routing) -> Result<(), Fault> {
    let Routing { roster_version, next_ticket, next_event, pools } = routing;
    statement.execute(params![
        store.as_str(),
        roster_version,
        next_ticket,
        next_event,
        pools_to_text(pools)
    ])?;
    Ok(())
}

/// Runs [`ADD_LOAD`]: counts open tickets up or down.
pub fn add_load(
    statement: &mut CachedStatement<'_>,
    store: &StoreId,
    agent: AgentId,
    more: i64,
) -> Result<(), Fault> {
    statement.execute(params![store.as_str(), agent.0, more])?;
    Ok(())
}

/// Runs [`PUT_LAST_AGENT`].
pub fn put_last_agent(
    statement: &mut CachedStatement<'_>,
    store: &StoreId,
    customer: &CustomerId,
    agent: AgentId,
    now: Timestamp,
) -> Result<(), Fault> {
    statement.execute(params![store.as_str(), customer.as_str(), agent.0, ms(now)])?;
    Ok(())
}
