//! Who may make which change, on a small store: agents 1 (and 3) are in team 31, 2 in team 32; 9 is the only admin.

use super::agents::{self, AgentPatch, NewAgent, Which};
use super::channels;
use super::customers::{self, CustomerPatch};
use super::labels::{self, LabelPatch};
use super::stages::{self, StageList};
use super::store::{self, StorePatch};
use super::teams::{self, TeamPatch};
use super::{Asked, Condition, Viewer, etag, keys};
use crate::store::types::{
    AgentRow, ApiKey, BrandRow, CurrentSettings, CustomerRow, LabelRow, Origin, StoreRow, TeamRow,
};
use crate::store::{DecideSettings, Decided, Refused};
use jiff::Timestamp;
use rota_core::access::{Actor, Role};
use rota_core::address::EmailAddress;
use rota_core::availability::Availability;
use rota_core::ids::{AgentId, CustomerId, KeyId, LabelId, StoreId, TeamId};
use rota_core::roster::Policy;
use rota_core::text::Title;
use rota_core::ticket::{Channel, Pool};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::time::Duration;

const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

fn agent(id: i64, role: Role) -> AgentRow {
    AgentRow {
        id: AgentId(id),
        email: format!("agent{id}@shop.example"),
        name: format!("Agent {id}"),
        role: role.name().into(),
        online: true,
        away_reason: None,
        away_until: None,
        max_open: None,
        leave: rota_core::leave::Leaves::default(),
        active: true,
        origin: Origin::Command,
        open: 0,
    }
}

fn team(id: i64, members: &[i64]) -> TeamRow {
    TeamRow {
        id: TeamId(id),
        name: format!("Team {id}"),
        policy: None,
        hours: None,
        members: members.iter().copied().map(AgentId).collect(),
        active: true,
        origin: Origin::File,
    }
}

fn key_row() -> ApiKey {
    ApiKey {
        store: StoreId::new("s").unwrap(),
        id: KeyId::new("k").unwrap(),
        name: "site".into(),
        secret_hash: [7; 32],
        scopes: vec!["intake".into()],
        rate: None,
        created_at: NOW,
        expires_at: None,
        revoked_at: None,
        last_used_at: None,
    }
}

fn shop() -> CurrentSettings {
    let store = StoreRow {
        name: "Shop".into(),
        timezone: "UTC".into(),
        policy: Policy::RoundRobin,
        dedupe_window: Duration::ZERO,
        reopen_within: StoreRow::REOPEN_WITHIN,
        close_after: None,
        agents_see_all: false,
        keep_audit: StoreRow::KEEP_AUDIT,
        keep_rejected_values: false,
        mail_content: false,
        waiting_too_long: None,
        routing: rota_core::roster::Routing::default(),
    };
    let (channel, address) = (Channel::Email, "care@shop.example".into());
    CurrentSettings {
        store: Some(store),
        agents: vec![
            agent(1, Role::Agent),
            agent(2, Role::Agent),
            agent(3, Role::Agent),
            agent(9, Role::Admin),
        ],
        teams: vec![team(31, &[1, 3]), team(32, &[2])],
        labels: vec![LabelRow { id: LabelId(7), name: "refund".into(), active: true, origin: Origin::File }],
        brands: vec![BrandRow { channel, address, active: true, origin: Origin::File }],
        keys: vec![key_row()],
        customers: vec![CustomerRow::new(CustomerId::new("c").unwrap(), NOW)],
        ..CurrentSettings::default()
    }
}

fn patch<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn who(id: i64) -> Which {
    Which::Number(AgentId(id))
}

fn run(decide: &DecideSettings) -> Result<Decided, Refused> {
    (decide.decide)(&shop())
}

/// Done, forbidden or hidden.
fn mark(decide: &DecideSettings) -> char {
    match run(decide) {
        Ok(_) => 'y',
        Err(Refused::Forbidden) => '3',
        Err(Refused::NotFound) => '4',
        Err(other) => panic!("{other}"),
    }
}

type Asks = fn(Asked) -> DecideSettings;

fn set_agent(asked: Asked, id: i64, change: Value) -> DecideSettings {
    agents::set(asked, who(id), patch::<AgentPatch>(change))
}

fn set_team(asked: Asked, id: i64, change: Value) -> DecideSettings {
    teams::set(asked, TeamId(id), patch::<TeamPatch>(change))
}

fn go_away(asked: Asked, id: i64) -> DecideSettings {
    agents::make_available(asked, who(id), Availability::Away { reason: None, until: None }, false)
}

fn new_agent(asked: Asked) -> DecideSettings {
    let (email, name) = (EmailAddress::new("new@shop.example").unwrap(), Title::new("New").unwrap());
    agents::add(asked, NewAgent { email, name, role: None, max_open: None })
}

/// An agent, a team manager, an admin, a key of scope `desk`, the operator; the first three as agent 1.
const TABLE: [(&str, Asks, &str); 24] = [
    ("own availability", |a| go_away(a, 1), "yyyyy"),
    ("a member's availability", |a| go_away(a, 3), "3yyyy"),
    ("a stranger's availability", |a| go_away(a, 2), "33yyy"),
    ("own limit", |a| set_agent(a, 1, json!({ "maxOpen": 5 })), "3yy3y"),
    ("a member's limit", |a| set_agent(a, 3, json!({ "maxOpen": 5 })), "4yy3y"),
    ("a stranger's limit", |a| set_agent(a, 2, json!({ "maxOpen": 5 })), "44y3y"),
    ("a member's name", |a| set_agent(a, 3, json!({ "name": "X" })), "33y3y"),
    ("a member's name and limit", |a| set_agent(a, 3, json!({ "name": "X", "maxOpen": 5 })), "33y3y"),
    ("adding an agent", new_agent, "33y3y"),
    ("archiving an agent", |a| agents::archive(a, who(3)), "33y3y"),
    ("own team's policy", |a| set_team(a, 31, json!({ "policy": "unassigned" })), "3yy3y"),
    ("own team's hours", |a| set_team(a, 31, json!({ "hours": { "mon": ["09:00-18:00"] } })), "3yy3y"),
    ("another team's policy", |a| set_team(a, 32, json!({ "policy": "unassigned" })), "44y3y"),
    ("own team's members", |a| set_team(a, 31, json!({ "members": [1] })), "33y3y"),
    ("archiving a team", |a| teams::archive(a, TeamId(31), Pool::Store), "33y3y"),
    ("a label", |a| labels::set(a, LabelId(7), patch::<LabelPatch>(json!({ "name": "x" }))), "33y3y"),
    ("the stages", |a| stages::set(a, patch::<StageList>(stages_of_a_store())), "33y3y"),
    ("a channel", |a| channels::archive(a, Channel::Email, "care@shop.example".into()), "33y3y"),
    ("making a key", |a| keys::add(a, key_row()), "44y4y"),
    ("revoking a key", |a| keys::revoke(a, key_row().id, NOW), "44y4y"),
    ("the settings", |a| store::set(a, patch::<StorePatch>(json!({ "name": "x" }))), "44y3y"),
    ("a customer", |a| customers::set(a, customer(), patch(json!({ "firstName": "x" })), NOW), "yyyyy"),
    ("a new customer", |a| customers::add(a, CustomerPatch::default(), NOW), "yyyyy"),
    ("erasing a customer", |a| customers::erase(a, customer(), NOW), "33y3y"),
];

fn customer() -> CustomerId {
    CustomerId::new("c").unwrap()
}

fn stages_of_a_store() -> Value {
    json!({ "stages": [
        { "id": 1, "name": "New", "kind": "open" },
        { "id": 2, "name": "Later", "kind": "snoozed" },
        { "id": 3, "name": "Done", "kind": "closed" },
    ] })
}

fn everybody() -> [Actor; 5] {
    let person = |role| Actor::Agent { id: AgentId(1), role };
    let [agent, manager, admin] = Role::ALL.map(person);
    [agent, manager, admin, Actor::Key(KeyId::new("desk").unwrap()), Actor::Operator]
}

#[test]
fn who_may_make_which_change() {
    for (what, ask, expected) in TABLE {
        let asked = |by: &Actor| Asked { by: by.clone(), ..Asked::operator() };
        let found: String = everybody().iter().map(|by| mark(&ask(asked(by)))).collect();
        assert_eq!(found, expected, "{what}");
    }
}

#[test]
fn what_one_may_not_do_is_told_before_the_etag_is_asked_for() {
    for (what, ask, expected) in TABLE {
        for (by, mark) in everybody().into_iter().zip(expected.chars()) {
            let asked = Asked { by, condition: Condition::Missing, keep: None };
            let refused = run(&ask(asked));
            match mark {
                '3' => assert_eq!(refused.unwrap_err(), Refused::Forbidden, "{what}"),
                '4' => assert_eq!(refused.unwrap_err(), Refused::NotFound, "{what}"),
                _ => assert!(matches!(refused, Ok(_) | Err(Refused::Unconditional)), "{what}"),
            }
        }
    }
}

#[test]
fn colleagues_limits_and_other_teams_hours_are_not_shown_to_agents() {
    let current = shop();
    let shown = |by: &Actor| {
        let viewer = Viewer::new(by, &current);
        let limits = current.agents.iter().map(|row| viewer.agent(row).get("maxOpen").is_some());
        let hours = current.teams.iter().map(|row| viewer.team(row).get("hours").is_some());
        limits.chain(hours).map(|is_shown| if is_shown { 'y' } else { '-' }).collect::<String>()
    };
    let found = everybody().map(|by| shown(&by));
    assert_eq!(found, ["y---y-", "y-y-y-", "yyyyyy", "yyyyyy", "yyyyyy"]);
}

#[test]
fn the_last_admin_stays_except_for_who_works_on_the_machine() {
    let admin = || Asked { by: Actor::Agent { id: AgentId(9), role: Role::Admin }, ..Asked::operator() };
    let demote = |asked| set_agent(asked, 9, json!({ "role": "agent" }));
    for decide in [demote(admin()), agents::archive(admin(), who(9))] {
        assert!(matches!(run(&decide), Err(Refused::Unfit(_))));
    }
    assert!(run(&demote(Asked::operator())).is_ok());
}

#[test]
fn an_etag_changes_with_what_is_shown_and_with_nothing_else() {
    let by = Actor::Operator;
    let tag = |current: &CurrentSettings| etag(&Viewer::new(&by, current).agent(&current.agents[0]));
    let mut other = shop();
    other.agents[0].open = 5;
    assert_eq!(tag(&shop()), tag(&other), "a load is no setting");
    other.agents[0].name = "Other".into();
    assert_ne!(tag(&shop()), tag(&other));
    assert!(tag(&other).starts_with('"') && tag(&other).ends_with('"'));
}

#[test]
fn a_representation_of_a_key_has_no_secret() {
    let shown = Viewer::of_everything(&Actor::Operator).key(&key_row()).to_string();
    assert!(!shown.contains("secret") && !shown.contains("hash"), "{shown}");
}
