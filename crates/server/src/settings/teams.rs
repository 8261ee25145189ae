//! Teams: who is in them, how they give tickets out, and when.

use super::{Asked, Draft, Given};
use crate::store::types::{Holder, Move, Origin, SettingsChange, TeamRow};
use crate::store::{Customers, DecideSettings, Refused};
use rota_core::access::{Section, Subject};
use rota_core::hours::Hours;
use rota_core::ids::{AgentId, TeamId};
use rota_core::life::Recipient;
use rota_core::roster::Policy;
use rota_core::text::Title;
use rota_core::ticket::Pool;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;

/// A new team.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewTeam {
    pub name: Title,
    /// `None` is the store's.
    pub policy: Option<Policy>,
    /// `None` is always.
    pub hours: Option<Hours>,
    #[serde(default)]
    pub members: BTreeSet<AgentId>,
}

/// What is changed of a team; what is left out stays.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TeamPatch {
    pub name: Option<Title>,
    pub policy: Given<Policy>,
    pub hours: Given<Hours>,
    /// All of them.
    pub members: Option<BTreeSet<AgentId>>,
    /// true brings an archived team back.
    pub active: Option<bool>,
}

pub fn add(asked: Asked, new: NewTeam) -> DecideSettings {
    asked.decision(Customers::None, move |draft| {
        draft.may_change(Section::Teams, Subject::Store)?;
        is_free(draft, new.name.as_str(), None);
        let members = members(draft, &new.members, &[]);
        draft.fits()?;
        let id = TeamId(draft.next("team", draft.current.teams.iter().map(|row| row.id.0)));
        let row = TeamRow {
            id,
            name: new.name.as_str().into(),
            policy: new.policy,
            hours: new.hours.clone(),
            members,
            active: true,
            origin: Origin::Command,
        };
        Ok(put(draft, format!("+ team {id} {}", row.name), row))
    })
}

pub fn set(asked: Asked, id: TeamId, patch: TeamPatch) -> DecideSettings {
    asked.decision(Customers::None, move |draft| {
        let old = known(draft, id)?;
        let TeamPatch { name, policy, hours, members: all, active } = patch.clone();
        let of_team = policy.is_given() || hours.is_given();
        if name.is_some() || all.is_some() || active.is_some() || !of_team {
            draft.may_change(Section::Teams, Subject::Team(id))?;
        }
        if policy.is_given() {
            draft.may_change(Section::TeamPolicy, Subject::Team(id))?;
        }
        if hours.is_given() {
            draft.may_change(Section::TeamHours, Subject::Team(id))?;
        }
        draft.is_as_seen(&draft.viewer.team(old))?;
        if let Some(name) = &name {
            is_free(draft, name.as_str(), Some(id));
        }
        if active == Some(false) && old.active {
            draft.unfit("active", "cannot be set to false; archive the team with DELETE");
        }
        let members = all.map_or_else(|| old.members.clone(), |all| members(draft, &all, &old.members));
        draft.fits()?;
        let row = TeamRow {
            name: name.map_or_else(|| old.name.clone(), |name| name.as_str().into()),
            policy: policy.or(old.policy),
            hours: hours.or(old.hours.clone()),
            members,
            active: active.unwrap_or(old.active),
            ..old.clone()
        };
        Ok(put(draft, format!("~ team {id} {}", row.name), row))
    })
}

/// Its open tickets move to another team's pool, or the store's; its agents stay.
pub fn archive(asked: Asked, id: TeamId, to: Pool) -> DecideSettings {
    asked.decision(Customers::None, move |draft| {
        let old = known(draft, id)?;
        draft.may_change(Section::Teams, Subject::Team(id))?;
        draft.is_as_seen(&draft.viewer.team(old))?;
        if let Pool::Team(other) = to {
            let is_there = draft.current.teams.iter().any(|row| row.id == other && row.active);
            if !is_there || other == id {
                draft.unfit("moveTo", format!("team {other} is not another active team"));
            }
        }
        draft.fits()?;
        draft.move_tickets(Move { of: Holder::Team(id), to: Recipient::Pool(to) });
        let row = TeamRow { active: false, ..old.clone() };
        Ok(put(draft, format!("- team {id} {} (archived)", row.name), row))
    })
}

fn put(draft: &mut Draft<'_>, told: String, row: TeamRow) -> Value {
    let shown = draft.viewer.team(&row);
    if draft.current.teams.iter().find(|old| old.id == row.id) != Some(&row) {
        draft.change(told, SettingsChange::Team(row));
    }
    shown
}

fn known<'a>(draft: &Draft<'a>, id: TeamId) -> Result<&'a TeamRow, Refused> {
    let found = draft.current.teams.iter().find(|row| row.id == id).ok_or(Refused::NotFound)?;
    if draft.viewer.sees(Section::Teams, Subject::Team(id)) { Ok(found) } else { Err(Refused::NotFound) }
}

fn is_free(draft: &mut Draft<'_>, name: &str, own: Option<TeamId>) {
    let key = name.to_lowercase();
    let others = draft.current.teams.iter().filter(|row| Some(row.id) != own);
    if let Some(other) = others.into_iter().find(|row| row.name.to_lowercase() == key) {
        let state = if other.active { "" } else { ", which is archived" };
        draft.unfit("name", format!("is that of team {}{state}", other.id));
    }
}

/// Those that were asked for, and the archived ones that are in it already: they are not seen, and come back with it.
fn members(draft: &mut Draft<'_>, wanted: &BTreeSet<AgentId>, old: &[AgentId]) -> Vec<AgentId> {
    let agents = &draft.current.agents;
    let active = |id: &AgentId| agents.iter().any(|row| row.id == *id && row.active);
    let unknown: Vec<AgentId> = wanted.iter().filter(|id| !active(id)).copied().collect();
    let hidden = old.iter().filter(|id| !active(id)).copied();
    let members: BTreeSet<AgentId> = wanted.iter().copied().chain(hidden).collect();
    for id in unknown {
        draft.unfit("members", format!("agent {id} is not an active agent of this store"));
    }
    members.into_iter().collect()
}
