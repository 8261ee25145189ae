//! What a store file says of how tickets find agents: `[assignment]`, `[[holidays]]`, `[[rules]]` and agents' leave.

use super::MAX_ID;
use crate::duration;
use crate::provision::toml_reader::{At, Problems, Section};
use crate::settings::rules::compared;
use crate::settings::store::{LEAST, MAX_DEDUPE};
use jiff::Timestamp;
use jiff::civil::Date;
use rota_core::assign::ramp::Ramp;
use rota_core::hours::Hours;
use rota_core::leave::{Leave, Leaves};
use rota_core::life::Priority;
use rota_core::roster::Policy;
use rota_core::rules::{Phrase, Tag};
use rota_core::text::{Name, Text};
use rota_core::ticket::Channel;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use toml::de::DeTable;

#[derive(Debug)]
pub struct Assignment {
    pub policy: Policy,
    pub dedupe_window: Duration,
    pub sticky: Option<Duration>,
    pub ramp: Option<Ramp>,
    pub give_on_after: Option<Duration>,
    pub idle_after: Option<Duration>,
}

#[derive(Debug)]
pub struct HolidayEntry {
    pub date: Date,
    pub name: Name,
    /// By name; none of them: everybody's.
    pub teams: Vec<At<String>>,
}

#[derive(Debug)]
pub struct RuleEntry {
    pub id: Option<At<i64>>,
    pub name: Name,
    pub on: bool,
    pub when: When,
    pub then: Then,
}

/// Conditions; labels by name.
#[derive(Debug, Default)]
pub struct When {
    pub channels: Option<BTreeSet<Channel>>,
    pub labels: Option<Vec<At<String>>>,
    pub words: Option<BTreeSet<Phrase>>,
    pub customer_tags: Option<BTreeSet<Tag>>,
    pub hours: Option<Hours>,
    /// In their compared form.
    pub brand_addresses: Option<BTreeSet<Box<str>>>,
}

/// Effects: a team and labels by name, an agent by mail address in its compared form.
#[derive(Debug, Default)]
pub struct Then {
    pub team: Option<At<String>>,
    pub agent: Option<At<String>>,
    pub labels: Vec<At<String>>,
    pub priority: Option<Priority>,
}

pub fn assignment(root: &Section<'_, '_>, problems: &mut Problems<'_>) -> Option<Assignment> {
    let table = root.table("assignment", problems)?;
    let known = ["policy", "dedupe_window", "sticky", "ramp", "give_on_after", "idle_after"];
    let section = Section::new(table.value, "assignment", table.line, &known, problems);
    let dedupe = section.parsed("dedupe_window", problems, |text| match duration::parse(text)? {
        window if window <= MAX_DEDUPE => Ok(window),
        _ => Err("must be at most 24h".into()),
    });
    Some(Assignment {
        policy: policy(&section, problems).unwrap_or(Policy::RoundRobin),
        dedupe_window: dedupe.map_or(Duration::ZERO, |window| window.value),
        sticky: at_least(&section, "sticky", problems),
        ramp: ramp(&section, problems),
        give_on_after: at_least(&section, "give_on_after", problems),
        idle_after: at_least(&section, "idle_after", problems),
    })
}

pub fn policy(section: &Section<'_, '_>, problems: &mut Problems<'_>) -> Option<Policy> {
    let policy = section.parsed("policy", problems, |name| {
        Policy::from_name(name)
            .ok_or_else(|| "must be \"round_robin\", \"balanced\" or \"unassigned\"".into())
    });
    policy.map(|policy| policy.value)
}

/// A span of a minute or more.
pub fn at_least(section: &Section<'_, '_>, key: &str, problems: &mut Problems<'_>) -> Option<Duration> {
    let span = section.parsed(key, problems, |text| match duration::parse(text)? {
        span if span >= LEAST => Ok(span),
        _ => Err("must be at least 1m".to_owned()),
    });
    span.map(|span| span.value)
}

fn ramp(section: &Section<'_, '_>, problems: &mut Problems<'_>) -> Option<Ramp> {
    let table = section.table("ramp", problems)?;
    let ramp = Section::new(table.value, "assignment.ramp", table.line, &["per_agent", "every"], problems);
    let per_agent = ramp.number("per_agent", 1, i64::from(Ramp::MOST), problems);
    ramp.required("every", problems)?;
    let every = ramp.parsed("every", problems, duration::parse)?;
    let Some(per_agent) = per_agent else {
        if !table.value.contains_key("per_agent") {
            problems.add(table.line, "assignment.ramp.per_agent", "is required");
        }
        return None;
    };
    match Ramp::new(u32::try_from(per_agent.value).ok()?, every.value) {
        Ok(ramp) => Some(ramp),
        Err(why) => {
            problems.add(table.line, "assignment.ramp", &why.to_string());
            None
        }
    }
}

pub fn hours(section: &Section<'_, '_>, name: &'static str, problems: &mut Problems<'_>) -> Option<Hours> {
    let table = section.table("hours", problems)?;
    let days: Vec<String> = table.value.keys().map(|day| day.get_ref().to_string()).collect();
    let names: Vec<&str> = days.iter().map(String::as_str).collect();
    let week = Section::new(table.value, name, table.line, &names, problems);
    let mut spans = BTreeMap::new();
    for day in &days {
        let of_day = week.texts(day, problems)?;
        spans.insert(day.clone(), of_day.into_iter().map(|span| span.value).collect::<Vec<_>>());
    }
    match Hours::try_from(spans) {
        Ok(hours) => Some(hours),
        Err(error) => {
            problems.add(table.line, name, &error.to_string());
            None
        }
    }
}

/// Leave of an agent; `None` where the file does not have it.
pub fn leave(section: &Section<'_, '_>, problems: &mut Problems<'_>) -> Option<Leaves> {
    let line = section.line;
    let mut leaves = Vec::new();
    for table in section.tables("leave", problems)? {
        let span = Section::new(table.value, "agents.leave", table.line, &["from", "to"], problems);
        let from = time(&span, "from", problems);
        let to = time(&span, "to", problems);
        let (Some(from), Some(to)) = (from, to) else { continue };
        match Leave::new(from, to) {
            Ok(leave) => leaves.push(leave),
            Err(why) => problems.add(table.line, "agents.leave", &why.to_string()),
        }
    }
    match Leaves::new(leaves) {
        Ok(leaves) => Some(leaves),
        Err(why) => {
            problems.add(line, "agents.leave", &why.to_string());
            None
        }
    }
}

fn time(section: &Section<'_, '_>, key: &str, problems: &mut Problems<'_>) -> Option<Timestamp> {
    section.dated(key, "a time with its zone such as 2026-12-20T00:00:00Z", problems)
}

pub fn holiday(table: &At<&DeTable<'_>>, problems: &mut Problems<'_>) -> Option<HolidayEntry> {
    let section = Section::new(table.value, "holidays", table.line, &["date", "name", "teams"], problems);
    let date = section.dated("date", "a day such as 2026-12-25", problems);
    let name = name(&section, problems);
    let teams = section.texts("teams", problems).unwrap_or_default();
    Some(HolidayEntry { date: date?, name: name?, teams })
}

pub fn rule(table: &At<&DeTable<'_>>, problems: &mut Problems<'_>) -> Option<RuleEntry> {
    let known = ["id", "name", "on", "when", "then"];
    let section = Section::new(table.value, "rules", table.line, &known, problems);
    let id = section.number("id", 1, MAX_ID, problems);
    let name = name(&section, problems);
    let on = section.boolean("on", problems);
    let when = when(&section, problems);
    let then = then(&section, problems);
    Some(RuleEntry { id, name: name?, on: on.is_none_or(|on| on.value), when, then })
}

fn name(section: &Section<'_, '_>, problems: &mut Problems<'_>) -> Option<Name> {
    let text = section.required("name", problems)?;
    match Name::new(&text.value) {
        Ok(name) => Some(name),
        Err(rule) => {
            problems.add(text.line, &section.key("name"), &rule.to_string());
            None
        }
    }
}

fn when(rule: &Section<'_, '_>, problems: &mut Problems<'_>) -> When {
    let Some(table) = rule.table("when", problems) else { return When::default() };
    let known = ["channels", "labels", "words", "customer_tags", "hours", "brand_addresses"];
    let section = Section::new(table.value, "rules.when", table.line, &known, problems);
    let channel = |name: &str| {
        let unknown = || "must be of \"whatsapp\", \"email\" and \"tasks\"".to_owned();
        Channel::from_name(name).ok_or_else(unknown)
    };
    When {
        channels: set(&section, "channels", problems, channel),
        labels: section.texts("labels", problems),
        words: set(&section, "words", problems, fitting),
        customer_tags: set(&section, "customer_tags", problems, fitting),
        hours: hours(&section, "rules.when.hours", problems),
        brand_addresses: set(&section, "brand_addresses", problems, |text| Ok(compared(text.into()))),
    }
}

fn fitting<const MAX: usize>(text: &str) -> Result<Text<MAX>, String> {
    Text::new(text).map_err(|rule| format!("has one that {rule}"))
}

fn set<T: Ord>(
    section: &Section<'_, '_>,
    key: &str,
    problems: &mut Problems<'_>,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Option<BTreeSet<T>> {
    let mut entries = BTreeSet::new();
    for text in section.texts(key, problems)? {
        match parse(&text.value) {
            Ok(entry) => drop(entries.insert(entry)),
            Err(rule) => problems.add(text.line, &section.key(key), &rule),
        }
    }
    Some(entries)
}

fn then(rule: &Section<'_, '_>, problems: &mut Problems<'_>) -> Then {
    let Some(table) = rule.table("then", problems) else {
        problems.add(rule.line, "rules.then", "is required");
        return Then::default();
    };
    let known = ["team", "agent", "labels", "priority"];
    let section = Section::new(table.value, "rules.then", table.line, &known, problems);
    let agent = section.text("agent", problems);
    let priority = section.parsed("priority", problems, |name| {
        Priority::from_name(name)
            .ok_or_else(|| "must be \"low\", \"normal\", \"high\" or \"urgent\"".to_owned())
    });
    Then {
        team: section.text("team", problems),
        agent: agent.map(|agent| At { value: agent.value.to_lowercase(), line: agent.line }),
        labels: section.texts("labels", problems).unwrap_or_default(),
        priority: priority.map(|priority| priority.value),
    }
}
