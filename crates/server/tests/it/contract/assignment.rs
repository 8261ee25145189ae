//! Who gets a ticket: policies, agents and teams asked for, limits, hours, and the receipt.

use crate::harness::bodies::{for_agent, for_team};
use crate::harness::load::IN_EFFECT;
use crate::harness::{Agent, Rota, StoreFile, Team, tasks, until};
use serde_json::{Value, json};

/// The reason that a receipt gives for an agent's seat.
fn reason(receipt: &Value, agent: i64) -> String {
    let seats = receipt["seats"].as_array().unwrap_or_else(|| panic!("no seats in {receipt}"));
    let seat = seats.iter().find(|seat| seat["agentId"] == agent);
    let reason = seat.and_then(|seat| seat["reason"].as_str());
    reason.unwrap_or_else(|| panic!("no seat of {agent} in {receipt}")).to_owned()
}

fn dry_receipt(rota: &Rota, body: &Value) -> Value {
    rota.dry_run(body).json()["data"]["receipt"].take()
}

#[test]
fn under_the_policy_unassigned_nobody_gets_a_ticket_unless_asked_for() {
    let rota = Rota::with(StoreFile::default().policy("unassigned"));
    assert_eq!(rota.assigned(&tasks()), None);
    assert_eq!(rota.assigned(&for_agent("agent1@shop.example")), Some(101));
    assert_eq!(rota.assigned(&tasks()), None);
    assert_eq!(rota.last_ticket()["receipt"]["policy"], "unassigned");
}

#[test]
fn a_named_agent_gets_the_ticket_even_offline() {
    let rota = Rota::with(StoreFile::default().agents([Agent::online(0), Agent::offline(1)]));
    assert_eq!(rota.assigned(&for_agent("agent1@shop.example")), Some(101));
    assert_eq!(rota.last_ticket()["receipt"]["chosen"], 101);
}

#[test]
fn a_named_agent_gets_the_ticket_even_when_full() {
    let agents = [Agent::online(0), Agent::online(1).max_open(1)];
    let rota = Rota::with(StoreFile::default().agents(agents));
    for _ in 0..3 {
        assert_eq!(rota.assigned(&for_agent("agent1@shop.example")), Some(101));
    }
    // All of them count, so the turn passes agent 1 over.
    assert_eq!([rota.assigned(&tasks()), rota.assigned(&tasks())], [Some(100), Some(100)]);
}

#[test]
fn a_named_agent_sets_no_team() {
    let rota = Rota::start();
    assert_eq!(rota.create(&for_agent("agent0@shop.example")).team(), None);
}

#[test]
fn an_agent_at_the_limit_of_open_tickets_is_passed_over() {
    let agents = [Agent::online(0).max_open(2), Agent::online(1), Agent::online(2).max_open(1)];
    let rota = Rota::with(StoreFile::default().agents(agents));
    let given: Vec<_> = (0..7).map(|_| rota.assigned(&tasks()).unwrap()).collect();
    assert_eq!(given, [100, 101, 102, 100, 101, 101, 101]);
    let receipt = rota.last_ticket()["receipt"].take();
    assert_eq!(reason(&receipt, 100), "at_limit");
    assert_eq!(reason(&receipt, 102), "at_limit");
    assert_eq!(reason(&receipt, 101), "chosen");
}

#[test]
fn closing_a_ticket_frees_a_place_for_the_next_new_one() {
    let rota = Rota::with(StoreFile::default().agents([Agent::online(0).max_open(1)]).teams([]));
    assert_eq!(rota.assigned(&tasks()), Some(100));
    let full = rota.dry_run(&tasks());
    assert_eq!(full.agent(), None);
    assert_eq!(reason(&full.json()["data"]["receipt"], 100), "at_limit");
    rota.cli(&["ticket", "close", "--store", crate::harness::STORE, "1"]).succeeded();
    until(IN_EFFECT, || rota.dry_run(&tasks()).agent());
    assert_eq!(rota.assigned(&tasks()), Some(100));
}

#[test]
fn with_nobody_eligible_the_ticket_has_no_agent_and_the_receipt_says_why() {
    let rota = Rota::with(StoreFile::default().agents([Agent::offline(0), Agent::offline(1)]));
    assert_eq!(rota.assigned(&tasks()), None);
    let receipt = rota.last_ticket()["receipt"].take();
    assert_eq!(receipt["chosen"], Value::Null);
    assert_eq!(reason(&receipt, 100), "offline");
    assert_eq!(reason(&receipt, 101), "offline");
    for word in ["outcome", "text"] {
        assert!(receipt[word].as_str().is_some_and(|word| !word.is_empty()), "{receipt}");
    }
}

#[test]
fn a_store_without_agents_takes_tickets() {
    let rota = Rota::with(StoreFile::default().agents([]).teams([]));
    assert_eq!(rota.assigned(&tasks()), None);
    assert_eq!(rota.last_ticket()["receipt"]["considered"], 0);
}

#[test]
fn a_receipt_says_policy_pool_last_and_chosen() {
    let rota = Rota::start();
    rota.create(&tasks());
    rota.create(&tasks());
    let receipt = rota.last_ticket()["receipt"].take();
    assert_eq!(receipt["policy"], "round_robin");
    assert_eq!(receipt["pool"]["kind"], "store");
    assert_eq!((&receipt["turnBefore"], &receipt["chosen"]), (&json!(100), &json!(101)));
    assert_eq!(receipt["turnAfter"], 101);
    assert_eq!(receipt["considered"], 3);
    rota.create(&for_team(31));
    let receipt = rota.last_ticket()["receipt"].take();
    assert_eq!((&receipt["pool"]["kind"], &receipt["pool"]["id"]), (&json!("team"), &json!(31)));
    assert_eq!((&receipt["turnBefore"], &receipt["chosen"]), (&Value::Null, &json!(100)));
    assert_eq!(receipt["considered"], 2);
}

#[test]
fn a_receipt_lists_at_most_16_seats_and_counts_the_rest() {
    let agents = (0..40).map(Agent::offline).chain([Agent::online(40)]);
    let rota = Rota::with(StoreFile::default().agents(agents));
    assert_eq!(rota.assigned(&tasks()), Some(140));
    let receipt = rota.last_ticket()["receipt"].take();
    let seats = receipt["seats"].as_array().unwrap().len();
    assert!((1..=16).contains(&seats), "{receipt}");
    let others: u64 = receipt["others"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
    assert_eq!(u64::try_from(seats).unwrap() + others, 41, "{receipt}");
    assert_eq!(receipt["considered"], 41);
    assert_eq!(reason(&receipt, 140), "chosen");
}

#[test]
fn a_team_follows_its_own_policy_else_the_stores() {
    let teams = || {
        [
            Team::new(31, "Inherits", &[0, 1]),
            Team::new(32, "Turns", &[0, 1]).policy("round_robin"),
            Team::new(33, "Claims", &[0, 1]).policy("unassigned"),
        ]
    };
    for (policy, inherited) in [("round_robin", Some(100)), ("unassigned", None)] {
        let rota = Rota::with(StoreFile::default().policy(policy).teams(teams()));
        assert_eq!(rota.assigned(&for_team(31)), inherited);
        assert_eq!(rota.assigned(&for_team(32)), Some(100));
        assert_eq!(rota.assigned(&for_team(33)), None);
        assert_eq!(rota.create(&for_team(33)).team(), Some(33));
    }
}

#[test]
fn a_team_without_members_or_with_nobody_online_gives_to_nobody() {
    let teams = [Team::new(31, "Empty", &[]), Team::new(32, "Away", &[2])];
    let agents = [Agent::online(0), Agent::online(1), Agent::offline(2)];
    let rota = Rota::with(StoreFile::default().agents(agents).teams(teams));
    for team in [31, 32] {
        let response = rota.create(&for_team(team));
        assert_eq!((response.agent(), response.team()), (None, Some(team)));
    }
    assert_eq!(reason(&dry_receipt(&rota, &for_team(32)), 102), "offline");
    // The store's pool isn't touched by a team's tickets.
    assert_eq!(rota.assigned(&tasks()), Some(100));
}

/// Three letters of the weekday this many days from now, UTC.
fn weekday(ahead: u64) -> &'static str {
    let file = crate::harness::TempDir::new();
    // A new folder's time: the tests, too, leave the global clock alone.
    let now = std::fs::metadata(file.path()).and_then(|meta| meta.modified()).unwrap();
    let days = now.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() / 86_400;
    let names = ["thu", "fri", "sat", "sun", "mon", "tue", "wed"];
    names[usize::try_from((days + ahead) % 7).unwrap()]
}

/// Half a week from now, so that neither time zones nor midnight matter.
fn closed_now() -> String {
    format!("{{ {} = [\"09:00-18:00\"] }}", weekday(3))
}

fn always_open() -> String {
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let hours = days.map(|day| format!("{day} = [\"06:00-18:00\", \"18:00-06:00\"]"));
    format!("{{ {} }}", hours.join(", "))
}

#[test]
fn a_team_gives_out_tickets_only_within_its_hours() {
    let teams = [
        Team::new(31, "Closed", &[0]).hours(&closed_now()),
        Team::new(32, "Open", &[0]).hours(&always_open()),
    ];
    let rota = Rota::with(StoreFile::default().teams(teams));
    assert_eq!(rota.assigned(&for_team(31)), None);
    assert_eq!(reason(&rota.last_ticket()["receipt"], 100), "outside_hours");
    assert_eq!(rota.assigned(&for_team(32)), Some(100));
}

#[test]
fn for_all_agents_it_is_enough_that_one_of_an_agents_teams_is_open_or_has_no_hours() {
    let closed = closed_now();
    let teams = [
        Team::new(31, "Closed", &[0, 1, 2]).hours(&closed),
        Team::new(32, "Open", &[1]).hours(&always_open()),
        Team::new(33, "Always", &[2]),
    ];
    // Agent 3 is in no team.
    let rota = Rota::with(StoreFile::default().agents((0..4).map(Agent::online)).teams(teams));
    let given: Vec<_> = (0..6).map(|_| rota.assigned(&tasks()).unwrap()).collect();
    assert_eq!(given, [101, 102, 103, 101, 102, 103]);
    assert_eq!(reason(&rota.tickets()[0]["receipt"], 100), "outside_hours");
}

#[test]
fn an_archived_teams_hours_do_not_count() {
    let closed = Team::new(31, "Closed", &[0]).hours(&closed_now());
    let open = Team::new(32, "Other", &[1]);
    let file = StoreFile::default().agents([Agent::online(0)]).teams([closed]);
    let rota = Rota::with(file.clone());
    assert_eq!(rota.dry_run(&tasks()).agent(), None);
    let file = file.agents([Agent::online(0), Agent::offline(1)]).teams([open]);
    rota.apply_with(&file, &["--yes"]).succeeded();
    assert_eq!(until(IN_EFFECT, || rota.dry_run(&tasks()).agent()), 100);
}
