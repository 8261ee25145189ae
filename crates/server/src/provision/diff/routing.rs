//! Assignment, holidays and rules of a store file. What they name is looked up among what is there once the file is in
//! force, and among what was archived where they name it already.

use super::{Diff, take};
use crate::provision::store_file::{HolidayEntry, RuleEntry, Then, When};
use crate::provision::toml_reader::{At, nearest};
use crate::settings::rules::{judge, told};
use crate::store::Refused;
use crate::store::types::{CurrentSettings, SettingsChange};
use rota_core::address::email_key;
use rota_core::holidays::{Holiday, Holidays};
use rota_core::ids::{AgentId, LabelId, RuleId, TeamId};
use rota_core::roster::Routing;
use rota_core::rules::{Conditions, Effects, Rule};
use std::collections::{BTreeSet, HashMap, HashSet};

/// What a name of the file stands for.
type Named<I> = HashMap<String, I>;

impl Diff<'_> {
    /// How tickets find agents, besides the rules.
    pub(super) fn routing(&mut self) -> Routing {
        let mut routing = self.current.store.as_ref().map(|old| old.routing.clone()).unwrap_or_default();
        if let Some(wanted) = &self.file.assignment {
            routing.sticky = wanted.sticky;
            routing.ramp = wanted.ramp;
            routing.give_on_after = wanted.give_on_after;
            routing.idle_after = wanted.idle_after;
        }
        if let Some(entries) = &self.file.holidays {
            routing.holidays = self.holidays(entries, &routing.holidays);
        }
        routing
    }

    fn holidays(&mut self, entries: &[At<HolidayEntry>], old: &Holidays) -> Holidays {
        let used = old.iter().flat_map(|holiday| holiday.teams.iter().copied()).collect();
        let teams = teams(&self.after(), &used);
        let mut holidays = Vec::new();
        for entry in entries {
            let HolidayEntry { date, name, teams: named } = &entry.value;
            let teams = self.all_named("holidays.teams", named, &teams, "team");
            holidays.push(Holiday { date: *date, name: name.clone(), teams });
        }
        let line = entries.first().map_or(1, |entry| entry.line);
        Holidays::new(holidays).unwrap_or_else(|why| {
            self.problem(line, why);
            Holidays::default()
        })
    }

    pub(super) fn rules(&mut self) {
        let Some(entries) = &self.file.rules else { return };
        let after = self.after();
        let names = Names::new(&after);
        let numbers = self.numbers(entries);
        let before = self.problems.len();
        let mut rules = Vec::new();
        for (entry, id) in entries.iter().zip(&numbers) {
            let RuleEntry { name, on, when, then, .. } = &entry.value;
            let (when, then) = (self.conditions(when, &names), self.effects(then, &names));
            rules.push(Rule { id: *id, name: name.clone(), on: *on, when, then });
        }
        // What has lost a part would be judged for that.
        if self.problems.len() > before {
            return;
        }
        if let Err(Refused::Unfit(faults)) = judge(&after, &rules) {
            for (field, rule) in faults {
                let (line, key) = place(&field, entries);
                self.problem(line, format!("{key} {rule}"));
            }
            return;
        }
        if rules != self.current.rules {
            self.change(told(&rules), SettingsChange::Rules(rules));
        }
        self.counter("rule", numbers.into_iter().map(|id| id.0));
    }

    /// A rule without a number is the next one of its name that no number of the file stands for, or a new one.
    fn numbers(&self, entries: &[At<RuleEntry>]) -> Vec<RuleId> {
        let known = &self.current.rules;
        let given = || entries.iter().filter_map(|entry| Some(entry.value.id.as_ref()?.value));
        let used: Vec<i64> = known.iter().map(|rule| rule.id.0).chain(given()).collect();
        let mut next = self.next("rule", used.into_iter());
        let mut taken: HashSet<RuleId> = given().map(RuleId).collect();
        let number = |entry: &At<RuleEntry>| {
            let wanted = &entry.value;
            if let Some(id) = &wanted.id {
                return RuleId(id.value);
            }
            let is_it = |rule: &&Rule| rule.name == wanted.name && !taken.contains(&rule.id);
            let id = known.iter().find(is_it).map(|rule| rule.id);
            let id = id.unwrap_or_else(|| RuleId(take(&mut next)));
            taken.insert(id);
            id
        };
        entries.iter().map(number).collect()
    }

    fn conditions(&mut self, when: &When, names: &Names) -> Conditions {
        let When { channels, labels, words, customer_tags, hours, brand_addresses } = when;
        let labels =
            labels.as_ref().map(|named| self.all_named("rules.when.labels", named, &names.labels, "label"));
        Conditions {
            channels: channels.clone(),
            labels,
            words: words.clone(),
            customer_tags: customer_tags.clone(),
            hours: hours.clone(),
            brand_addresses: brand_addresses.clone(),
        }
    }

    fn effects(&mut self, then: &Then, names: &Names) -> Effects {
        let Then { team, agent, labels, priority } = then;
        let team_id =
            team.as_ref().and_then(|team| self.named("rules.then.team", team, &names.teams, "team"));
        let agent_id =
            agent.as_ref().and_then(|agent| self.named("rules.then.agent", agent, &names.agents, "agent"));
        let labels = self.all_named("rules.then.labels", labels, &names.labels, "label");
        Effects { team_id, agent_id, labels, priority: *priority }
    }

    fn all_named<I: Copy + Ord>(
        &mut self,
        key: &str,
        wanted: &[At<String>],
        known: &Named<I>,
        what: &str,
    ) -> BTreeSet<I> {
        wanted.iter().filter_map(|name| self.named(key, name, known, what)).collect()
    }

    fn named<I: Copy>(&mut self, key: &str, wanted: &At<String>, known: &Named<I>, what: &str) -> Option<I> {
        let found = known.get(&wanted.value.to_lowercase()).copied();
        if found.is_none() {
            let hint = nearest(&wanted.value, known.keys().map(String::as_str));
            self.problem(wanted.line, format!("{key} \"{}\" is not an active {what}; {hint}", wanted.value));
        }
        found
    }

    /// People and settings once the file's changes so far are in force; the rules are those before it.
    fn after(&self) -> CurrentSettings {
        let Self { current, changes, .. } = self;
        let mut after = CurrentSettings {
            agents: current.agents.clone(),
            teams: current.teams.clone(),
            labels: current.labels.clone(),
            brands: current.brands.clone(),
            rules: current.rules.clone(),
            ..CurrentSettings::default()
        };
        for change in changes {
            match &change.what {
                SettingsChange::Agent(row) => put(&mut after.agents, row, |old| old.id == row.id),
                SettingsChange::Team(row) => put(&mut after.teams, row, |old| old.id == row.id),
                SettingsChange::Label(row) => put(&mut after.labels, row, |old| old.id == row.id),
                SettingsChange::Brand(row) => put(&mut after.brands, row, |old| {
                    (old.channel, &old.address) == (row.channel, &row.address)
                }),
                _ => {}
            }
        }
        after
    }
}

fn put<T: Clone>(rows: &mut Vec<T>, row: &T, is_it: impl Fn(&T) -> bool) {
    match rows.iter_mut().find(|old| is_it(old)) {
        Some(old) => *old = row.clone(),
        None => rows.push(row.clone()),
    }
}

/// What rules may name.
struct Names {
    agents: Named<AgentId>,
    teams: Named<TeamId>,
    labels: Named<LabelId>,
}

impl Names {
    fn new(after: &CurrentSettings) -> Self {
        let used = crate::settings::rules::named(&after.rules);
        let agents = after.agents.iter().filter(|row| row.active || used.agents.contains(&row.id));
        let labels = after.labels.iter().filter(|row| row.active || used.labels.contains(&row.id));
        Self {
            agents: agents.map(|row| (email_key(&row.email), row.id)).collect(),
            teams: teams(after, &used.teams),
            labels: labels.map(|row| (row.name.to_lowercase(), row.id)).collect(),
        }
    }
}

fn teams(after: &CurrentSettings, used: &HashSet<TeamId>) -> Named<TeamId> {
    let teams = after.teams.iter().filter(|row| row.active || used.contains(&row.id));
    teams.map(|row| (row.name.to_lowercase(), row.id)).collect()
}

/// Where a fault stands in the file, and what the file calls its field: `rules[2].when.customerTags` is
/// `rules.when.customer_tags` on the line of the third rule.
fn place(field: &str, entries: &[At<RuleEntry>]) -> (usize, String) {
    let first = entries.first().map_or(1, |entry| entry.line);
    let split = field.strip_prefix("rules[").and_then(|rest| rest.split_once(']'));
    let Some((index, key)) = split else { return (first, field.to_owned()) };
    let entry = index.parse::<usize>().ok().and_then(|index| entries.get(index));
    let key = match key {
        ".when.customerTags" => ".when.customer_tags",
        ".when.brandAddresses" => ".when.brand_addresses",
        ".then.teamId" => ".then.team",
        ".then.agentId" => ".then.agent",
        same => same,
    };
    (entry.map_or(first, |entry| entry.line), format!("rules{key}"))
}
