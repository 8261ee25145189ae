//! How people and settings are shown: the representations whose hash is the ETag, and which the audit log keeps. What
//! changes by itself (loads, last uses) is not in them, nor is anything secret.

use crate::duration;
use crate::store::types::{
    AgentRow, ApiKey, BrandRow, CurrentSettings, CustomerRow, LabelRow, StoreRow, TeamRow,
};
use crate::store::webhooks::WebhookRow;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rota_core::access::{Actor, Memberships, Section, Subject, reach};
use rota_core::ids::{AgentId, StoreId};
use rota_core::rules::Rule;
use rota_core::stages::Stages;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashSet;

/// Characters of an ETag's hash: 132 bits.
const TAG_CHARS: usize = 22;

/// The strong ETag of a representation, with its quotes.
pub fn etag(shown: &Value) -> String {
    let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(shown.to_string()));
    format!("\"{}\"", &hash[..TAG_CHARS])
}

/// These members of it, as far as it has them.
fn only(shown: &Value, members: &[&str]) -> Value {
    members.iter().filter_map(|name| Some((*name, shown.get(name)?.clone()))).collect()
}

/// Who looks, and what they may see of it.
pub struct Viewer<'a> {
    by: &'a Actor,
    teams: Memberships,
    /// Members that are shown: the active ones. `None`: all.
    active: Option<HashSet<AgentId>>,
}

impl<'a> Viewer<'a> {
    pub fn new(by: &'a Actor, current: &CurrentSettings) -> Self {
        let teams = current.teams.iter().filter(|team| team.active);
        let active = current.agents.iter().filter(|agent| agent.active);
        Self {
            by,
            teams: teams.map(|team| (team.id, team.members.clone())).collect(),
            active: Some(active.map(|agent| agent.id).collect()),
        }
    }

    /// Sees all that `by` may see of a store without teams.
    pub fn of_everything(by: &'a Actor) -> Self {
        Self { by, teams: Memberships::default(), active: None }
    }

    pub fn teams(&self) -> &Memberships {
        &self.teams
    }

    pub fn sees(&self, section: Section, subject: Subject) -> bool {
        reach(self.by, section).to_see(self.by, subject, &self.teams).is_ok()
    }

    /// Without `maxOpen` and `leave` for those who may not see an agent's.
    pub fn agent(&self, row: &AgentRow) -> Value {
        let mut shown = json!({
            "id": row.id,
            "email": row.email,
            "name": row.name,
            "role": row.role,
            "availability": row.availability(),
            "active": row.active,
            "origin": row.origin.name(),
        });
        if self.sees(Section::Limits, Subject::Agent(row.id)) {
            shown["maxOpen"] = json!(row.max_open);
        }
        if self.sees(Section::Leave, Subject::Agent(row.id)) {
            shown["leave"] = json!(row.leave);
        }
        shown
    }

    /// Without `policy` and `hours` for those who may not see a team's.
    pub fn team(&self, row: &TeamRow) -> Value {
        let is_shown = |id: &&AgentId| self.active.as_ref().is_none_or(|active| active.contains(id));
        let members: Vec<AgentId> = row.members.iter().filter(is_shown).copied().collect();
        let mut shown = json!({
            "id": row.id,
            "name": row.name,
            "members": members,
            "active": row.active,
            "origin": row.origin.name(),
        });
        if self.sees(Section::TeamPolicy, Subject::Team(row.id)) {
            shown["policy"] = json!(row.policy);
        }
        if self.sees(Section::TeamHours, Subject::Team(row.id)) {
            shown["hours"] = json!(row.hours);
        }
        shown
    }

    pub fn label(&self, row: &LabelRow) -> Value {
        json!({ "id": row.id, "name": row.name, "active": row.active, "origin": row.origin.name() })
    }

    pub fn stages(&self, stages: &Stages) -> Value {
        let stage = |stage: &rota_core::stages::Stage| json!({ "id": stage.id, "name": stage.name, "kind": stage.kind.name() });
        json!({ "stages": stages.iter().map(stage).collect::<Vec<_>>() })
    }

    /// Everybody and everything that a ticket names by number, archived or not: history has names too. `open` is an agent's
    /// open tickets; an agent's `maxOpen` is left out for those who may not see it.
    pub fn directory(&self, id: &StoreId, store: &StoreRow, current: &CurrentSettings) -> Value {
        let agent = |row: &AgentRow| {
            let mut shown = self.agent(row);
            shown["open"] = row.open.into();
            only(&shown, &["id", "name", "email", "role", "availability", "open", "maxOpen", "active"])
        };
        let team = |row: &TeamRow| only(&self.team(row), &["id", "name", "members", "active"]);
        let label = |row: &LabelRow| only(&self.label(row), &["id", "name", "active"]);
        json!({
            "store": { "id": id, "name": store.name, "timezone": store.timezone },
            "agents": current.agents.iter().map(agent).collect::<Vec<_>>(),
            "teams": current.teams.iter().map(team).collect::<Vec<_>>(),
            "labels": current.labels.iter().map(label).collect::<Vec<_>>(),
            "stages": self.stages(&current.stages)["stages"],
        })
    }

    pub fn rules(&self, rules: &[Rule]) -> Value {
        json!({ "rules": rules })
    }

    pub fn channel(&self, row: &BrandRow) -> Value {
        json!({
            "channel": row.channel,
            "address": row.address,
            "active": row.active,
            "origin": row.origin.name(),
        })
    }

    pub fn key(&self, key: &ApiKey) -> Value {
        json!({
            "id": key.id,
            "name": key.name,
            "scopes": key.scopes,
            "rate": key.rate,
            "createdAt": key.created_at,
            "expiresAt": key.expires_at,
            "revokedAt": key.revoked_at,
        })
    }

    /// Nothing of the secret but how often it was rotated.
    pub fn webhook(&self, row: &WebhookRow) -> Value {
        let types: Vec<&str> = row.kinds.iter().map(|kind| kind.name()).collect();
        json!({
            "id": row.id,
            "url": row.url,
            "types": (!types.is_empty()).then_some(types),
            "format": row.format.name(),
            "active": row.active,
            "disabledWhy": row.disabled_why,
            "rotatedAt": row.rotated_at,
            "createdAt": row.created_at,
            "origin": row.origin.name(),
        })
    }

    pub fn store(&self, row: &StoreRow) -> Value {
        json!({
            "name": row.name,
            "timezone": row.timezone,
            "policy": row.policy,
            "dedupeWindow": duration::told(row.dedupe_window),
            "reopenWithin": duration::told(row.reopen_within),
            "closeAfter": row.close_after.map(duration::told),
            "agentsSeeAll": row.agents_see_all,
            "keepAudit": duration::told(row.keep_audit),
            "keepRejectedValues": row.keep_rejected_values,
            "waitingTooLong": row.waiting_too_long.map(duration::told),
            "mailContent": row.mail_content,
            "holidays": row.routing.holidays,
            "sticky": row.routing.sticky.map(duration::told),
            "ramp": row.routing.ramp.map(|ramp| {
                json!({ "perAgent": ramp.per_agent(), "every": duration::told(ramp.every()) })
            }),
            "giveOnAfter": row.routing.give_on_after.map(duration::told),
            "idleAfter": row.routing.idle_after.map(duration::told),
        })
    }

    /// Without the parts.
    pub fn customer_in_list(&self, row: &CustomerRow) -> Value {
        json!({
            "id": row.id,
            "partnerCustomerId": row.partner_id,
            "firstName": row.first_name,
            "lastName": row.last_name,
            "phone": row.phone,
            "email": row.email,
            "countryCode": row.country_code,
            "active": row.active,
            "origin": row.origin.name(),
            "createdAt": row.created_at,
            "updatedAt": row.updated_at,
        })
    }

    pub fn customer(&self, row: &CustomerRow) -> Value {
        let mut shown = self.customer_in_list(row);
        shown["tags"] = json!(row.tags);
        let assets = row.assets.iter().map(|asset| {
            json!({ "id": asset.id, "kind": asset.kind.name(), "value": asset.value, "countryCode": asset.country_code })
        });
        shown["assets"] = assets.collect();
        let addresses = row.addresses.iter().map(|address| {
            json!({
                "id": address.id,
                "partnerAddressId": address.partner_id,
                "address1": address.address1,
                "city": address.city,
                "country": address.country,
                "countryCode": address.country_code,
                "state": address.state,
                "zip": address.zip,
                "isDefault": address.is_default,
            })
        });
        shown["addresses"] = addresses.collect();
        shown
    }
}
