//! Arbitrary routing settings and rules.

use super::{hours, name, span};
use crate::settings::rules::judge;
use crate::store::types::CurrentSettings;
use jiff::Timestamp;
use jiff::civil::Date;
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use rota_core::assign::ramp::Ramp;
use rota_core::holidays::{Holiday, Holidays};
use rota_core::ids::{AgentId, LabelId, RuleId, TeamId};
use rota_core::leave::{Leave, Leaves};
use rota_core::life::Priority;
use rota_core::roster::Routing;
use rota_core::rules::{Conditions, Effects, Rule};
use rota_core::text::{Name, Text};
use rota_core::ticket::Channel;
use std::collections::BTreeSet;
use std::time::Duration;

pub fn routing() -> impl Strategy<Value = Routing> {
    let ramp = (1..1000_u32, 1..86_400_u64);
    let ramp = ramp.prop_map(|(count, every)| Ramp::new(count, Duration::from_secs(every)).unwrap());
    let spans = (option::of(span()), option::of(span()), option::of(span()));
    (vec(holiday(), 0..4), option::of(ramp), spans).prop_map(
        |(holidays, ramp, (sticky, give_on_after, idle_after))| Routing {
            holidays: Holidays::new(holidays).unwrap(),
            sticky,
            ramp,
            give_on_after,
            idle_after,
        },
    )
}

fn holiday() -> impl Strategy<Value = Holiday> {
    let date =
        (2020..2030_i16, 1..13_i8, 1..29_i8).prop_map(|(year, month, day)| Date::constant(year, month, day));
    (date, title(), btree_set(1..5_i64, 0..3)).prop_map(|(date, name, teams)| Holiday {
        date,
        name,
        teams: teams.into_iter().map(TeamId).collect(),
    })
}

fn title() -> impl Strategy<Value = Name> {
    name().prop_map(|name| Name::new(&name).unwrap())
}

pub fn leaves() -> impl Strategy<Value = Leaves> {
    let at = |ms: i64| Timestamp::from_millisecond(ms).unwrap();
    let leave = (0..2_000_000_000_000_i64, 1..1_000_000_000_i64)
        .prop_map(move |(from, lasts)| Leave::new(at(from), at(from + lasts)).unwrap());
    vec(leave, 0..4).prop_map(|leaves| Leaves::new(leaves).unwrap())
}

fn texts<const MAX: usize>() -> impl Strategy<Value = Option<BTreeSet<Text<MAX>>>> {
    option::of(btree_set(name().prop_map(|text| Text::new(&text).unwrap()), 1..3))
}

fn conditions() -> impl Strategy<Value = Conditions> {
    let addresses = select(&["care1@shop.example", "+4915112345002"][..]).prop_map(Box::from);
    (
        option::of(btree_set(select(&Channel::ALL), 1..3)),
        option::of(btree_set((1..5_i64).prop_map(LabelId), 1..3)),
        texts(),
        texts(),
        hours(),
        option::of(btree_set(addresses, 1..3)),
    )
        .prop_map(|(channels, labels, words, customer_tags, hours, brand_addresses)| Conditions {
            channels,
            labels,
            words,
            customer_tags,
            hours,
            brand_addresses,
        })
}

fn effects() -> impl Strategy<Value = Effects> {
    let labels = btree_set((1..5_i64).prop_map(LabelId), 0..3);
    let to = option::of((1..5_i64, any::<bool>()));
    (to, labels, option::of(select(&Priority::ALL))).prop_map(|(to, labels, priority)| Effects {
        team_id: to.filter(|(_, team)| *team).map(|(id, _)| TeamId(id)),
        agent_id: to.filter(|(_, team)| !*team).map(|(id, _)| AgentId(id)),
        labels,
        priority,
    })
}

pub fn rules() -> impl Strategy<Value = Vec<Rule>> {
    let rule = (title(), any::<bool>(), conditions(), effects());
    vec(rule, 0..5).prop_map(|rules| {
        let rule = |(id, (name, on, when, then))| Rule { id: RuleId(id), name, on, when, then };
        (1..6).rev().zip(rules).map(rule).collect()
    })
}

/// Only what a store can have: rules and holidays that name what is there, also what is archived.
pub fn made_fit(current: &mut CurrentSettings) {
    let teams: BTreeSet<TeamId> = current.teams.iter().map(|row| row.id).collect();
    let agents: BTreeSet<AgentId> = current.agents.iter().map(|row| row.id).collect();
    let labels: BTreeSet<LabelId> = current.labels.iter().map(|row| row.id).collect();
    if let Some(store) = &mut current.store {
        let there = store.routing.holidays.iter().filter(|holiday| holiday.teams.is_subset(&teams)).cloned();
        store.routing.holidays = Holidays::new(there.collect()).unwrap();
    }
    let is_there = |rule: &Rule| {
        let named = rule.when.labels.iter().flatten().chain(&rule.then.labels);
        named.into_iter().all(|label| labels.contains(label))
            && rule.then.team_id.is_none_or(|team| teams.contains(&team))
            && rule.then.agent_id.is_none_or(|agent| agents.contains(&agent))
    };
    for rule in std::mem::take(&mut current.rules).into_iter().filter(is_there) {
        current.rules.push(rule);
        if judge(current, &current.rules).is_err() {
            current.rules.pop();
        }
    }
}
