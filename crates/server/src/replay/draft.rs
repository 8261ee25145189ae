//! A draft of people and settings, judged by the code that saves them, one part after the other, on what the parts before
//! it would leave.

use crate::duration::Span;
use crate::provision::{self, StoreFile};
use crate::settings::agents::{self, AgentPatch, Which};
use crate::settings::rules::{self, RuleEntry, RuleList};
use crate::settings::store::{self, RampPatch, StorePatch};
use crate::settings::teams::{self, TeamPatch};
use crate::settings::{Asked, Given};
use crate::store::types::{Change, CurrentSettings, SettingsChange};
use crate::store::{DecideSettings, Refused};
use jiff::Timestamp;
use rota_core::availability::Limit;
use rota_core::holidays::Holidays;
use rota_core::hours::Hours;
use rota_core::ids::{AgentId, TeamId};
use rota_core::leave::Leaves;
use rota_core::roster::Policy;
use serde::Deserialize;
use std::collections::BTreeSet;

/// What is to be tried; what is left out stays as it is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Draft {
    pub settings: Option<SettingsDraft>,
    pub teams: Vec<TeamDraft>,
    pub agents: Vec<AgentDraft>,
    /// All of them, as they are saved.
    pub rules: Option<Vec<RuleEntry>>,
}

/// Those of the store's settings that decide who gets what.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SettingsDraft {
    pub policy: Option<Policy>,
    pub timezone: Option<String>,
    pub holidays: Option<Holidays>,
    pub sticky: Given<Span>,
    pub ramp: Given<RampPatch>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TeamDraft {
    pub id: TeamId,
    #[serde(default)]
    pub policy: Given<Policy>,
    #[serde(default)]
    pub hours: Given<Hours>,
    pub members: Option<BTreeSet<AgentId>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AgentDraft {
    pub id: AgentId,
    #[serde(default)]
    pub max_open: Given<Limit>,
    pub leave: Option<Leaves>,
}

/// People and settings as a draft would leave them.
#[derive(Debug, Clone)]
pub struct Drafted {
    pub settings: CurrentSettings,
    /// A line for each change.
    pub changes: Vec<String>,
}

impl Draft {
    pub fn apply(&self, current: &CurrentSettings) -> Result<Drafted, Refused> {
        let mut drafted = Drafted { settings: current.clone(), changes: Vec::new() };
        if let Some(SettingsDraft { policy, timezone, holidays, sticky, ramp }) = self.settings.clone() {
            let patch = StorePatch { policy, timezone, holidays, sticky, ramp, ..StorePatch::default() };
            drafted
                .decide(store::set(Asked::operator(), patch))
                .map_err(|refused| within("settings", refused))?;
        }
        for (place, team) in self.teams.iter().enumerate() {
            let TeamDraft { id, policy, hours, members } = team.clone();
            let patch = TeamPatch { policy, hours, members, ..TeamPatch::default() };
            let at = format!("teams[{place}]");
            drafted
                .decide(teams::set(Asked::operator(), id, patch))
                .map_err(|refused| within(&at, refused))?;
        }
        for (place, agent) in self.agents.iter().enumerate() {
            let AgentDraft { id, max_open, leave } = agent.clone();
            let patch = AgentPatch { max_open, leave, ..AgentPatch::default() };
            let at = format!("agents[{place}]");
            let decide = agents::set(Asked::operator(), Which::Number(id), patch);
            drafted.decide(decide).map_err(|refused| within(&at, refused))?;
        }
        if let Some(rules) = self.rules.clone() {
            drafted
                .decide(rules::set(Asked::operator(), RuleList { rules }))
                .map_err(|refused| within("", refused))?;
        }
        Ok(drafted)
    }
}

/// The same of a store file, but for its customers.
pub fn of_file(mut file: StoreFile, current: &CurrentSettings, now: Timestamp) -> Result<Drafted, Refused> {
    file.customers = None;
    let options = provision::Options { yes: true, prune: false, now };
    let changes = provision::decide(&file, options, current).map_err(Refused::File)?;
    let mut drafted = Drafted { settings: current.clone(), changes: Vec::new() };
    drafted.take(changes);
    Ok(drafted)
}

/// A refusal of a part of the draft names its field within the whole.
fn within(part: &str, refused: Refused) -> Refused {
    let path = |field: &str| match (part, field) {
        ("", field) => format!("draft.{field}"),
        (part, field) => format!("draft.{part}.{field}"),
    };
    match refused {
        Refused::Unfit(fields) => {
            Refused::Unfit(fields.into_iter().map(|(field, rule)| (path(&field), rule)).collect())
        }
        Refused::NotFound => Refused::field(&path("id"), "is not in this store"),
        other => other,
    }
}

impl Drafted {
    fn decide(&mut self, decide: DecideSettings) -> Result<(), Refused> {
        let decided = (decide.decide)(&self.settings)?;
        self.take(decided.changes);
        Ok(())
    }

    fn take(&mut self, changes: Vec<Change>) {
        for Change { told, what } in changes {
            if !told.is_empty() {
                self.changes.push(told);
            }
            let settings = &mut self.settings;
            match what {
                SettingsChange::Store(row) => settings.store = Some(row),
                SettingsChange::Stages(stages) => settings.stages = stages,
                SettingsChange::Rules(rules) => settings.rules = rules,
                SettingsChange::Agent(row) => put(&mut settings.agents, row, |row| row.id),
                SettingsChange::Team(row) => put(&mut settings.teams, row, |row| row.id),
                SettingsChange::Label(row) => put(&mut settings.labels, row, |row| row.id),
                SettingsChange::Brand(row) => {
                    put(&mut settings.brands, row, |row| (row.channel, row.address.clone()));
                }
                SettingsChange::Counter { kind, next } => {
                    settings.counters.insert(kind.into(), next);
                }
                SettingsChange::Key(_)
                | SettingsChange::Webhook(_)
                | SettingsChange::WebhookGone(_)
                | SettingsChange::Customer(_)
                | SettingsChange::WholeCustomer(_)
                | SettingsChange::Due { .. }
                | SettingsChange::Tell { .. } => {}
            }
        }
    }
}

/// In place of the row of the same key, or behind all others.
fn put<T, K: PartialEq>(rows: &mut Vec<T>, row: T, key: impl Fn(&T) -> K) {
    match rows.iter_mut().find(|old| key(old) == key(&row)) {
        Some(old) => *old = row,
        None => rows.push(row),
    }
}
