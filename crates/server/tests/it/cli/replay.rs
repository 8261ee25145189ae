//! `rota replay`: a table for people, JSON for scripts; a draft is JSON or a store file.

use crate::harness::bodies::for_team;
use crate::harness::{Agent, Rota, STORE, StoreFile, Team, tasks};
use serde_json::Value;

fn rota() -> Rota {
    let rota = Rota::start();
    for _ in 0..4 {
        rota.create(&tasks());
    }
    rota.create(&for_team(31));
    rota
}

#[test]
fn a_table_tells_before_and_after_and_what_is_not_guessed() {
    let rota = rota();
    let draft = rota.file("draft.json", r#"{"settings":{"policy":"unassigned"}}"#);
    let told = rota.cli(&["replay", "--store", STORE, "--draft", &draft]).succeeded();
    told.tells(&[
        "5 tickets",
        "~ settings",
        "left for people to take",
        "Returns",
        "all agents",
        "agent0",
        "not guessed",
    ]);
}

#[test]
fn a_store_file_is_a_draft_too_and_nothing_is_applied() {
    let rota = rota();
    let file =
        StoreFile::default().agents([0, 1, 2].map(Agent::online)).teams([Team::new(31, "Returns", &[2])]);
    let draft = rota.file("store.toml", file.render());
    let told = rota.cli(&["replay", "--store", STORE, "--draft", &draft, "--json"]).succeeded();
    let report: Value = serde_json::from_str(&told.stdout).unwrap();
    let received = |side: &str| {
        let agents = report[side]["agents"].as_array().unwrap().iter();
        agents.map(|agent| agent["received"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(received("before"), [3, 1, 1]);
    assert_eq!(received("after"), [2, 1, 2]);
    assert_eq!(report["changes"], serde_json::json!(["~ team 31 Returns (1 member)"]));
    rota.cli(&["team", "list", "--store", STORE]).succeeded().tells(&["2"]);
    let other = rota.file("other.toml", StoreFile::default().store("other").render());
    rota.cli(&["replay", "--store", STORE, "--draft", &other]).failed().tells(&["the file of store other"]);
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let rota = rota();
    let draft = |text: &str| rota.file("draft.json", text);
    let replay = |draft: &str, more: &[&str]| {
        rota.cli(&[&["replay", "--store", STORE, "--draft", draft], more].concat()).failed()
    };
    replay(&draft("{"), &[]).tells(&["draft.json"]);
    replay(&draft(r#"{"team":[]}"#), &[]).tells(&["draft.json", "team"]);
    replay(&draft(r#"{"teams":[{"id":9}]}"#), &[]).tells(&["draft.teams[0].id", "is not in this store"]);
    replay(&draft("{}"), &["--from", "2026-02-30"]).tells(&["--from", "neither a day"]);
    replay(&draft("{}"), &["--to", "2100-01-01"]).tells(&["--to", "is still to come"]);
    rota.cli(&["replay", "--store", "nobody", "--draft", &draft("{}")]).failed().tells(&["no store nobody"]);
}
