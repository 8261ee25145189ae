//! Agents and teams of a store file.

use super::{Diff, line_of, take};
use crate::plural::counted;
use crate::provision::store_file::{AgentEntry, TeamEntry};
use crate::provision::toml_reader::{At, nearest};
use crate::settings::agents::archived;
use crate::store::types::{AgentRow, Origin, SettingsChange, TeamRow};
use rota_core::address::email_key;
use rota_core::availability::Availability;
use rota_core::ids::{AgentId, TeamId};
use std::collections::{HashMap, HashSet};

impl Diff<'_> {
    pub(super) fn agents(&mut self) {
        let Some(entries) = &self.file.agents else { return };
        let current = self.current;
        let used = current
            .agents
            .iter()
            .map(|row| row.id.0)
            .chain(entries.iter().filter_map(|e| Some(e.value.id.as_ref()?.value)));
        let mut next = self.next("agent", used);
        let mut kept = HashSet::new();
        let mut emails = HashSet::new();
        for entry in entries {
            let email = &entry.value.email;
            if !emails.insert(email.value.key()) {
                self.problem(email.line, format!("agents.email {} is given twice", email.value));
                continue;
            }
            let Some(row) = self.agent(entry, &mut next) else { continue };
            if !kept.insert(row.id.0) {
                self.problem(
                    line_of(&entry.value.id, entry.line),
                    format!("agents.id {} is given twice", row.id),
                );
                continue;
            }
            let old = current.agents.iter().find(|old| old.id == row.id);
            if old != Some(&row) {
                let told = agent_told(old, &row);
                self.change(told, SettingsChange::Agent(row));
            }
        }
        self.archive_agents(&kept);
        self.counter("agent", kept.into_iter());
    }

    fn agent(&mut self, entry: &At<AgentEntry>, next: &mut i64) -> Option<AgentRow> {
        let wanted = &entry.value;
        let by_email =
            self.current.agents.iter().find(|row| email_key(&row.email) == wanted.email.value.key());
        let old = match wanted.id.as_ref().map(|id| id.value) {
            Some(id) => self.current.agents.iter().find(|row| row.id.0 == id),
            None => by_email,
        };
        if let Some(other) = by_email.filter(|row| old.is_none_or(|old| old.id != row.id)) {
            let (email, id) = (&wanted.email.value, other.id);
            self.problem(
                wanted.email.line,
                format!("agents.email {email} is agent {id} already; write id = {id}"),
            );
            return None;
        }
        let living = old.filter(|old| old.active);
        let availability = living.map_or_else(|| first_availability(wanted), AgentRow::availability);
        let row = AgentRow {
            id: AgentId(
                wanted
                    .id
                    .as_ref()
                    .map(|id| id.value)
                    .or(old.map(|old| old.id.0))
                    .unwrap_or_else(|| take(next)),
            ),
            email: wanted.email.value.as_str().to_owned(),
            name: wanted.name.clone(),
            role: wanted.role.clone(),
            online: false,
            away_reason: None,
            away_until: None,
            max_open: wanted.max_open,
            leave: wanted.leave.clone().or(old.map(|old| old.leave.clone())).unwrap_or_default(),
            active: true,
            origin: old.map_or(Origin::File, |old| old.origin),
            open: old.map_or(0, |old| old.open),
        };
        Some(row.with_availability(availability))
    }

    fn archive_agents(&mut self, kept: &HashSet<i64>) {
        let active = self.current.agents.iter().filter(|row| row.active);
        let gone: Vec<AgentRow> = active
            .clone()
            .filter(|row| self.governs(row.origin) && !kept.contains(&row.id.0))
            .map(archived)
            .collect();
        self.archived("agents", gone.len(), active.count());
        for row in gone {
            self.change(format!("- agent {} {} (archived)", row.id, row.email), SettingsChange::Agent(row));
        }
    }

    pub(super) fn teams(&mut self) {
        let Some(entries) = &self.file.teams else { return };
        let current = self.current;
        let agents = self.agents_after();
        let used = current
            .teams
            .iter()
            .map(|row| row.id.0)
            .chain(entries.iter().filter_map(|e| Some(e.value.id.as_ref()?.value)));
        let mut next = self.next("team", used);
        let mut kept = HashSet::new();
        let mut names = HashSet::new();
        for entry in entries {
            let name = &entry.value.name;
            if !names.insert(name.value.to_lowercase()) {
                self.problem(name.line, format!("teams.name \"{}\" is given twice", name.value));
                continue;
            }
            let Some(row) = self.team(entry, &agents, &mut next) else { continue };
            if !kept.insert(row.id.0) {
                self.problem(
                    line_of(&entry.value.id, entry.line),
                    format!("teams.id {} is given twice", row.id),
                );
                continue;
            }
            let old = current.teams.iter().find(|old| old.id == row.id);
            if old != Some(&row) {
                let sign = if old.is_some() { '~' } else { '+' };
                let told =
                    format!("{sign} team {} {} ({})", row.id, row.name, counted(row.members.len(), "member"));
                self.change(told, SettingsChange::Team(row));
            }
        }
        self.archive_teams(&kept);
        self.counter("team", kept.into_iter());
    }

    /// The active agents once the file is in force, by their mail address.
    fn agents_after(&self) -> HashMap<String, AgentId> {
        let mut agents: HashMap<String, AgentId> = HashMap::new();
        let mut rows: HashMap<AgentId, &AgentRow> =
            self.current.agents.iter().map(|row| (row.id, row)).collect();
        for change in &self.changes {
            if let SettingsChange::Agent(row) = &change.what {
                rows.insert(row.id, row);
            }
        }
        for row in rows.values().filter(|row| row.active) {
            agents.insert(email_key(&row.email), row.id);
        }
        agents
    }

    fn team(
        &mut self,
        entry: &At<TeamEntry>,
        agents: &HashMap<String, AgentId>,
        next: &mut i64,
    ) -> Option<TeamRow> {
        let wanted = &entry.value;
        let key = wanted.name.value.to_lowercase();
        let by_name = self.current.teams.iter().find(|row| row.name.to_lowercase() == key);
        let old = match wanted.id.as_ref().map(|id| id.value) {
            Some(id) => self.current.teams.iter().find(|row| row.id.0 == id),
            None => by_name,
        };
        if let Some(other) = by_name.filter(|row| old.is_none_or(|old| old.id != row.id)) {
            let (name, id) = (&other.name, other.id);
            self.problem(
                wanted.name.line,
                format!("teams.name \"{name}\" is team {id} already; write id = {id}"),
            );
            return None;
        }
        Some(TeamRow {
            id: TeamId(
                wanted
                    .id
                    .as_ref()
                    .map(|id| id.value)
                    .or(old.map(|old| old.id.0))
                    .unwrap_or_else(|| take(next)),
            ),
            name: wanted.name.value.clone(),
            policy: wanted.policy,
            hours: wanted.hours.clone(),
            members: self.members(&wanted.members, agents, old),
            active: true,
            origin: old.map_or(Origin::File, |old| old.origin),
        })
    }

    /// Those that the file names, and the archived that are in it already: they come back with it.
    fn members(
        &mut self,
        wanted: &[At<String>],
        agents: &HashMap<String, AgentId>,
        old: Option<&TeamRow>,
    ) -> Vec<AgentId> {
        let active: HashSet<AgentId> = agents.values().copied().collect();
        let before = old.into_iter().flat_map(|old| &old.members);
        let mut members: Vec<AgentId> = before.filter(|id| !active.contains(id)).copied().collect();
        for email in wanted {
            match agents.get(&email.value) {
                Some(id) => members.push(*id),
                None => {
                    let hint = nearest(&email.value, agents.keys().map(String::as_str));
                    self.problem(
                        email.line,
                        format!("teams.members {} is not an active agent; {hint}", email.value),
                    );
                }
            }
        }
        members.sort_unstable();
        members.dedup();
        members
    }

    fn archive_teams(&mut self, kept: &HashSet<i64>) {
        let active = self.current.teams.iter().filter(|row| row.active);
        let gone: Vec<TeamRow> = active
            .clone()
            .filter(|row| self.governs(row.origin) && !kept.contains(&row.id.0))
            .map(|row| TeamRow { active: false, ..row.clone() })
            .collect();
        self.archived("teams", gone.len(), active.count());
        for row in gone {
            self.change(format!("- team {} {} (archived)", row.id, row.name), SettingsChange::Team(row));
        }
    }
}

/// As the file has a new one, or one who comes back.
fn first_availability(wanted: &AgentEntry) -> Availability {
    if wanted.online { Availability::Online } else { Availability::Away { reason: None, until: None } }
}

fn agent_told(old: Option<&AgentRow>, new: &AgentRow) -> String {
    let Some(old) = old else { return format!("+ agent {} {} ({})", new.id, new.email, new.name) };
    let mut parts = Vec::new();
    let mut compare = |what: &str, old: String, new: String| {
        if old != new {
            parts.push(format!("{what} {old} -> {new}"));
        }
    };
    let limit = |most: Option<u32>| most.map_or_else(|| "none".into(), |most| most.to_string());
    compare("email", old.email.clone(), new.email.clone());
    compare("name", old.name.clone(), new.name.clone());
    compare("role", old.role.clone(), new.role.clone());
    compare("max_open", limit(old.max_open), limit(new.max_open));
    compare("active", old.active.to_string(), new.active.to_string());
    if old.leave != new.leave {
        parts.push(format!("leave {}", counted(new.leave.iter().count(), "time")));
    }
    format!("~ agent {} {}: {}", new.id, new.email, parts.join(", "))
}
