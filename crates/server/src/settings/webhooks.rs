//! Endpoints that are told of events. Whether an address may be reached at all is known outside; here they are written.

use super::{Asked, Draft, Given};
use crate::store::types::{Origin, SettingsChange};
use crate::store::webhooks::WebhookRow;
use crate::store::{Customers, DecideSettings, Refused};
use crate::webhooks::HookUrl;
use jiff::Timestamp;
use rota_core::access::{Actor, Section, Subject};
use rota_core::event::Kind;
use rota_core::ids::WebhookId;
use rota_core::webhook::{Format, MOST};
use serde::{Deserialize, Deserializer, de};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Chosen kinds of events, at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Types(BTreeSet<Kind>);

impl Types {
    pub fn new(names: &[String]) -> Result<Self, String> {
        if names.is_empty() {
            return Err("names at least one type; left out or null, it is all of them".into());
        }
        let kind = |name: &String| {
            Kind::from_name(name).ok_or_else(|| {
                let all: Vec<&str> = Kind::ALL.into_iter().map(Kind::name).collect();
                format!("{name} is no type of event; there are {}", all.join(", "))
            })
        };
        Ok(Self(names.iter().map(kind).collect::<Result<_, _>>()?))
    }

    pub fn kinds(self) -> BTreeSet<Kind> {
        self.0
    }
}

impl<'de> Deserialize<'de> for Types {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(&Vec::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// What is sent, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NamedFormat(pub Format);

impl NamedFormat {
    pub fn new(name: &str) -> Result<Self, String> {
        Format::from_name(name).map(Self).ok_or_else(|| "is standard or assignedAgent".into())
    }
}

impl<'de> Deserialize<'de> for NamedFormat {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// A new endpoint.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewWebhook {
    pub url: HookUrl,
    pub types: Option<Types>,
    pub format: Option<NamedFormat>,
}

/// What is changed of an endpoint; what is left out stays. Without types it is told of all.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct WebhookPatch {
    pub url: Option<HookUrl>,
    pub types: Given<Types>,
    pub format: Option<NamedFormat>,
    pub active: Option<bool>,
}

pub fn add(asked: Asked, new: NewWebhook, now: Timestamp) -> DecideSettings {
    asked.decision(Customers::None, move |draft| {
        draft.may_change(Section::Webhooks, Subject::Store)?;
        if draft.current.webhooks.len() >= MOST {
            draft.unfit("url", format!("is one more than the {MOST} endpoints that a store may have"));
        }
        draft.fits()?;
        let id = WebhookId(draft.next("webhook", draft.current.webhooks.iter().map(|row| row.id.0)));
        let row = WebhookRow {
            id,
            url: new.url.to_string(),
            kinds: new.types.clone().map(Types::kinds).unwrap_or_default(),
            format: new.format.map_or(Format::Standard, |format| format.0),
            active: true,
            disabled_why: None,
            generation: 1,
            rotated_at: None,
            created_at: now,
            origin: Origin::Command,
        };
        Ok(put(draft, format!("+ webhook {id} {}", row.url), row))
    })
}

/// Switched on again, an endpoint goes on where it was.
pub fn set(asked: Asked, id: WebhookId, patch: WebhookPatch) -> DecideSettings {
    asked.decision(Customers::None, move |draft| {
        let old = known(draft, id)?;
        let patch = patch.clone();
        let kinds = match patch.types {
            Given::Absent => old.kinds.clone(),
            Given::Nothing => BTreeSet::new(),
            Given::Value(types) => types.kinds(),
        };
        let active = patch.active.unwrap_or(old.active);
        let row = WebhookRow {
            url: patch.url.map_or_else(|| old.url.clone(), |url| url.to_string()),
            kinds,
            format: patch.format.map_or(old.format, |format| format.0),
            active,
            disabled_why: old.disabled_why.clone().filter(|_| !active),
            ..old.clone()
        };
        Ok(put(draft, format!("~ webhook {id} {}", row.url), row))
    })
}

/// Gives it another secret; for a day the one before signs too.
pub fn rotate(asked: Asked, id: WebhookId, now: Timestamp) -> DecideSettings {
    asked.decision(Customers::None, move |draft| {
        draft.may_change(Section::Webhooks, Subject::Store)?;
        let old = find(draft, id)?;
        let row = WebhookRow { generation: old.generation + 1, rotated_at: Some(now), ..old.clone() };
        Ok(put(draft, format!("~ webhook {id} {} has a new secret", row.url), row))
    })
}

/// With what was still to be told.
pub fn remove(asked: Asked, id: WebhookId) -> DecideSettings {
    asked.decision(Customers::None, move |draft| {
        let old = known(draft, id)?;
        let shown = draft.viewer.webhook(old);
        draft.change(format!("- webhook {id} {}", old.url), SettingsChange::WebhookGone(id));
        Ok(shown)
    })
}

/// Switches an endpoint off that cannot be told any more, and tells of it.
pub fn disable(id: WebhookId, why: String) -> DecideSettings {
    let asked = Asked { by: Actor::Clock, ..Asked::operator() };
    asked.decision(Customers::None, move |draft| {
        let old = find(draft, id)?;
        if !old.active {
            return Ok(draft.viewer.webhook(old));
        }
        let row = WebhookRow { active: false, disabled_why: Some(why.clone()), ..old.clone() };
        let body = json!({ "webhook": { "id": id, "url": row.url }, "reason": why });
        draft.change(String::new(), SettingsChange::Tell { kind: Kind::WebhookDisabled, body });
        Ok(put(draft, format!("~ webhook {id} {} is switched off", row.url), row))
    })
}

fn put(draft: &mut Draft<'_>, told: String, row: WebhookRow) -> Value {
    let shown = draft.viewer.webhook(&row);
    if draft.current.webhooks.iter().find(|old| old.id == row.id) != Some(&row) {
        draft.change(told, SettingsChange::Webhook(row));
    }
    shown
}

fn find<'a>(draft: &Draft<'a>, id: WebhookId) -> Result<&'a WebhookRow, Refused> {
    draft.current.webhooks.iter().find(|row| row.id == id).ok_or(Refused::NotFound)
}

/// The endpoint, if whoever asks may change it and saw it as it is.
fn known<'a>(draft: &Draft<'a>, id: WebhookId) -> Result<&'a WebhookRow, Refused> {
    draft.may_change(Section::Webhooks, Subject::Store)?;
    let found = find(draft, id)?;
    draft.is_as_seen(&draft.viewer.webhook(found))?;
    Ok(found)
}
