//! A file of an arbitrary store changes nothing where it is applied to that store.

mod routing;
mod webhooks;

use super::export;
use crate::provision::{Options, decide, read};
use crate::store::types::{AgentRow, ApiKey, BrandRow, CurrentSettings, LabelRow, Origin, StoreRow, TeamRow};
use jiff::Timestamp;
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use rota_core::availability::AwayReason;
use rota_core::hours::Hours;
use rota_core::ids::{AgentId, KeyId, LabelId, StageId, StoreId, TeamId};
use rota_core::roster::Policy;
use rota_core::stages::{Stage, Stages};
use rota_core::text::Name;
use rota_core::ticket::{Channel, Stage as Kind};
use std::collections::BTreeMap;
use std::time::Duration;

/// Any text that is not blank, control characters and quotes included.
fn name() -> impl Strategy<Value = String> {
    "[\\PC\"\\\\\u{1}\u{7f}\n\t]{1,8}".prop_filter("not blank", |text| !text.trim().is_empty())
}

fn span() -> impl Strategy<Value = Duration> {
    (60..100_000_u64).prop_map(Duration::from_secs)
}

fn policy() -> impl Strategy<Value = Policy> {
    proptest::sample::select(&Policy::ALL)
}

fn origin() -> impl Strategy<Value = Origin> {
    any::<bool>().prop_map(|file| if file { Origin::File } else { Origin::Command })
}

fn store() -> impl Strategy<Value = StoreRow> {
    let zone = proptest::sample::select(&["UTC", "Asia/Kolkata"][..]);
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    let desk = (span(), option::of(span()), span(), option::of(span()), flags);
    (name(), zone, policy(), 0..86_400_u64, desk, routing::routing()).prop_map(
        |(name, timezone, policy, dedupe, desk, routing)| {
            let (reopen_within, close_after, keep_audit, waiting_too_long, flags) = desk;
            let (agents_see_all, keep_rejected_values, mail_content) = flags;
            StoreRow {
                name,
                timezone: timezone.into(),
                policy,
                dedupe_window: Duration::from_secs(dedupe),
                reopen_within,
                close_after,
                agents_see_all,
                keep_audit,
                keep_rejected_values,
                waiting_too_long,
                mail_content,
                routing,
            }
        },
    )
}

/// Different names, in the case that they are compared in.
fn names(most: usize) -> impl Strategy<Value = Vec<String>> {
    btree_map(name().prop_map(|name| name.to_lowercase()), Just(()), 0..most)
        .prop_map(|names| names.into_keys().collect())
}

fn agents() -> impl Strategy<Value = Vec<AgentRow>> {
    vec(agent(), 0..5).prop_map(|agents| {
        let numbered =
            |(id, agent)| AgentRow { id: AgentId(id), email: format!("Agent{id}@shop.example"), ..agent };
        (1..).zip(agents).map(numbered).collect()
    })
}

/// Number and address are still to be given.
fn agent() -> impl Strategy<Value = AgentRow> {
    let role = proptest::sample::select(&["agent", "team_manager", "admin"][..]);
    let duty = (any::<bool>(), any::<bool>(), option::of(1..u32::MAX), routing::leaves());
    (name(), role, duty, origin()).prop_map(|(name, role, (online, active, max_open, leave), origin)| {
        AgentRow {
            id: AgentId(0),
            email: String::new(),
            name,
            role: role.into(),
            online: online && active,
            away_reason: (!online).then(|| AwayReason::new("lunch").unwrap()),
            away_until: None,
            max_open,
            leave,
            active,
            origin,
            open: 0,
        }
    })
}
fn hours() -> impl Strategy<Value = Option<Hours>> {
    let week = btree_set(proptest::sample::select(&["mon", "wed", "sun"][..]), 1..3);
    option::of(week.prop_map(|days| {
        let spans = || vec!["09:00-12:00".to_owned(), "22:00-02:00".to_owned()];
        let week: BTreeMap<String, Vec<String>> =
            days.into_iter().map(|day| (day.to_owned(), spans())).collect();
        Hours::try_from(week).unwrap()
    }))
}

fn teams() -> impl Strategy<Value = Vec<TeamRow>> {
    let rest = vec((option::of(policy()), hours(), btree_set(1..5_i64, 0..4), any::<bool>(), origin()), 4);
    (names(4), rest).prop_map(|(names, rest)| {
        let row = |(id, (name, (policy, hours, members, active, origin)))| TeamRow {
            id: TeamId(id),
            name,
            policy,
            hours,
            members: std::collections::BTreeSet::into_iter(members).map(AgentId).collect(),
            active,
            origin,
        };
        (1..).zip(names.into_iter().zip(rest)).map(row).collect()
    })
}

fn labels() -> impl Strategy<Value = Vec<LabelRow>> {
    (names(4), vec((any::<bool>(), origin()), 4)).prop_map(|(names, rest)| {
        let row = |(id, (name, (active, origin)))| LabelRow { id: LabelId(id), name, active, origin };
        (1..).zip(names.into_iter().zip(rest)).map(row).collect()
    })
}

fn stages() -> impl Strategy<Value = Stages> {
    let kinds = [Kind::Snoozed, Kind::Closed, Kind::Open];
    names(3).prop_map(move |names| {
        let more = names.iter().filter(|name| !["one", "two", "three"].contains(&name.as_str()));
        let usual = ["one", "two", "three"].into_iter().zip(kinds);
        let named = usual.chain(more.map(|name| (name.as_str(), Kind::Open)));
        let stage = |(id, (name, kind)): (i64, (&str, Kind))| Stage {
            id: StageId(id),
            name: Name::new(name).unwrap(),
            kind,
        };
        Stages::new((1..).zip(named).map(stage).collect()).unwrap()
    })
}

fn brands() -> impl Strategy<Value = Vec<BrandRow>> {
    vec((any::<bool>(), any::<bool>(), origin()), 0..4).prop_map(|brands| {
        let row = |(number, (mail, active, origin)): (i64, (bool, bool, Origin))| BrandRow {
            channel: if mail { Channel::Email } else { Channel::Whatsapp },
            address: if mail {
                format!("care{number}@shop.example")
            } else {
                format!("+4915112345{number:03}")
            },
            active,
            origin,
        };
        (1..).zip(brands).map(row).collect()
    })
}

fn key() -> ApiKey {
    ApiKey {
        store: StoreId::new("s").unwrap(),
        id: KeyId::new("keyid").unwrap(),
        name: "site".into(),
        secret_hash: [7; 32],
        scopes: vec!["intake".into()],
        rate: None,
        created_at: Timestamp::UNIX_EPOCH,
        expires_at: None,
        revoked_at: None,
        last_used_at: None,
    }
}

prop_compose! {
    fn settings()(
        store in store(),
        stages in stages(),
        agents in agents(),
        mut teams in teams(),
        labels in labels(),
        brands in brands(),
        rules in routing::rules(),
        webhooks in webhooks::webhooks(),
    ) -> CurrentSettings {
        for team in &mut teams {
            team.members.retain(|member| agents.iter().any(|row| row.id == *member));
        }
        let counters = ["agent", "team", "label", "stage", "rule", "webhook"].map(|kind| (kind.to_owned(), 100)).into();
        let (store, keys) = (Some(store), vec![key()]);
        let customers = Vec::new();
        let mut current =
            CurrentSettings { store, stages, agents, teams, labels, rules, brands, keys, counters, customers, webhooks };
        routing::made_fit(&mut current);
        current
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_exported_changes_nothing_where_it_is_applied(current in settings(), prune in any::<bool>()) {
        let text = export(&StoreId::new("s").unwrap(), &current).unwrap();
        let file = read(&text).unwrap_or_else(|told| panic!("{told:?}\n{text}"));
        let options = Options { yes: true, prune, now: Timestamp::UNIX_EPOCH };
        let changes = decide(&file, options, &current);
        prop_assert!(changes.as_ref().is_ok_and(Vec::is_empty), "{changes:?}\n{text}");
        prop_assert!(!text.contains("keyid"), "no keys");
    }
}
