//! Routing rules (desk 4): the first whose conditions all hold for a new ticket says where it goes, and what is put on it.

mod check;
mod matching;

use crate::hours::Hours;
use crate::ids::{AgentId, LabelId, RuleId, TeamId};
use crate::life::Priority;
use crate::text::{Name, Text};
use crate::ticket::Channel;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

pub use check::{Fault, Known};
pub use matching::{Matched, Matcher, On, Subject, What};

/// One word or several that follow each other; compared without regard to case and spelling variants.
pub type Phrase = Text<64>;
/// A customer's tag; compared without regard to case.
pub type Tag = Text<64>;

/// A rule: all its conditions hold, or it does not match.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rule {
    pub id: RuleId,
    pub name: Name,
    /// One that is not on is kept, and looked at by nobody.
    #[serde(default = "on")]
    pub on: bool,
    #[serde(default)]
    pub when: Conditions,
    pub then: Effects,
}

/// Of each list one entry is enough; what is left out holds for every ticket.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Conditions {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<BTreeSet<Channel>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<BTreeSet<LabelId>>,
    /// In the title or the context.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<BTreeSet<Phrase>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_tags: Option<BTreeSet<Tag>>,
    /// Times of the week, in the store's time zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<Hours>,
    /// In their compared form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand_addresses: Option<BTreeSet<Box<str>>>,
}

/// What a rule does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Effects {
    /// The ticket's team, whose pool gives it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team_id: Option<TeamId>,
    /// Only while the agent could be given a ticket; else the search goes on behind the rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub labels: BTreeSet<LabelId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
}

/// The most rules of a store.
pub const MAX_RULES: usize = 200;
/// The most entries of one condition's list.
pub const MAX_ENTRIES: usize = 100;

fn on() -> bool {
    true
}

impl Conditions {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests;
