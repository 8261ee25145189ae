//! The roster that people and settings make, for decisions that are only tried.

use crate::store::StoreError;
use crate::store::types::CurrentSettings;
use jiff::tz::TimeZone;
use rota_core::access::Role;
use rota_core::address::email_key;
use rota_core::ids::StoreId;
use rota_core::life;
use rota_core::roster::{Agent, Roster, Settings, Team};

/// The same that storage would read once they were saved, but for the version.
pub fn roster(store: &StoreId, current: &CurrentSettings) -> Result<Roster, StoreError> {
    let row = current.store.as_ref().ok_or(StoreError::NotFound)?;
    let unusable = |what: &str| StoreError::Unusable(format!("{what} cannot be read; run `rota check`"));
    let agents = current.agents.iter().filter(|row| row.active).map(|row| {
        Ok(Agent {
            id: row.id,
            name: row.name.as_str().into(),
            email_key: email_key(&row.email).into(),
            role: Role::from_name(&row.role).ok_or_else(|| unusable("agents.role"))?,
            online: row.online,
            max_open: row.max_open,
            leave: row.leave.clone(),
        })
    });
    let teams = current.teams.iter().filter(|row| row.active).map(|row| Team {
        id: row.id,
        name: row.name.as_str().into(),
        policy: row.policy,
        hours: row.hours.clone(),
        members: row.members.clone(),
    });
    let labels = current.labels.iter().filter(|row| row.active);
    let brands = current.brands.iter().filter(|row| row.active);
    Ok(Roster::new(Settings {
        store: store.clone(),
        version: 0,
        timezone: TimeZone::get(&row.timezone).map_err(|_| unusable("stores.timezone"))?,
        policy: row.policy,
        dedupe_window: row.dedupe_window,
        agents: agents.collect::<Result<_, StoreError>>()?,
        teams: teams.collect(),
        labels: labels.map(|row| row.id).collect(),
        brand_addresses: brands.map(|row| (row.channel, row.address.as_str().into())).collect(),
        routing: row.routing.clone(),
        rules: current.rules.clone(),
        desk: life::Settings {
            stages: current.stages.clone(),
            reopen_within: row.reopen_within,
            close_after: row.close_after,
            agents_see_all: row.agents_see_all,
        },
    }))
}
