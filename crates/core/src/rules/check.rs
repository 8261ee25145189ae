//! What is wrong with a list of rules: names that nobody has, rules that can never match, rules hidden by an earlier one.

use super::matching::fold;
use super::{Conditions, MAX_ENTRIES, MAX_RULES, Rule};
use crate::ids::{AgentId, LabelId, TeamId};
use crate::search::tokens;
use crate::ticket::Channel;
use std::collections::{BTreeSet, HashSet};

/// What rules may name: what is active in the store.
#[derive(Debug, Default)]
pub struct Known {
    pub agents: HashSet<AgentId>,
    pub teams: HashSet<TeamId>,
    pub labels: HashSet<LabelId>,
    /// Addresses in their compared form.
    pub brand_addresses: HashSet<(Channel, Box<str>)>,
}

/// A field of a list of rules, such as `rules[2].when.labels`, and the rule that it breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub field: String,
    pub rule: String,
}

impl Known {
    /// Everything that is wrong with `rules`, in their order.
    pub fn check(&self, rules: &[Rule]) -> Vec<Fault> {
        let mut faults = Vec::new();
        if rules.len() > MAX_RULES {
            faults.push(Fault { field: "rules".into(), rule: format!("may be at most {MAX_RULES}") });
        }
        let mut ids = HashSet::new();
        for (index, rule) in rules.iter().enumerate() {
            let mut add = |field: &str, rule: String| {
                faults.push(Fault { field: format!("rules[{index}]{field}"), rule });
            };
            if !ids.insert(rule.id) {
                add(".id", format!("{} comes twice", rule.id));
            }
            self.names(rule, &mut add);
            possible(rule, &mut add);
            if let Some(earlier) = hidden_by(rule, &rules[..index]) {
                let name = earlier.name.as_str();
                add(
                    "",
                    format!(
                        "can never match: rule {} \"{name}\" before it matches all that it matches",
                        earlier.id
                    ),
                );
            }
        }
        faults
    }

    fn names(&self, rule: &Rule, add: &mut impl FnMut(&str, String)) {
        let Rule { when, then, .. } = rule;
        let unknown =
            |labels: &BTreeSet<LabelId>| labels.iter().find(|label| !self.labels.contains(label)).copied();
        if let Some(label) = when.labels.as_ref().and_then(unknown) {
            add(".when.labels", format!("{label} is not an active label of this store"));
        }
        if let Some(label) = unknown(&then.labels) {
            add(".then.labels", format!("{label} is not an active label of this store"));
        }
        for address in when.brand_addresses.iter().flatten() {
            if !self.brand_addresses.contains(&(Channel::of_address(address), address.clone())) {
                add(".when.brandAddresses", format!("{address} is not connected to this store"));
            }
        }
        if let Some(team) = then.team_id.filter(|team| !self.teams.contains(team)) {
            add(".then.teamId", format!("{team} is not an active team of this store"));
        }
        if let Some(agent) = then.agent_id.filter(|agent| !self.agents.contains(agent)) {
            add(".then.agentId", format!("{agent} is not an active agent of this store"));
        }
    }
}

/// Rules that no ticket can match, and those that do nothing.
fn possible(rule: &Rule, add: &mut impl FnMut(&str, String)) {
    let Rule { when, then, .. } = rule;
    let sizes = [
        (".when.channels", when.channels.as_ref().map(BTreeSet::len)),
        (".when.labels", when.labels.as_ref().map(BTreeSet::len)),
        (".when.words", when.words.as_ref().map(BTreeSet::len)),
        (".when.customerTags", when.customer_tags.as_ref().map(BTreeSet::len)),
        (".when.brandAddresses", when.brand_addresses.as_ref().map(BTreeSet::len)),
    ];
    for (field, size) in sizes {
        match size {
            Some(0) => add(field, "is empty, so that no ticket can match; leave it out for all".into()),
            Some(size) if size > MAX_ENTRIES => add(field, format!("may have at most {MAX_ENTRIES} entries")),
            _ => {}
        }
    }
    if let Some(wordless) = when.words.iter().flatten().find(|phrase| tokens(phrase.as_str()).is_empty()) {
        add(
            ".when.words",
            format!("\"{}\" has no word in it, so that no ticket can match", wordless.as_str()),
        );
    }
    if rule.channels().is_empty() && when.channels.as_ref().is_none_or(|channels| !channels.is_empty()) {
        add(
            ".when.brandAddresses",
            "are those of no channel in channels, so that no ticket can match".into(),
        );
    }
    match (then.team_id, then.agent_id) {
        (Some(_), Some(_)) => add(".then", "names a team and an agent; it may name one of them".into()),
        (None, None) if then.labels.is_empty() && then.priority.is_none() => {
            add(".then", "does nothing: name a team, an agent, labels or a priority".into());
        }
        _ => {}
    }
    if then.labels.len() > crate::request::MAX_LABELS {
        add(".then.labels", format!("may be at most {}", crate::request::MAX_LABELS));
    }
}

/// The rule that matches whatever `rule` matches and is looked at before. One that leads to an agent is passed by while the
/// agent is not there, and hides nothing.
fn hidden_by<'a>(rule: &Rule, earlier: &'a [Rule]) -> Option<&'a Rule> {
    let hides = |other: &&Rule| other.on && other.agent().is_none() && is_within(rule, other);
    if rule.on { earlier.iter().find(hides) } else { None }
}

/// Whether every ticket that `narrow` matches is one that `wide` matches, as far as that can be seen from the conditions.
fn is_within(narrow: &Rule, wide: &Rule) -> bool {
    let (n, w): (&Conditions, &Conditions) = (&narrow.when, &wide.when);
    let channels = narrow.channels();
    channels.is_subset(&wide.channels())
        && subset(n.labels.as_ref(), w.labels.as_ref(), |label, labels| labels.contains(label))
        && subset(n.words.as_ref(), w.words.as_ref(), |phrase, phrases| {
            phrases.iter().any(|wide| says(phrase.as_str(), wide.as_str()))
        })
        && subset(n.customer_tags.as_ref(), w.customer_tags.as_ref(), |tag, tags| {
            tags.iter().any(|wide| fold(wide.as_str()) == fold(tag.as_str()))
        })
        && subset(n.brand_addresses.as_ref(), w.brand_addresses.as_ref(), |one, all| all.contains(one))
        && match (&n.hours, &w.hours) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(narrow), Some(wide)) => narrow.is_within(wide),
        }
}

/// Whether each entry of one list is covered by another's; a condition that is left out covers everything.
fn subset<T>(
    narrow: Option<&BTreeSet<T>>,
    wide: Option<&BTreeSet<T>>,
    covered: impl Fn(&T, &BTreeSet<T>) -> bool,
) -> bool {
    match (narrow, wide) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(narrow), Some(wide)) => narrow.iter().all(|one| covered(one, wide)),
    }
}

/// Whether a text with the one phrase has the other too.
fn says(phrase: &str, other: &str) -> bool {
    let (phrase, other) = (tokens(phrase), tokens(other));
    !other.is_empty() && phrase.windows(other.len()).any(|words| words == other)
}
