//! What a store file changes: the file against what is there. Rows remember their origin; only what an earlier
//! file made, and this one no longer has in a section that it has, is archived.

mod customers;
mod people;
mod routing;
mod stages;
mod webhooks;

use super::store_file::{Assignment, StoreFile};
use super::toml_reader::At;
use crate::duration;
use crate::plural::counted;
use crate::store::types::{BrandRow, Change, CurrentSettings, LabelRow, Origin, SettingsChange, StoreRow};
use jiff::Timestamp;
use rota_core::assign::ramp::Ramp;
use rota_core::ids::LabelId;
use rota_core::roster::Policy;
use rota_core::ticket::Channel;
use std::collections::HashSet;
use std::time::Duration;

/// How `apply` was called.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Archiving more than a tenth of a kind was agreed to.
    pub yes: bool,
    /// What something else made is archived too, in the sections that the file has.
    pub prune: bool,
    pub now: Timestamp,
}

/// The changes that make the store agree with its file, or every problem.
pub fn decide(
    file: &StoreFile,
    options: Options,
    current: &CurrentSettings,
) -> Result<Vec<Change>, Vec<String>> {
    let mut diff = Diff { file, options, current, changes: Vec::new(), problems: Vec::new() };
    diff.stages();
    diff.brands(Channel::Whatsapp, file.whatsapp.as_deref());
    diff.brands(Channel::Email, file.email.as_deref());
    diff.agents();
    diff.teams();
    diff.labels();
    diff.rules();
    diff.webhooks();
    diff.customers();
    diff.store();
    if diff.problems.is_empty() { Ok(diff.changes) } else { Err(diff.problems) }
}

struct Diff<'a> {
    file: &'a StoreFile,
    options: Options,
    current: &'a CurrentSettings,
    changes: Vec<Change>,
    problems: Vec<String>,
}

impl Diff<'_> {
    fn problem(&mut self, line: usize, text: impl std::fmt::Display) {
        self.problems.push(format!("line {line}: {text}"));
    }

    fn change(&mut self, told: String, what: SettingsChange) {
        self.changes.push(Change { told, what });
    }

    /// Whether what is of this origin is archived where the file does not have it.
    fn governs(&self, origin: Origin) -> bool {
        origin == Origin::File || self.options.prune
    }

    /// Archiving much at once is more often a wrong file than a wish.
    fn archived(&mut self, kind: &str, count: usize, of: usize) {
        if count * 10 > of && !self.options.yes {
            self.problems.push(format!(
                "this would archive {count} of {of} {kind}, more than a tenth; \
                 look at --dry-run, and add --yes if that is meant"
            ));
        }
    }

    /// Raises a kind's next number above every id in use.
    fn counter(&mut self, kind: &'static str, ids: impl Iterator<Item = i64>) {
        let known = self.current.counters.get(kind).copied().unwrap_or(1);
        let next = ids.map(|id| id + 1).max().unwrap_or(1).max(known);
        if next != known {
            self.changes.push(Change { told: String::new(), what: SettingsChange::Counter { kind, next } });
        }
    }

    fn next(&self, kind: &str, ids: impl Iterator<Item = i64>) -> i64 {
        let known = self.current.counters.get(kind).copied().unwrap_or(1);
        ids.map(|id| id + 1).max().unwrap_or(1).max(known)
    }

    /// Its row goes before all that belongs to it.
    fn store(&mut self) {
        let routing = self.routing();
        let old = self.current.store.as_ref();
        let (policy, dedupe_window) = match (&self.file.assignment, old) {
            (Some(Assignment { policy, dedupe_window, .. }), _) => (*policy, *dedupe_window),
            (None, Some(old)) => (old.policy, old.dedupe_window),
            (None, None) => (Policy::RoundRobin, Duration::ZERO),
        };
        let row = StoreRow {
            name: self.file.name.clone(),
            timezone: self.file.timezone.clone(),
            policy,
            dedupe_window,
            reopen_within: old.map_or(StoreRow::REOPEN_WITHIN, |old| old.reopen_within),
            close_after: old.and_then(|old| old.close_after),
            agents_see_all: old.is_some_and(|old| old.agents_see_all),
            keep_audit: old.map_or(StoreRow::KEEP_AUDIT, |old| old.keep_audit),
            keep_rejected_values: old.is_some_and(|old| old.keep_rejected_values),
            waiting_too_long: old.and_then(|old| old.waiting_too_long),
            mail_content: old.is_some_and(|old| old.mail_content),
            routing,
        };
        let row = match &self.file.desk {
            Some(desk) => StoreRow {
                reopen_within: desk.reopen_within,
                close_after: desk.close_after,
                agents_see_all: desk.agents_see_all,
                keep_audit: desk.keep_audit,
                keep_rejected_values: desk.keep_rejected_values,
                waiting_too_long: desk.waiting_too_long,
                mail_content: desk.mail_content,
                ..row
            },
            None => row,
        };
        let told = match old {
            Some(old) if *old == row => return,
            Some(old) => format!("~ store {}: {}", self.file.id, store_changes(old, &row)),
            None => format!("+ store {} ({})", self.file.id, row.name),
        };
        self.changes.insert(0, Change { told, what: SettingsChange::Store(row) });
    }

    fn brands(&mut self, channel: Channel, wanted: Option<&[String]>) {
        let Some(wanted) = wanted else { return };
        let name = channel.name();
        let known: Vec<&BrandRow> = self.current.brands.iter().filter(|row| row.channel == channel).collect();
        for address in wanted {
            let old = known.iter().find(|row| row.address == *address);
            if old.is_some_and(|row| row.active) {
                continue;
            }
            let origin = old.map_or(Origin::File, |row| row.origin);
            let row = BrandRow { channel, address: address.clone(), active: true, origin };
            self.change(format!("+ {name} {address}"), SettingsChange::Brand(row));
        }
        let gone: Vec<BrandRow> = known
            .iter()
            .filter(|row| row.active && self.governs(row.origin) && !wanted.contains(&row.address))
            .map(|row| BrandRow { active: false, ..(*row).clone() })
            .collect();
        self.archived(
            &format!("{name} addresses"),
            gone.len(),
            known.iter().filter(|row| row.active).count(),
        );
        for row in gone {
            self.change(format!("- {name} {} (archived)", row.address), SettingsChange::Brand(row));
        }
    }

    fn labels(&mut self) {
        let Some(entries) = &self.file.labels else { return };
        let current = self.current;
        let mut next = self.next(
            "label",
            current
                .labels
                .iter()
                .map(|row| row.id.0)
                .chain(entries.iter().filter_map(|e| Some(e.value.id.as_ref()?.value))),
        );
        let mut kept = HashSet::new();
        let mut names = HashSet::new();
        for entry in entries {
            let name = &entry.value.name;
            let key = name.value.to_lowercase();
            if !names.insert(key.clone()) {
                self.problem(name.line, format!("labels.name \"{}\" is given twice", name.value));
                continue;
            }
            let by_name = current.labels.iter().find(|row| row.name.to_lowercase() == key);
            let wanted_id = entry.value.id.as_ref().map(|id| id.value);
            let old = match wanted_id {
                Some(id) => current.labels.iter().find(|row| row.id.0 == id),
                None => by_name,
            };
            if let Some(other) = by_name.filter(|row| old.is_none_or(|old| old.id != row.id)) {
                self.problem(
                    entry.line,
                    format!("labels.name \"{}\" is label {} already", other.name, other.id),
                );
                continue;
            }
            let id = wanted_id.or(old.map(|old| old.id.0)).unwrap_or_else(|| take(&mut next));
            if !kept.insert(id) {
                self.problem(line_of(&entry.value.id, entry.line), format!("labels.id {id} is given twice"));
                continue;
            }
            let origin = old.map_or(Origin::File, |old| old.origin);
            let row = LabelRow { id: LabelId(id), name: name.value.clone(), active: true, origin };
            if old != Some(&row) {
                let sign = if old.is_some() { '~' } else { '+' };
                self.change(format!("{sign} label {id} {}", row.name), SettingsChange::Label(row));
            }
        }
        self.archive_labels(&kept);
        self.counter("label", kept.into_iter());
    }

    fn archive_labels(&mut self, kept: &HashSet<i64>) {
        let active = self.current.labels.iter().filter(|row| row.active);
        let gone: Vec<LabelRow> = active
            .clone()
            .filter(|row| self.governs(row.origin) && !kept.contains(&row.id.0))
            .map(|row| LabelRow { active: false, ..row.clone() })
            .collect();
        self.archived("labels", gone.len(), active.count());
        for row in gone {
            self.change(format!("- label {} {} (archived)", row.id, row.name), SettingsChange::Label(row));
        }
    }
}

/// The line of a key, or of its entry where the key is left out.
fn line_of<T>(key: &Option<At<T>>, entry: usize) -> usize {
    key.as_ref().map_or(entry, |key| key.line)
}

fn take(next: &mut i64) -> i64 {
    *next += 1;
    *next - 1
}

fn store_changes(old: &StoreRow, new: &StoreRow) -> String {
    let mut parts = Vec::new();
    let mut compare = |what: &str, old: String, new: String| {
        if old != new {
            parts.push(format!("{what} {old} -> {new}"));
        }
    };
    compare("name", old.name.clone(), new.name.clone());
    compare("timezone", old.timezone.clone(), new.timezone.clone());
    compare("policy", old.policy.name().into(), new.policy.name().into());
    let seconds = |window: Duration| format!("{}s", window.as_secs());
    compare("dedupe_window", seconds(old.dedupe_window), seconds(new.dedupe_window));
    compare("reopen_within", duration::told(old.reopen_within), duration::told(new.reopen_within));
    let or_never = |span: Option<Duration>| span.map_or_else(|| "never".into(), duration::told);
    compare("close_after", or_never(old.close_after), or_never(new.close_after));
    compare("agents_see_all", old.agents_see_all.to_string(), new.agents_see_all.to_string());
    compare("keep_audit", duration::told(old.keep_audit), duration::told(new.keep_audit));
    let keeps = |row: &StoreRow| row.keep_rejected_values.to_string();
    compare("keep_rejected_values", keeps(old), keeps(new));
    compare("waiting_too_long", or_never(old.waiting_too_long), or_never(new.waiting_too_long));
    compare("mail_content", old.mail_content.to_string(), new.mail_content.to_string());
    compare("sticky", or_never(old.routing.sticky), or_never(new.routing.sticky));
    let ramp = |ramp: Option<Ramp>| {
        let told = |ramp: Ramp| format!("{}/{}", ramp.per_agent(), duration::told(ramp.every()));
        ramp.map_or_else(|| "none".into(), told)
    };
    compare("ramp", ramp(old.routing.ramp), ramp(new.routing.ramp));
    compare("give_on_after", or_never(old.routing.give_on_after), or_never(new.routing.give_on_after));
    compare("idle_after", or_never(old.routing.idle_after), or_never(new.routing.idle_after));
    if old.routing.holidays != new.routing.holidays {
        parts.push(counted(new.routing.holidays.iter().count(), "holiday"));
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests;
