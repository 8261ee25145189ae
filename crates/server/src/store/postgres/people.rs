//! Stores and their agents.

use super::fault::Fault;
use super::session::Session;
use super::values::{away_reason, from_json_or_default, known, ms, time_or_null, to_json};
use crate::store::StoreError;
use crate::store::types::{AgentRow, Origin, TeamRow};
use jiff::Timestamp;
use rota_core::ids::{AgentId, StoreId};

pub async fn store_exists(session: &Session, store: &StoreId) -> Result<bool, Fault> {
    let select = "SELECT 1 FROM stores WHERE store_id = $1";
    Ok(session.row(select, &[&store.as_str()]).await?.is_some())
}

/// The store, where there is exactly one.
pub async fn only_store(session: &Session) -> Result<Option<StoreId>, Fault> {
    let stores = session.rows("SELECT store_id FROM stores LIMIT 2", &[]).await?;
    let [only] = &stores[..] else { return Ok(None) };
    Ok(Some(known("stores.store_id", StoreId::new(only.try_get(0)?))?))
}

/// All agents, archived ones too, in the order of their ids.
pub async fn agents(session: &Session, store: &StoreId) -> Result<Vec<AgentRow>, Fault> {
    if !store_exists(session, store).await? {
        return Err(StoreError::NotFound.into());
    }
    let select = "
        SELECT id, email, name, role, online, max_open, active, origin, coalesce(open, 0), away_reason, away_until, leave
        FROM agents a
        LEFT JOIN agent_loads l ON l.store_id = a.store_id AND l.agent_id = a.id
              AND l.generation = (SELECT max(generation) FROM routing WHERE store_id = $1)
        WHERE a.store_id = $1 ORDER BY id";
    let rows = session.rows(select, &[&store.as_str()]).await?;
    rows.iter()
        .map(|row| {
            let (max_open, open): (Option<i64>, i64) = (row.try_get(5)?, row.try_get(8)?);
            Ok(AgentRow {
                id: AgentId(row.try_get(0)?),
                email: row.try_get(1)?,
                name: row.try_get(2)?,
                role: row.try_get(3)?,
                online: row.try_get(4)?,
                away_reason: away_reason(row.try_get(9)?)?,
                away_until: time_or_null(row.try_get(10)?)?,
                max_open: max_open.map(|most| known("agents.max_open", most.try_into().ok())).transpose()?,
                leave: from_json_or_default("agents.leave", row.try_get(11)?)?,
                active: row.try_get(6)?,
                origin: Origin::from_name(row.try_get(7)?),
                open: known("agent_loads.open", open.try_into().ok())?,
            })
        })
        .collect()
}

/// Appends the agent as it is now to the roster's history.
pub async fn remember(
    session: &Session,
    store: &StoreId,
    agent: AgentId,
    version: i64,
    now: Timestamp,
) -> Result<(), Fault> {
    let insert = "
        INSERT INTO agent_history (store_id, agent_id, roster_version, at, name, email, online, max_open, active)
        SELECT store_id, id, $3, $4, name, email, online, max_open, active
        FROM agents WHERE store_id = $1 AND id = $2";
    session.execute(insert, &[&store.as_str(), &agent.0, &version, &ms(now)]).await?;
    Ok(())
}

/// Appends the team as it is now to the roster's history.
pub async fn remember_team(
    session: &Session,
    store: &StoreId,
    team: &TeamRow,
    version: i64,
    now: Timestamp,
) -> Result<(), Fault> {
    let upsert = "
        INSERT INTO team_history (store_id, team_id, roster_version, at, name, members)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (store_id, team_id, roster_version) DO UPDATE SET name = $5, members = $6";
    let members = to_json(&team.members);
    session
        .execute(upsert, &[&store.as_str(), &team.id.0, &version, &ms(now), &team.name.as_str(), &members])
        .await?;
    Ok(())
}
