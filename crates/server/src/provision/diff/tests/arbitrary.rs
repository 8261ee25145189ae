//! Properties of any two store files, one applied after the other. Names come from a few, so that they meet.

use super::{after, options};
use crate::provision::{StoreFile, decide, read};
use crate::store::types::{Change, CurrentSettings, Origin, SettingsChange};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use std::collections::HashSet;
use std::fmt::Write as _;

/// An id, or none.
fn id() -> impl Strategy<Value = String> {
    option::of(1..6_i64).prop_map(|id| id.map_or(String::new(), |id| format!("id = {id}\n")))
}

fn one_of(names: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    proptest::sample::select(names)
}

/// The section, or nothing.
fn section(entries: impl Strategy<Value = Vec<String>>) -> impl Strategy<Value = String> {
    option::weighted(0.8, entries.prop_map(|entries| entries.concat())).prop_map(Option::unwrap_or_default)
}

/// One that names what other sections have, so that there are files without it whose names are all known.
fn maybe(entries: impl Strategy<Value = Vec<String>>) -> impl Strategy<Value = String> {
    option::weighted(0.4, entries.prop_map(|entries| entries.concat())).prop_map(Option::unwrap_or_default)
}

const MAILS: &[&str] = &["a@s.example", "b@s.example", "c@s.example", "A@s.example"];
const NAMES: &[&str] = &["x", "y", "z", "X"];

fn channels() -> impl Strategy<Value = Vec<String>> {
    let numbers = btree_set(one_of(&["+4915112345671", "+4915112345672", "+4915112345673"]), 0..3);
    let addresses = btree_set(one_of(MAILS), 0..3);
    (numbers, option::of(addresses)).prop_map(|(numbers, addresses)| {
        let numbers: Vec<_> = numbers.into_iter().collect();
        let mut text = format!("[channels]\nwhatsapp = {numbers:?}\n");
        if let Some(addresses) = addresses {
            let addresses: Vec<_> = addresses.into_iter().collect();
            writeln!(text, "email = {addresses:?}").expect("a String takes everything");
        }
        vec![text]
    })
}

fn agents() -> impl Strategy<Value = Vec<String>> {
    let leave = one_of(&[
        "",
        "leave = []\n",
        "leave = [{ from = 2026-12-20T00:00:00Z, to = 2026-12-27T00:00:00Z }]\n",
    ]);
    let agent = (id(), one_of(NAMES), any::<bool>(), option::of(1..3_u32), leave);
    btree_map(one_of(MAILS), agent, 0..4).prop_map(|agents| {
        let text = |(mail, (id, name, online, most, leave)): (_, (String, _, _, Option<u32>, _))| {
            let most = most.map_or(String::new(), |most| format!("max_open = {most}\n"));
            format!("[[agents]]\n{id}email = {mail:?}\nname = {name:?}\nonline = {online}\n{most}{leave}")
        };
        agents.into_iter().map(text).collect()
    })
}

fn teams() -> impl Strategy<Value = Vec<String>> {
    let hours = one_of(&["", "hours = { mon = [\"09:00-18:00\"], sat = [\"22:00-02:00\"] }\n"]);
    btree_map(one_of(NAMES), (id(), vec(one_of(&MAILS[..2]), 0..3), hours), 0..4).prop_map(|teams| {
        let text = |(name, (id, members, hours))| {
            format!("[[teams]]\n{id}name = {name:?}\nmembers = {members:?}\n{hours}")
        };
        teams.into_iter().map(text).collect()
    })
}

fn labels() -> impl Strategy<Value = Vec<String>> {
    btree_map(one_of(NAMES), id(), 0..4).prop_map(|labels| {
        labels.into_iter().map(|(name, id)| format!("[[labels]]\n{id}name = {name:?}\n")).collect()
    })
}

fn assignment() -> impl Strategy<Value = Vec<String>> {
    let ramp = one_of(&["", "ramp = { per_agent = 3, every = \"1m\" }\n"]);
    let spans = one_of(&["", "sticky = \"30d\"\n", "give_on_after = \"15m\"\nidle_after = \"30m\"\n"]);
    (ramp, spans).prop_map(|(ramp, spans)| vec![format!("[assignment]\n{ramp}{spans}")])
}

fn holidays() -> impl Strategy<Value = Vec<String>> {
    let date = one_of(&["2026-12-25", "2026-11-08"]);
    let teams = one_of(&["", "teams = [\"x\"]\n", "teams = [\"y\", \"X\"]\n"]);
    let holiday = (date, one_of(NAMES), teams);
    vec(
        holiday
            .prop_map(|(date, name, teams)| format!("[[holidays]]\ndate = {date}\nname = {name:?}\n{teams}")),
        0..3,
    )
}

fn rules() -> impl Strategy<Value = Vec<String>> {
    let when = one_of(&[
        "words = [\"refund\"]",
        "labels = [\"x\"]",
        "labels = [\"y\"], channels = [\"email\"]",
        "hours = { mon = [\"09:00-18:00\"] }",
        "customer_tags = [\"vip\"]",
        "brand_addresses = [\"a@s.example\"]",
    ]);
    let then = one_of(&[
        "team = \"x\"",
        "agent = \"A@s.example\"",
        "agent = \"b@s.example\", labels = [\"z\"]",
        "priority = \"high\"",
    ]);
    let rule = (id(), one_of(NAMES), any::<bool>(), when, then);
    vec(rule, 0..3).prop_map(|rules| {
        let text = |(id, name, on, when, then)| {
            format!("[[rules]]\n{id}name = {name:?}\non = {on}\nwhen = {{ {when} }}\nthen = {{ {then} }}\n")
        };
        rules.into_iter().map(text).collect()
    })
}

fn customers() -> impl Strategy<Value = Vec<String>> {
    let id = option::of(one_of(&["1", "2", "3", "c", "007"]));
    let phone = option::of(one_of(&["+4915112345671", "+4915112345672"]));
    let customer = (id, one_of(NAMES), phone, option::of(one_of(MAILS)));
    vec(customer, 0..4).prop_map(|customers| {
        let line = |key: &str, value: Option<&str>| {
            value.map_or(String::new(), |value| format!("{key} = {value:?}\n"))
        };
        let text = |(id, name, phone, email)| {
            let (id, phone, email) = (line("id", id), line("phone", phone), line("email", email));
            format!("[[customers]]\n{id}name = {name:?}\n{phone}{email}")
        };
        customers.into_iter().map(text).collect()
    })
}

fn hooks() -> impl Strategy<Value = Vec<String>> {
    let types =
        one_of(&["", "types = [\"ticket.closed\"]\n", "format = \"assignedAgent\"\n", "active = false\n"]);
    vec((id(), one_of(NAMES), types), 0..4).prop_map(|hooks| {
        let text =
            |(id, name, types)| format!("[[webhooks]]\n{id}url = \"https://{name}.example/\"\n{types}");
        hooks.into_iter().map(text).collect()
    })
}

fn store_file() -> impl Strategy<Value = String> {
    let people =
        (section(channels()), section(agents()), section(teams()), section(labels()), section(customers()));
    let routing = (section(assignment()), maybe(holidays()), maybe(rules()), section(hooks()));
    (people, routing).prop_map(
        |((channels, agents, teams, labels, customers), (assignment, holidays, rules, hooks))| {
            format!(
                "[store]\nid = \"s\"\nname = \"S\"\n{assignment}{channels}{agents}{teams}{labels}{customers}{holidays}{rules}{hooks}"
            )
        },
    )
}

fn parsed(text: &str) -> StoreFile {
    read(text).unwrap_or_else(|told| panic!("{told:?}\n{text}"))
}

/// What is there after the files, of which those with a problem change nothing; some of the rows were then made
/// otherwise.
fn history(texts: &[String], otherwise: &[bool]) -> CurrentSettings {
    let mut current = CurrentSettings::default();
    for text in texts {
        if let Ok(changes) = decide(&parsed(text), options(), &current) {
            current = after(&current, &changes);
        }
    }
    let origin = |index: usize| if otherwise[index] { Origin::Command } else { Origin::File };
    current.agents.iter_mut().enumerate().for_each(|(index, row)| row.origin = origin(index));
    current.customers.retain(|row| row.active || row.origin == Origin::File);
    current
}

/// The numbers that are taken, by archived rows too.
fn numbers(current: &CurrentSettings) -> HashSet<(&'static str, i64)> {
    let agents = current.agents.iter().map(|row| ("agent", row.id.0));
    let teams = current.teams.iter().map(|row| ("team", row.id.0));
    let rules = current.rules.iter().map(|row| ("rule", row.id.0));
    agents.chain(teams).chain(current.labels.iter().map(|row| ("label", row.id.0))).chain(rules).collect()
}

/// Whether the change takes a row of this origin out of use.
fn archives(change: &Change, of: Origin) -> bool {
    let (active, origin) = match &change.what {
        SettingsChange::Agent(row) => (row.active, row.origin),
        SettingsChange::Team(row) => (row.active, row.origin),
        SettingsChange::Label(row) => (row.active, row.origin),
        SettingsChange::Brand(row) => (row.active, row.origin),
        SettingsChange::Customer(row) | SettingsChange::WholeCustomer(row) => (row.active, row.origin),
        SettingsChange::Store(_)
        | SettingsChange::Stages(_)
        | SettingsChange::Rules(_)
        | SettingsChange::Due { .. }
        | SettingsChange::Tell { .. }
        | SettingsChange::Key(_)
        | SettingsChange::Webhook(_)
        | SettingsChange::WebhookGone(_)
        | SettingsChange::Counter { .. } => return false,
    };
    !active && origin == of
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_file_that_was_applied_changes_nothing_when_it_is_applied_again(
        before in vec(store_file(), 0..3),
        otherwise in vec(any::<bool>(), 16),
        text in store_file(),
    ) {
        let current = history(&before, &otherwise);
        if let Ok(changes) = decide(&parsed(&text), options(), &current) {
            let again = decide(&parsed(&text), options(), &after(&current, &changes));
            prop_assert!(again.as_ref().is_ok_and(Vec::is_empty), "{again:?}");
        }
    }

    #[test]
    fn no_row_is_lost_and_only_the_files_own_are_archived(
        before in vec(store_file(), 0..3),
        otherwise in vec(any::<bool>(), 16),
        text in store_file(),
    ) {
        let current = history(&before, &otherwise);
        if let Ok(changes) = decide(&parsed(&text), options(), &current) {
            prop_assert!(!changes.iter().any(|change| archives(change, Origin::Command)), "{changes:?}");
            let next = after(&current, &changes);
            let lost: Vec<_> = numbers(&current).difference(&numbers(&next)).copied().collect();
            prop_assert!(lost.iter().all(|(kind, _)| *kind == "rule"), "{lost:?}");
            for (kind, id) in numbers(&next) {
                prop_assert!(next.counters.get(kind).is_some_and(|next| *next > id), "{kind} {id}");
            }
        }
    }
}
