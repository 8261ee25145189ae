//! What the audit log says of changes.

use super::Viewer;
use crate::store::sessions::Invitation;
use crate::store::types::{
    AuditEntry, Change, CurrentSettings, CustomerRow, SettingsChange, customer_subject,
};
use rota_core::access::Actor;
use rota_core::ids::AgentId;
use serde_json::json;

/// An entry for each change, in their order; numbers that were taken are none.
pub fn logged(current: &CurrentSettings, changes: &[Change]) -> Vec<AuditEntry> {
    let all = Viewer::of_everything(&Actor::Operator);
    changes.iter().filter_map(|change| entry(current, &all, &change.what)).collect()
}

fn entry(current: &CurrentSettings, all: &Viewer<'_>, change: &SettingsChange) -> Option<AuditEntry> {
    let of = AuditEntry::of;
    match change {
        SettingsChange::Store(row) => {
            let before = current.store.as_ref().map(|row| all.store(row));
            of("settings".into(), before, Some(all.store(row)))
        }
        SettingsChange::Stages(stages) => {
            of("stages".into(), Some(all.stages(&current.stages)), Some(all.stages(stages)))
        }
        SettingsChange::Rules(rules) => {
            of("rules".into(), Some(all.rules(&current.rules)), Some(all.rules(rules)))
        }
        SettingsChange::Agent(row) => {
            let before = current.agents.iter().find(|old| old.id == row.id).map(|old| all.agent(old));
            of(format!("agent:{}", row.id), before, Some(all.agent(row)))
        }
        SettingsChange::Team(row) => {
            let before = current.teams.iter().find(|old| old.id == row.id).map(|old| all.team(old));
            of(format!("team:{}", row.id), before, Some(all.team(row)))
        }
        SettingsChange::Label(row) => {
            let before = current.labels.iter().find(|old| old.id == row.id).map(|old| all.label(old));
            of(format!("label:{}", row.id), before, Some(all.label(row)))
        }
        SettingsChange::Brand(row) => {
            let same = |old: &&crate::store::types::BrandRow| {
                (old.channel, &old.address) == (row.channel, &row.address)
            };
            let before = current.brands.iter().find(same).map(|old| all.channel(old));
            let subject = format!("channel:{}:{}", row.channel.name(), row.address);
            of(subject, before, Some(all.channel(row)))
        }
        SettingsChange::Webhook(row) => {
            let before = current.webhooks.iter().find(|old| old.id == row.id).map(|old| all.webhook(old));
            of(format!("webhook:{}", row.id), before, Some(all.webhook(row)))
        }
        SettingsChange::WebhookGone(id) => {
            let before = current.webhooks.iter().find(|old| old.id == *id).map(|old| all.webhook(old));
            of(format!("webhook:{id}"), before, None)
        }
        SettingsChange::Key(key) => {
            let before = current.keys.iter().find(|old| old.id == key.id).map(|old| all.key(old));
            of(format!("key:{}", key.id), before, Some(all.key(key)))
        }
        SettingsChange::Customer(row) => of_customer(current, all, row, false),
        SettingsChange::WholeCustomer(row) => of_customer(current, all, row, true),
        SettingsChange::Counter { .. } | SettingsChange::Due { .. } | SettingsChange::Tell { .. } => None,
    }
}

/// The entry of a customer call; one that changed nothing but the time has none.
pub fn customer_logged(before: Option<&CustomerRow>, after: &CustomerRow) -> Option<AuditEntry> {
    let all = Viewer::of_everything(&Actor::Operator);
    let is_same = before.is_some_and(|before| {
        let before = CustomerRow { updated_at: after.updated_at, ..before.clone() };
        all.customer(&before) == all.customer(after)
    });
    let entry = || {
        AuditEntry::of(
            customer_subject(&after.id),
            before.map(|before| all.customer(before)),
            Some(all.customer(after)),
        )
    };
    if is_same { None } else { entry() }
}

/// The entry of an import, which may be of very many customers: how many were written and how many refused.
pub fn import_logged(outcomes: &[Result<(), String>]) -> Option<AuditEntry> {
    let refused = outcomes.iter().filter(|outcome| outcome.is_err()).count();
    let told = json!({ "imported": outcomes.len() - refused, "refused": refused });
    AuditEntry::of("customers".into(), None, Some(told))
}

/// The entry of an invitation, which tells nothing of its secret.
pub fn invitation_logged(invitation: &Invitation) -> Option<AuditEntry> {
    let told = json!({ "expiresAt": invitation.expires_at });
    AuditEntry::of(format!("invitation:{}", invitation.agent), None, Some(told))
}

/// The entry of somebody's being signed out everywhere by somebody else.
pub fn sign_out_logged(agent: AgentId, sessions: u64) -> Option<AuditEntry> {
    AuditEntry::of(
        format!("sessions:{agent}"),
        Some(json!({ "sessions": sessions })),
        Some(json!({ "sessions": 0 })),
    )
}

fn of_customer(
    current: &CurrentSettings,
    all: &Viewer<'_>,
    row: &CustomerRow,
    whole: bool,
) -> Option<AuditEntry> {
    let shown = |row: &CustomerRow| if whole { all.customer(row) } else { all.customer_in_list(row) };
    let before = current.customers.iter().find(|old| old.id == row.id).map(shown);
    AuditEntry::of(customer_subject(&row.id), before, Some(shown(row)))
}
