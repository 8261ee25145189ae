//! The parts of a store file about how tickets find agents.

use super::{list, quoted};
use crate::duration::told;
use crate::store::types::{AgentRow, CurrentSettings, StoreRow};
use rota_core::hours::Hours;
use rota_core::ids::LabelId;
use rota_core::rules::{Conditions, Effects};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Result, Write};

/// The rest of `[assignment]`. What is off is left out.
pub fn assignment(text: &mut String, store: &StoreRow) -> Result {
    let routing = &store.routing;
    if let Some(ramp) = routing.ramp {
        let every = quoted(&told(ramp.every()));
        writeln!(text, "ramp = {{ per_agent = {}, every = {every} }}", ramp.per_agent())?;
    }
    let spans = [
        ("sticky", routing.sticky),
        ("give_on_after", routing.give_on_after),
        ("idle_after", routing.idle_after),
    ];
    for (key, span) in spans {
        if let Some(span) = span {
            writeln!(text, "{key} = {}", quoted(&told(span)))?;
        }
    }
    Ok(())
}

pub fn hours(hours: &Hours) -> String {
    let days: BTreeMap<String, Vec<String>> = hours.clone().into();
    let day =
        |(day, spans): (&String, &Vec<String>)| format!("{day} = {}", list(spans.iter().map(String::as_str)));
    format!("{{ {} }}", days.iter().map(day).collect::<Vec<_>>().join(", "))
}

pub fn leave(text: &mut String, row: &AgentRow) -> Result {
    let leaves = row.leave.iter().map(|leave| format!("{{ from = {}, to = {} }}", leave.from(), leave.to()));
    let leaves: Vec<String> = leaves.collect();
    writeln!(text, "leave = [{}]", leaves.join(", "))
}

/// As a file that has none leaves them alone, there is nothing to say of none.
pub fn holidays(text: &mut String, store: &StoreRow, current: &CurrentSettings) -> Result {
    for holiday in store.routing.holidays.iter() {
        writeln!(text, "\n[[holidays]]\ndate = {}\nname = {}", holiday.date, quoted(holiday.name.as_str()))?;
        if !holiday.teams.is_empty() {
            let teams = current.teams.iter().filter(|row| holiday.teams.contains(&row.id));
            writeln!(text, "teams = {}", list(teams.map(|row| row.name.as_str())))?;
        }
    }
    Ok(())
}

pub fn rules(text: &mut String, current: &CurrentSettings) -> Result {
    for rule in &current.rules {
        writeln!(text, "\n[[rules]]\nid = {}\nname = {}", rule.id, quoted(rule.name.as_str()))?;
        if !rule.on {
            writeln!(text, "on = false")?;
        }
        writeln!(text, "when = {{ {} }}", when(&rule.when, current).join(", "))?;
        writeln!(text, "then = {{ {} }}", then(&rule.then, current).join(", "))?;
    }
    Ok(())
}

fn when(when: &Conditions, current: &CurrentSettings) -> Vec<String> {
    let Conditions { channels, labels, words, customer_tags, hours: week, brand_addresses } = when;
    let mut parts = Vec::new();
    if let Some(channels) = channels {
        parts.push(format!("channels = {}", list(channels.iter().map(|channel| channel.name()))));
    }
    if let Some(labels) = labels {
        parts.push(format!("labels = {}", named(labels, current)));
    }
    if let Some(words) = words {
        parts.push(format!("words = {}", list(words.iter().map(|phrase| phrase.as_str()))));
    }
    if let Some(tags) = customer_tags {
        parts.push(format!("customer_tags = {}", list(tags.iter().map(|tag| tag.as_str()))));
    }
    if let Some(week) = week {
        parts.push(format!("hours = {}", hours(week)));
    }
    if let Some(addresses) = brand_addresses {
        parts.push(format!("brand_addresses = {}", list(addresses.iter().map(|address| &**address))));
    }
    parts
}

fn then(then: &Effects, current: &CurrentSettings) -> Vec<String> {
    let mut parts = Vec::new();
    let team = current.teams.iter().find(|row| Some(row.id) == then.team_id);
    parts.extend(team.map(|row| format!("team = {}", quoted(&row.name))));
    let agent = current.agents.iter().find(|row| Some(row.id) == then.agent_id);
    parts.extend(agent.map(|row| format!("agent = {}", quoted(&row.email))));
    if !then.labels.is_empty() {
        parts.push(format!("labels = {}", named(&then.labels, current)));
    }
    parts.extend(then.priority.map(|priority| format!("priority = {}", quoted(priority.name()))));
    parts
}

fn named(labels: &BTreeSet<LabelId>, current: &CurrentSettings) -> String {
    let rows = current.labels.iter().filter(|row| labels.contains(&row.id));
    list(rows.map(|row| row.name.as_str()))
}
