//! Routing rules, changed as a whole list: the order of its entries means something, and one may hide another.

use super::{Asked, Draft};
use crate::store::types::{CurrentSettings, SettingsChange};
use crate::store::{Customers, DecideSettings, Refused};
use rota_core::access::{Section, Subject};
use rota_core::address::{EmailAddress, PhoneNumber};
use rota_core::ids::RuleId;
use rota_core::rules::{Conditions, Effects, Known, Rule};
use rota_core::text::Name;
use rota_core::ticket::Channel;
use serde::Deserialize;

/// One rule of a list; without an id it is a new one.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RuleEntry {
    pub id: Option<RuleId>,
    pub name: Name,
    #[serde(default = "on")]
    pub on: bool,
    #[serde(default)]
    pub when: Conditions,
    pub then: Effects,
}

fn on() -> bool {
    true
}

/// The whole list, in the order in which it is looked at.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RuleList {
    pub rules: Vec<RuleEntry>,
}

pub fn set(asked: Asked, list: RuleList) -> DecideSettings {
    asked.decision(Customers::None, move |draft| {
        draft.may_change(Section::Rules, Subject::Store)?;
        draft.is_as_seen(&draft.viewer.rules(&draft.current.rules))?;
        let rules = numbered(draft, &list.rules);
        draft.fits()?;
        judge(draft.current, &rules)?;
        let shown = draft.viewer.rules(&rules);
        if rules != draft.current.rules {
            draft.change(told(&rules), SettingsChange::Rules(rules));
        }
        Ok(shown)
    })
}

/// The rules of a list that is only looked at: a new one has the number that it would get.
pub fn drafted(current: &CurrentSettings, list: &RuleList) -> Result<Vec<Rule>, Refused> {
    let used = current.rules.iter().map(|rule| rule.id.0);
    let given = list.rules.iter().filter_map(|entry| entry.id.map(|id| id.0));
    let counted = current.counters.get(COUNTER).copied().unwrap_or(1) - 1;
    let mut last = used.chain(given).chain([counted]).max().unwrap_or(0);
    let mut next = || {
        last += 1;
        RuleId(last)
    };
    let rules: Vec<Rule> =
        list.rules.iter().map(|entry| rule(entry, entry.id.unwrap_or_else(&mut next))).collect();
    judge(current, &rules)?;
    Ok(rules)
}

/// What [`set`] would say of a list, or the rules as they would be.
pub fn checked(current: &CurrentSettings, list: &RuleList) -> Result<Vec<Rule>, Refused> {
    let is_there = |id: &RuleId| current.rules.iter().any(|rule| rule.id == *id);
    let unknown = list.rules.iter().enumerate().filter_map(|(place, entry)| {
        let id = entry.id.filter(|id| !is_there(id))?;
        Some((format!("rules[{place}].id"), unknown(id)))
    });
    let unknown: Vec<_> = unknown.collect();
    if unknown.is_empty() { drafted(current, list) } else { Err(Refused::Unfit(unknown)) }
}

fn unknown(id: RuleId) -> String {
    format!("{id} is no rule of this store")
}

/// The line that tells of a list.
pub fn told(rules: &[Rule]) -> String {
    let names: Vec<&str> = rules.iter().map(|rule| rule.name.as_str()).collect();
    if names.is_empty() { "~ rules: none".into() } else { format!("~ rules {}", names.join(", ")) }
}

/// What is wrong with the rules of a store whose people and settings are these. What was archived may stay where the rules
/// that are there name it: such a rule is passed by.
pub fn judge(current: &CurrentSettings, rules: &[Rule]) -> Result<(), Refused> {
    let faults = known(current).check(rules);
    if faults.is_empty() {
        return Ok(());
    }
    Err(Refused::Unfit(faults.into_iter().map(|fault| (fault.field, fault.rule)).collect()))
}

const COUNTER: &str = "rule";

fn known(current: &CurrentSettings) -> Known {
    let agents = current.agents.iter().filter(|row| row.active);
    let teams = current.teams.iter().filter(|row| row.active);
    let labels = current.labels.iter().filter(|row| row.active);
    let brands = current.brands.iter().filter(|row| row.active);
    let mut known = named(&current.rules);
    known.agents.extend(agents.map(|row| row.id));
    known.teams.extend(teams.map(|row| row.id));
    known.labels.extend(labels.map(|row| row.id));
    known.brand_addresses.extend(brands.map(|row| (row.channel, row.address.as_str().into())));
    known
}

/// What rules name, so that whatever of it is archived is still known to them.
pub fn named(rules: &[Rule]) -> Known {
    let mut known = Known::default();
    for Rule { when, then, .. } in rules {
        known.agents.extend(then.agent_id);
        known.teams.extend(then.team_id);
        known.labels.extend(when.labels.iter().flatten().chain(&then.labels));
        let addresses = when.brand_addresses.iter().flatten().cloned();
        known.brand_addresses.extend(addresses.map(|address| (Channel::of_address(&address), address)));
    }
    known
}

fn numbered(draft: &mut Draft<'_>, entries: &[RuleEntry]) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    for (place, entry) in entries.iter().enumerate() {
        let id = match entry.id {
            Some(id) if draft.current.rules.iter().any(|rule| rule.id == id) => id,
            Some(id) => {
                draft.unfit(&format!("rules[{place}].id"), unknown(id));
                continue;
            }
            None => {
                let known = draft.current.rules.iter().map(|rule| rule.id.0);
                let given = rules.iter().map(|rule| rule.id.0);
                let used: Vec<i64> = known.chain(given).collect();
                RuleId(draft.next(COUNTER, used.into_iter()))
            }
        };
        rules.push(rule(entry, id));
    }
    rules
}

/// Addresses are kept in their compared form; what is no address is told when the rules are judged.
fn rule(entry: &RuleEntry, id: RuleId) -> Rule {
    let RuleEntry { name, on, when, then, .. } = entry.clone();
    let brand_addresses = when.brand_addresses.map(|all| all.into_iter().map(compared).collect());
    Rule { id, name, on, when: Conditions { brand_addresses, ..when }, then }
}

/// A brand address in its compared form.
pub fn compared(address: Box<str>) -> Box<str> {
    match PhoneNumber::new(&address) {
        Some(number) => number.as_str().into(),
        None => EmailAddress::new(&address).map_or(address, |email| email.key().into()),
    }
}
