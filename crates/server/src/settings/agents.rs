//! Agents: who they are, what they may do, how many tickets they take, whether they are there.

use super::{Asked, Draft, Given};
use crate::store::types::{AgentRow, Holder, Move, Origin, SettingsChange};
use crate::store::{Customers, DecideSettings, Refused};
use rota_core::access::{Actor, Role, Section, Subject};
use rota_core::address::{EmailAddress, email_key};
use rota_core::availability::{Availability, AwayReason, Limit};
use rota_core::due::Kind;
use rota_core::event;
use rota_core::ids::AgentId;
use rota_core::leave::Leaves;
use rota_core::life::Recipient;
use rota_core::text::Title;
use serde::Deserialize;
use serde_json::{Value, json};

/// A new agent.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewAgent {
    pub email: EmailAddress,
    pub name: Title,
    pub role: Option<Role>,
    pub max_open: Option<Limit>,
}

/// What is changed of an agent; what is left out stays.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct AgentPatch {
    pub email: Option<EmailAddress>,
    pub name: Option<Title>,
    pub role: Option<Role>,
    /// null: no limit.
    pub max_open: Given<Limit>,
    /// All of it.
    pub leave: Option<Leaves>,
    /// true brings an archived agent back.
    pub active: Option<bool>,
}

/// Which agent: by number, or by mail address in its compared form.
#[derive(Debug, Clone)]
pub enum Which {
    Number(AgentId),
    Address(String),
}

pub fn add(asked: Asked, new: NewAgent) -> DecideSettings {
    asked.decision(Customers::None, move |draft| {
        draft.may_change(Section::People, Subject::Store)?;
        is_free(draft, &new.email, None);
        draft.fits()?;
        let id = AgentId(draft.next("agent", draft.current.agents.iter().map(|row| row.id.0)));
        let row = AgentRow {
            id,
            email: new.email.as_str().into(),
            name: new.name.as_str().into(),
            role: new.role.unwrap_or(Role::Agent).name().into(),
            online: false,
            away_reason: None,
            away_until: None,
            max_open: new.max_open.map(Limit::get),
            leave: Leaves::default(),
            active: true,
            origin: Origin::Command,
            open: 0,
        };
        Ok(put(draft, format!("+ agent {id} {} ({})", row.email, row.name), row))
    })
}

pub fn set(asked: Asked, which: Which, patch: AgentPatch) -> DecideSettings {
    asked.decision(Customers::None, move |draft| {
        let old = known(draft, &which)?;
        let subject = Subject::Agent(old.id);
        let AgentPatch { email, name, role, max_open, leave, active } = patch.clone();
        let of_duty = max_open.is_given() || leave.is_some();
        if email.is_some() || name.is_some() || role.is_some() || active.is_some() || !of_duty {
            draft.may_change(Section::People, subject)?;
        }
        if max_open.is_given() {
            draft.may_change(Section::Limits, subject)?;
        }
        if leave.is_some() {
            draft.may_change(Section::Leave, subject)?;
        }
        draft.is_as_seen(&draft.viewer.agent(old))?;
        if let Some(email) = &email {
            is_free(draft, email, Some(old.id));
        }
        if active == Some(false) && old.active {
            draft.unfit("active", "cannot be set to false; archive the agent with DELETE");
        }
        let row = AgentRow {
            email: email.map_or_else(|| old.email.clone(), |email| email.as_str().into()),
            name: name.map_or_else(|| old.name.clone(), |name| name.as_str().into()),
            role: role.map_or_else(|| old.role.clone(), |role| role.name().into()),
            max_open: max_open.or(old.max_open.and_then(Limit::new)).map(Limit::get),
            leave: leave.unwrap_or_else(|| old.leave.clone()),
            active: active.unwrap_or(old.active),
            ..old.clone()
        };
        if row.role != old.role {
            stays_led(draft, old, "role");
        }
        draft.fits()?;
        Ok(put(draft, format!("~ agent {} {}", row.id, row.email), row))
    })
}

/// The open tickets wait in their pools again.
pub fn archive(asked: Asked, which: Which) -> DecideSettings {
    asked.decision(Customers::None, move |draft| {
        let old = known(draft, &which)?;
        draft.may_change(Section::People, Subject::Agent(old.id))?;
        draft.is_as_seen(&draft.viewer.agent(old))?;
        stays_led(draft, old, "id");
        draft.fits()?;
        let row = archived(old);
        draft.move_tickets(Move { of: Holder::Agent(row.id), to: Recipient::Nobody });
        Ok(put(draft, format!("- agent {} {} (archived)", row.id, row.email), row))
    })
}

pub fn archived(row: &AgentRow) -> AgentRow {
    let away = Availability::Away { reason: None, until: None };
    AgentRow { active: false, ..row.clone().with_availability(away) }
}

/// Whether an agent takes tickets; with `give_on`, what they have not touched is given to others at once. The condition is
/// about the availability alone.
pub fn make_available(
    asked: Asked,
    which: Which,
    availability: Availability,
    give_on: bool,
) -> DecideSettings {
    asked.decision(Customers::None, move |draft| {
        let old = known(draft, &which)?;
        draft.may_change(Section::Availability, Subject::Agent(old.id))?;
        draft.is_as_seen(&json!(old.availability()))?;
        if !old.active {
            draft.unfit("status", "cannot be set: the agent is archived");
        }
        draft.fits()?;
        let row = old.clone().with_availability(availability.clone());
        let state = if row.online { "online" } else { "offline" };
        let answer = json!(row.availability());
        if give_on && !row.online {
            draft.move_tickets(Move { of: Holder::Untouched(row.id), to: Recipient::Nobody });
        }
        look_later(draft, old, &row)?;
        put(draft, format!("~ agent {} {}: {state}", row.id, row.email), row);
        Ok(answer)
    })
}

/// What comes of going offline with time.
fn look_later(draft: &mut Draft<'_>, old: &AgentRow, row: &AgentRow) -> Result<(), Refused> {
    let after = draft.store()?.routing.give_on_after.filter(|_| old.online && !row.online);
    if let Some(after) = after {
        let (kind, subject) = (Kind::GiveOn, row.id.0);
        draft.change(String::new(), SettingsChange::Due { kind, subject, after });
    }
    Ok(())
}

/// Gives on what an agent has not touched, who is still offline, where the store still asks for it.
pub fn give_on(id: AgentId) -> DecideSettings {
    let asked = Asked { by: Actor::Clock, ..Asked::operator() };
    asked.decision(Customers::None, move |draft| {
        let row = known(draft, &Which::Number(id))?;
        if row.active && !row.online && draft.store()?.routing.give_on_after.is_some() {
            draft.move_tickets(Move { of: Holder::Untouched(id), to: Recipient::Nobody });
        }
        Ok(Value::Null)
    })
}

/// Who was signed in and has done nothing goes offline, where the store still asks for it.
pub fn fall_idle(id: AgentId) -> DecideSettings {
    let asked = Asked { by: Actor::Clock, ..Asked::operator() };
    asked.decision(Customers::None, move |draft| {
        let old = known(draft, &Which::Number(id))?;
        if !old.online || draft.store()?.routing.idle_after.is_none() {
            return Ok(Value::Null);
        }
        let reason = AwayReason::new("idle").expect("a word is a reason");
        let row = old.clone().with_availability(Availability::Away { reason: Some(reason), until: None });
        look_later(draft, old, &row)?;
        Ok(put(draft, format!("~ agent {id} {}: idle", row.email), row))
    })
}

/// Who was away until now is back, and takes what waits. Who is away without an end stays so.
pub fn come_back(id: AgentId) -> DecideSettings {
    let asked = Asked { by: Actor::Clock, ..Asked::operator() };
    asked.decision(Customers::None, move |draft| {
        let old = known(draft, &Which::Number(id))?;
        if !old.active || !matches!(old.availability(), Availability::Away { until: Some(_), .. }) {
            return Ok(Value::Null);
        }
        let row = old.clone().with_availability(Availability::Online);
        Ok(put(draft, format!("~ agent {id} {}: online", row.email), row))
    })
}

fn put(draft: &mut Draft<'_>, told: String, row: AgentRow) -> Value {
    let shown = draft.viewer.agent(&row);
    let old = draft.current.agents.iter().find(|old| old.id == row.id);
    if old == Some(&row) {
        return shown;
    }
    if old.is_some_and(|old| old.availability() != row.availability()) {
        let body = json!({ "agentId": row.id, "availability": row.availability() });
        draft.change(
            String::new(),
            SettingsChange::Tell { kind: event::Kind::AgentAvailabilityChanged, body },
        );
    }
    draft.change(told, SettingsChange::Agent(row));
    shown
}

fn known<'a>(draft: &Draft<'a>, which: &Which) -> Result<&'a AgentRow, Refused> {
    let is_it = |row: &&AgentRow| match which {
        Which::Number(id) => row.id == *id,
        Which::Address(key) => email_key(&row.email) == *key,
    };
    let found = draft.current.agents.iter().find(is_it).ok_or(Refused::NotFound)?;
    let is_seen = draft.viewer.sees(Section::People, Subject::Agent(found.id));
    if is_seen { Ok(found) } else { Err(Refused::NotFound) }
}

fn is_free(draft: &mut Draft<'_>, email: &EmailAddress, own: Option<AgentId>) {
    let key = email.key();
    let others = draft.current.agents.iter().filter(|row| Some(row.id) != own);
    if let Some(other) = others.into_iter().find(|row| email_key(&row.email) == key) {
        let state = if other.active { "" } else { ", who is archived" };
        draft.unfit("email", format!("is that of agent {}{state}", other.id));
    }
}

/// Somebody has to be left who may do everything; who works on the machine itself always may.
fn stays_led(draft: &mut Draft<'_>, old: &AgentRow, field: &str) {
    let is_admin = |row: &AgentRow| row.active && row.role == Role::Admin.name();
    let others = draft.current.agents.iter().filter(|row| row.id != old.id && is_admin(row)).count();
    if matches!(draft.by, Actor::Agent { .. }) && is_admin(old) && others == 0 {
        draft.unfit(field, "is that of the store's last admin");
    }
}
