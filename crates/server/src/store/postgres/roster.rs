//! The roster of each store as of one version: read once, read again when the routing row says it has changed.

use super::fault::Fault;
use super::provision;
use super::session::Session;
use super::tickets::stages;
use super::values::{corrupt, from_json_or_default, known};
use rota_core::access::Role;
use rota_core::ids::{AgentId, LabelId, StoreId, TeamId};
use rota_core::life;
use rota_core::roster::{Agent, Policy, Roster, Settings, Team};
use rota_core::ticket::Channel;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::join;

#[derive(Default)]
pub struct Rosters(Mutex<HashMap<StoreId, Arc<Roster>>>);

impl Rosters {
    /// The store's roster as it was last read, which may be out of date.
    pub fn known(&self, store: &StoreId) -> Option<Arc<Roster>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(store).cloned()
    }

    /// The store's roster of `version`, which the caller has read under the routing row.
    pub async fn get(&self, session: &Session, store: &StoreId, version: i64) -> Result<Arc<Roster>, Fault> {
        if let Some(roster) = self.known(store).filter(|roster| roster.version() == version) {
            return Ok(roster);
        }
        let roster = Arc::new(Roster::new(read(session, store, version).await?));
        let mut rosters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rosters.insert(store.clone(), roster.clone());
        Ok(roster)
    }
}

/// Reads it as of `version`, which the store has now.
pub async fn read(session: &Session, store: &StoreId, version: i64) -> Result<Settings, Fault> {
    let id = store.as_str();
    let (settings, agents, teams, labels, brand_addresses, stages, rules) = join!(
        provision::store_row(session, store),
        agents(session, id),
        teams(session, id),
        labels(session, id),
        brand_addresses(session, id),
        stages(session, store),
        provision::rules(session, store),
    );
    let settings = settings?;
    Ok(Settings {
        store: store.clone(),
        version,
        timezone: jiff::tz::TimeZone::get(&settings.timezone)
            .map_err(|error| corrupt("stores.timezone", error))?,
        policy: settings.policy,
        dedupe_window: settings.dedupe_window,
        agents: agents?,
        teams: teams?,
        labels: labels?,
        brand_addresses: brand_addresses?,
        routing: settings.routing,
        rules: rules?,
        desk: life::Settings {
            stages: stages?,
            reopen_within: settings.reopen_within,
            close_after: settings.close_after,
            agents_see_all: settings.agents_see_all,
        },
    })
}

async fn agents(session: &Session, store: &str) -> Result<Vec<Agent>, Fault> {
    let select = "SELECT id, name, email_key, online, max_open, role, leave FROM agents WHERE store_id = $1 AND active ORDER BY id";
    let rows = session.rows(select, &[&store]).await?;
    rows.iter()
        .map(|row| {
            let max_open: Option<i64> = row.try_get(4)?;
            Ok(Agent {
                id: AgentId(row.try_get(0)?),
                name: row.try_get::<_, &str>(1)?.into(),
                email_key: row.try_get::<_, &str>(2)?.into(),
                role: known("agents.role", Role::from_name(row.try_get(5)?))?,
                online: row.try_get(3)?,
                max_open: max_open.map(|most| known("agents.max_open", most.try_into().ok())).transpose()?,
                leave: from_json_or_default("agents.leave", row.try_get(6)?)?,
            })
        })
        .collect()
}

async fn teams(session: &Session, store: &str) -> Result<Vec<Team>, Fault> {
    let select = "SELECT id, name, policy, hours,
                         ARRAY(SELECT agent_id FROM team_members m WHERE m.store_id = t.store_id AND m.team_id = t.id)
                  FROM teams t WHERE store_id = $1 AND active ORDER BY id";
    let rows = session.rows(select, &[&store]).await?;
    rows.iter()
        .map(|row| {
            let policy: Option<&str> = row.try_get(2)?;
            let hours: Option<&str> = row.try_get(3)?;
            let members: Vec<i64> = row.try_get(4)?;
            Ok(Team {
                id: TeamId(row.try_get(0)?),
                name: row.try_get::<_, &str>(1)?.into(),
                policy: policy.map(|name| known("teams.policy", Policy::from_name(name))).transpose()?,
                hours: hours.map(serde_json::from_str).transpose().map_err(|e| corrupt("teams.hours", e))?,
                members: members.into_iter().map(AgentId).collect(),
            })
        })
        .collect()
}

async fn labels(session: &Session, store: &str) -> Result<HashSet<LabelId>, Fault> {
    let rows = session.rows("SELECT id FROM labels WHERE store_id = $1 AND active", &[&store]).await?;
    rows.iter().map(|row| Ok(LabelId(row.try_get(0)?))).collect()
}

async fn brand_addresses(session: &Session, store: &str) -> Result<HashSet<(Channel, Box<str>)>, Fault> {
    let select = "SELECT channel, address FROM brand_addresses WHERE store_id = $1 AND active";
    let rows = session.rows(select, &[&store]).await?;
    rows.iter()
        .map(|row| {
            let channel = known("brand_addresses.channel", Channel::from_name(row.try_get(0)?))?;
            Ok((channel, row.try_get::<_, &str>(1)?.into()))
        })
        .collect()
}
