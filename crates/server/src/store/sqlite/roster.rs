//! The roster of each store as of one version: read once, read again when the routing row says it has changed.

use super::fault::Fault;
use super::provision;
use super::tickets::stages;
use super::values::{corrupt, from_json_or_default, known};
use rota_core::access::Role;
use rota_core::ids::{AgentId, LabelId, StoreId, TeamId};
use rota_core::life;
use rota_core::roster::{Agent, Policy, Roster, Settings, Team};
use rota_core::ticket::Channel;
use rusqlite::Connection;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

#[derive(Default)]
pub struct Rosters(HashMap<StoreId, Arc<Roster>>);

impl Rosters {
    /// The store's roster of `version`, which the caller has read under the routing row.
    pub fn get(&mut self, db: &Connection, store: &StoreId, version: i64) -> Result<Arc<Roster>, Fault> {
        if let Some(roster) = self.0.get(store).filter(|roster| roster.version() == version) {
            return Ok(roster.clone());
        }
        let roster = Arc::new(Roster::new(read(db, store, version)?));
        self.0.insert(store.clone(), roster.clone());
        Ok(roster)
    }
}

/// Reads it as of `version`, which the store has now.
pub fn read(db: &Connection, store: &StoreId, version: i64) -> Result<Settings, Fault> {
    let row = provision::store_row(db, store)?;
    Ok(Settings {
        store: store.clone(),
        version,
        timezone: jiff::tz::TimeZone::get(&row.timezone)
            .map_err(|error| corrupt("stores.timezone", error))?,
        policy: row.policy,
        dedupe_window: row.dedupe_window,
        agents: agents(db, store)?,
        teams: teams(db, store)?,
        labels: labels(db, store)?,
        brand_addresses: brand_addresses(db, store)?,
        routing: row.routing,
        rules: provision::rules(db, store)?,
        desk: life::Settings {
            stages: stages(db, store)?,
            reopen_within: row.reopen_within,
            close_after: row.close_after,
            agents_see_all: row.agents_see_all,
        },
    })
}

fn agents(db: &Connection, store: &StoreId) -> Result<Vec<Agent>, Fault> {
    let mut select = db.prepare_cached(
        "SELECT id, name, email_key, online, max_open, role, leave FROM agents WHERE store_id = ?1 AND active ORDER BY id",
    )?;
    let mut rows = select.query([store.as_str()])?;
    let mut agents = Vec::new();
    while let Some(row) = rows.next()? {
        let role: String = row.get(5)?;
        agents.push(Agent {
            id: AgentId(row.get(0)?),
            name: row.get::<_, String>(1)?.into(),
            email_key: row.get::<_, String>(2)?.into(),
            role: known("agents.role", Role::from_name(&role))?,
            online: row.get(3)?,
            max_open: row.get(4)?,
            leave: from_json_or_default("agents.leave", row.get::<_, Option<String>>(6)?.as_deref())?,
        });
    }
    Ok(agents)
}

fn teams(db: &Connection, store: &StoreId) -> Result<Vec<Team>, Fault> {
    let mut members: HashMap<TeamId, Vec<AgentId>> = HashMap::new();
    let mut select = db.prepare_cached("SELECT team_id, agent_id FROM team_members WHERE store_id = ?1")?;
    let rows = select.query_map([store.as_str()], |row| Ok((TeamId(row.get(0)?), AgentId(row.get(1)?))))?;
    for row in rows {
        let (team, agent) = row?;
        members.entry(team).or_default().push(agent);
    }
    let mut select = db.prepare_cached(
        "SELECT id, name, policy, hours FROM teams WHERE store_id = ?1 AND active ORDER BY id",
    )?;
    let mut rows = select.query([store.as_str()])?;
    let mut teams = Vec::new();
    while let Some(row) = rows.next()? {
        let id = TeamId(row.get(0)?);
        let policy: Option<String> = row.get(2)?;
        let hours: Option<String> = row.get(3)?;
        teams.push(Team {
            id,
            name: row.get::<_, String>(1)?.into(),
            policy: policy.map(|name| known("teams.policy", Policy::from_name(&name))).transpose()?,
            hours: hours
                .map(|text| serde_json::from_str(&text))
                .transpose()
                .map_err(|e| corrupt("teams.hours", e))?,
            members: members.remove(&id).unwrap_or_default(),
        });
    }
    Ok(teams)
}

fn labels(db: &Connection, store: &StoreId) -> Result<HashSet<LabelId>, Fault> {
    let mut select = db.prepare_cached("SELECT id FROM labels WHERE store_id = ?1 AND active")?;
    let rows = select.query_map([store.as_str()], |row| Ok(LabelId(row.get(0)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn brand_addresses(db: &Connection, store: &StoreId) -> Result<HashSet<(Channel, Box<str>)>, Fault> {
    let mut select =
        db.prepare_cached("SELECT channel, address FROM brand_addresses WHERE store_id = ?1 AND active")?;
    let mut rows = select.query([store.as_str()])?;
    let mut addresses = HashSet::new();
    while let Some(row) = rows.next()? {
        let channel: String = row.get(0)?;
        let channel = known("brand_addresses.channel", Channel::from_name(&channel))?;
        addresses.insert((channel, row.get::<_, String>(1)?.into()));
    }
    Ok(addresses)
}
