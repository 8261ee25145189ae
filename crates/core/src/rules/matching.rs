//! Which rule matches a ticket. Words are looked up in one pass over the ticket's, however many rules there are.

use super::{Rule, Tag};
use crate::ids::{AgentId, LabelId, RuleId, TeamId};
use crate::search::tokens;
use crate::text::Name;
use crate::ticket::{Channel, Contact};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Characters of a value that are kept of what a rule matched on.
const KEPT_CHARS: usize = 24;

/// A store's rules that are on, in their order, with the ways into them that a ticket needs.
#[derive(Debug, Default)]
pub struct Matcher {
    rules: Vec<Rule>,
    /// The phrases that rules ask for, by their first words.
    phrases: HashMap<String, Vec<Sought>>,
    /// Tags in their compared form, of each rule.
    tags: Vec<BTreeSet<String>>,
}

/// A phrase that a rule asks for.
#[derive(Debug)]
struct Sought {
    /// The words after its first.
    rest: Vec<String>,
    /// The rule's place.
    rule: usize,
    written: Box<str>,
}

/// What a rule looks at of a new ticket.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    pub contact: &'a Contact,
    pub labels: &'a [LabelId],
    pub context: Option<&'a str>,
    /// The customer's, where [`Matcher::needs_tags`] says so.
    pub tags: &'a [Box<str>],
    pub now: Timestamp,
}

/// The rule that matched, and on what: one entry for each of its conditions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matched {
    pub id: RuleId,
    pub name: Name,
    #[serde(rename = "matched")]
    pub on: Vec<On>,
}

/// What a condition found: the word, the label's number, …; the beginning of it where it is long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct On {
    pub what: What,
    pub value: Box<str>,
}

/// A kind of condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    Channel,
    Label,
    Word,
    CustomerTag,
    Hours,
    BrandAddress,
}

impl What {
    pub const ALL: [Self; 6] =
        [Self::Channel, Self::Label, Self::Word, Self::CustomerTag, Self::Hours, Self::BrandAddress];

    pub fn name(self) -> &'static str {
        match self {
            Self::Channel => "channel",
            Self::Label => "label",
            Self::Word => "word",
            Self::CustomerTag => "customer_tag",
            Self::Hours => "hours",
            Self::BrandAddress => "brand_address",
        }
    }

    /// In words.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Channel => "channel",
            Self::Label => "label",
            Self::Word => "word",
            Self::CustomerTag => "customer tag",
            Self::Hours => "at",
            Self::BrandAddress => "sent to",
        }
    }
}

impl Matcher {
    pub fn new(rules: &[Rule]) -> Self {
        let rules: Vec<Rule> = rules.iter().filter(|rule| rule.on).cloned().collect();
        let mut phrases: HashMap<String, Vec<Sought>> = HashMap::new();
        for (index, rule) in rules.iter().enumerate() {
            for phrase in rule.when.words.iter().flatten() {
                let mut words = tokens(phrase.as_str()).into_iter();
                if let Some(first) = words.next() {
                    let (rest, written) = (words.collect(), phrase.as_str().into());
                    phrases.entry(first).or_default().push(Sought { rest, rule: index, written });
                }
            }
        }
        let folded = |tags: &BTreeSet<Tag>| tags.iter().map(|tag| fold(tag.as_str())).collect();
        let tags = rules
            .iter()
            .map(|rule| rule.when.customer_tags.as_ref().map(folded).unwrap_or_default())
            .collect();
        Self { rules, phrases, tags }
    }

    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// In the order in which they are looked at.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    pub fn needs_tags(&self) -> bool {
        self.tags.iter().any(|tags| !tags.is_empty())
    }

    pub fn needs_texts(&self) -> bool {
        !self.phrases.is_empty()
    }

    pub fn needs_labels(&self) -> bool {
        self.rules.iter().any(|rule| rule.when.labels.is_some())
    }

    /// The rules that match, in their order, each with what it matched on. Who asks takes the first that it can follow.
    pub fn matching<'m, 's>(
        &'m self,
        subject: Subject<'s>,
        zone: &'m TimeZone,
    ) -> impl Iterator<Item = (&'m Rule, Matched)> + use<'m, 's> {
        self.found(subject, zone).map(|(index, on)| {
            let rule = &self.rules[index];
            (rule, Matched { id: rule.id, name: rule.name.clone(), on })
        })
    }

    /// The same, by their places among [`Matcher::rules`], up to the first that can always be followed.
    pub fn places(&self, subject: Subject<'_>, zone: &TimeZone) -> Vec<usize> {
        let mut places = Vec::new();
        for (index, _) in self.found(subject, zone) {
            places.push(index);
            if self.rules[index].then.agent_id.is_none() {
                break;
            }
        }
        places
    }

    fn found<'m, 's>(
        &'m self,
        subject: Subject<'s>,
        zone: &'m TimeZone,
    ) -> impl Iterator<Item = (usize, Vec<On>)> + use<'m, 's> {
        let words = if self.phrases.is_empty() { BTreeMap::new() } else { self.words(&subject) };
        (0..self.rules.len()).filter_map(move |index| {
            let on = self.holds(index, &subject, words.get(&index).copied(), zone)?;
            Some((index, on))
        })
    }

    /// For each rule the phrase of it that comes first in the ticket's texts.
    fn words(&self, subject: &Subject<'_>) -> BTreeMap<usize, &str> {
        let mut found = BTreeMap::new();
        for text in [subject.contact.task_title(), subject.context].into_iter().flatten() {
            let said = tokens(text);
            for (at, word) in said.iter().enumerate() {
                for Sought { rest, rule, written } in self.phrases.get(word).into_iter().flatten() {
                    if said[at + 1..].starts_with(rest) {
                        found.entry(*rule).or_insert(&**written);
                    }
                }
            }
        }
        found
    }

    /// What each condition of the rule found; `None` where one does not hold.
    fn holds(
        &self,
        index: usize,
        subject: &Subject<'_>,
        word: Option<&str>,
        zone: &TimeZone,
    ) -> Option<Vec<On>> {
        let when = &self.rules[index].when;
        let mut on = Vec::new();
        let mut found = |what, value: &str| on.push(On { what, value: beginning(value) });
        if let Some(channels) = &when.channels {
            let channel = subject.contact.channel();
            channels.contains(&channel).then(|| found(What::Channel, channel.name()))?;
        }
        if let Some(labels) = &when.labels {
            let label = subject.labels.iter().find(|label| labels.contains(label))?;
            found(What::Label, &label.to_string());
        }
        if when.words.is_some() {
            found(What::Word, word?);
        }
        if when.customer_tags.is_some() {
            let tag = subject.tags.iter().find(|tag| self.tags[index].contains(&fold(tag)))?;
            found(What::CustomerTag, tag);
        }
        if let Some(hours) = &when.hours {
            hours.contains(subject.now, zone).then_some(())?;
            let clock = zone.to_datetime(subject.now);
            found(What::Hours, &clock.strftime("%a %H:%M").to_string());
        }
        if let Some(addresses) = &when.brand_addresses {
            let brand = brand_key(subject.contact)?;
            addresses.contains(&*brand).then(|| found(What::BrandAddress, &brand))?;
        }
        Some(on)
    }
}

/// The store's own end of a ticket, in its compared form.
fn brand_key(contact: &Contact) -> Option<Box<str>> {
    match contact {
        Contact::Whatsapp { brand, .. } => Some(brand.as_str().into()),
        Contact::Email { brand, .. } => Some(brand.key().into()),
        Contact::Task { .. } => None,
    }
}

pub fn fold(text: &str) -> String {
    crate::search::fold(text).trim().into()
}

fn beginning(value: &str) -> Box<str> {
    let end = value.char_indices().nth(KEPT_CHARS).map_or(value.len(), |(end, _)| end);
    value[..end].into()
}

impl Rule {
    /// Whom it leads to by name.
    pub fn agent(&self) -> Option<AgentId> {
        self.then.agent_id
    }

    pub fn team(&self) -> Option<TeamId> {
        self.then.team_id
    }

    pub(super) fn channels(&self) -> BTreeSet<Channel> {
        let all = || Channel::ALL.into_iter().collect();
        let mut channels: BTreeSet<Channel> = self.when.channels.clone().unwrap_or_else(all);
        if let Some(addresses) = &self.when.brand_addresses {
            let theirs: BTreeSet<Channel> =
                addresses.iter().map(|address| Channel::of_address(address)).collect();
            channels.retain(|channel| theirs.contains(channel));
        }
        channels
    }
}
