//! Rules, leave, holidays and the floor by the command line.

use crate::harness::bodies::for_agent;
use crate::harness::{Agent, Output, Rota, STORE, StoreFile, tasks};
use serde_json::{Value, json};

/// A command on the usual store.
fn of_store(rota: &Rota, args: &[&str]) -> Output {
    rota.cli(&[args, &["--store", STORE]].concat())
}

fn told(rota: &Rota, args: &[&str]) -> String {
    of_store(rota, args).succeeded().stdout.trim_end().to_owned()
}

#[test]
fn rules_are_set_from_what_was_shown_and_take_effect() {
    let rota = Rota::start();
    let list = json!({ "rules": [
        { "name": "Returns", "when": { "words": ["refund"] }, "then": { "teamId": 31 } },
        { "name": "Rest", "then": { "priority": "low" } },
    ] });
    let path = rota.file("rules.json", list.to_string());
    assert_eq!(told(&rota, &["rules", "check", &path]), "good: rules Returns, Rest");
    assert_eq!(told(&rota, &["rules", "set", &path]), "~ rules Returns, Rest");
    let shown = told(&rota, &["rules", "show"]);
    let rules: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!((&rules["rules"][0]["id"], &rules["rules"][1]["id"]), (&json!(1), &json!(2)));
    let again = rota.file("again.json", &shown);
    assert_eq!(told(&rota, &["rules", "set", &again]), "no changes");
    let mut refund = tasks();
    refund["taskTitle"] = "A refund, please".into();
    assert_eq!(rota.create(&refund).team(), Some(31));
}

#[test]
fn what_is_wrong_with_rules_is_told_with_the_file_and_the_field() {
    let rota = Rota::prepared(StoreFile::default());
    let list = json!({ "rules": [
        { "id": 9, "name": "Nobody's", "then": { "teamId": 99 } },
    ] });
    let path = rota.file("rules.json", list.to_string());
    for verb in ["check", "set"] {
        let output = of_store(&rota, &["rules", verb, &path]).failed();
        output.tells(&["rules.json: rules[0].id 9 is no rule of this store", "nothing was changed"]);
    }
    let list = json!({ "rules": [{ "name": "Nobody's", "then": { "teamId": 99 } }] });
    let path = rota.file("rules.json", list.to_string());
    of_store(&rota, &["rules", "check", &path])
        .failed()
        .tells(&["rules[0].then.teamId 99 is not an active team"]);
    let path = rota.file("rules.json", r#"{ "rules": [{ "name": "x", "then": { "team": "Returns" } }] }"#);
    of_store(&rota, &["rules", "check", &path]).failed().tells(&[
        "rules.json",
        "rules[0].then",
        "unknown field",
    ]);
    of_store(&rota, &["rules", "set", "nowhere.json"]).failed().tells(&["nowhere.json"]);
}

#[test]
fn leave_is_added_and_forgotten_and_in_effect_at_once() {
    let rota = Rota::start();
    let leave = ["agent", "leave", "Agent0@shop.example"];
    let with = |more: &[&str]| told(&rota, &[&leave[..], more].concat());
    let line = "~ agent 100 agent0@shop.example";
    assert_eq!(with(&["--from", "2020-01-01", "--to", "2099-01-01"]), line);
    assert_eq!(
        with(&["--from", "2020-01-01", "--to", "2098-12-31T18:30:00Z"]),
        "no changes",
        "the same moments"
    );
    assert_eq!(rota.dry_run(&tasks()).agent(), Some(101), "100 is on leave");
    let export = told(&rota, &["export-store"]);
    let midnights = "{ from = 2019-12-31T18:30:00Z, to = 2098-12-31T18:30:00Z }";
    assert!(export.contains(midnights), "days of Asia/Kolkata: {export}");
    assert_eq!(with(&["--clear"]), line);
    assert_eq!(with(&["--clear"]), "no changes");
    assert_eq!(rota.dry_run(&tasks()).agent(), Some(100));
    for (args, expected) in [
        (&["--from", "2026-01-02", "--to", "2026-01-01"][..], "leave ends before it begins"),
        (&["--from", "2026-01-02T09:00:00", "--to", "2026-01-03"], "neither a day"),
        (&["--from", "2026-01-02"], "--to"),
        (&[], "--from"),
    ] {
        of_store(&rota, &[&leave[..], args].concat()).failed().tells(&[expected]);
    }
    of_store(&rota, &["agent", "leave", "nobody@shop.example", "--clear"]).failed();
}

#[test]
fn holidays_are_added_and_forgotten() {
    let rota = Rota::prepared(StoreFile::default());
    let set = |args: &[&str]| told(&rota, &[&["settings", "set"], args].concat());
    let shown = || -> Value { serde_json::from_str(&told(&rota, &["settings", "show"])).unwrap() };
    set(&["--holiday", "2026-12-25=Christmas", "--holiday", "2026-11-08=Diwali"]);
    set(&["--holiday", "2027-01-26=Republic Day"]);
    let names: Vec<Value> =
        shown()["holidays"].as_array().unwrap().iter().map(|day| day["name"].clone()).collect();
    assert_eq!(names, ["Diwali", "Christmas", "Republic Day"]);
    set(&["--no-holidays", "--holiday", "2026-12-25=Christmas"]);
    assert_eq!(shown()["holidays"], json!([{ "date": "2026-12-25", "name": "Christmas" }]));
    set(&["--no-holidays"]);
    assert_eq!(shown()["holidays"], json!([]));
    for wrong in ["2026-12-25", "25.12.2026=Christmas", "2026-12-25="] {
        of_store(&rota, &["settings", "set", "--holiday", wrong]).failed().tells(&["--holiday"]);
    }
}

#[test]
fn the_floor_is_a_table_or_what_the_api_shows() {
    let rota =
        Rota::with(StoreFile::default().agents([Agent::online(0).max_open(5), Agent::offline(1)]).teams([]));
    rota.create(&for_agent("agent0@shop.example"));
    let table = told(&rota, &["floor"]);
    let line = |begins: &str| {
        table.lines().find(|line| line.starts_with(begins)).unwrap_or_else(|| panic!("{table}"))
    };
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(words(line("100")), ["100", "free", "1", "of", "5", "-", "agent0"]);
    assert_eq!(words(line("101")), ["101", "offline", "0", "-", "agent1"]);
    assert_eq!(words(line("0 ")), ["0", "100", "1", "round_robin", "-", "the", "store's"]);
    let floor: Value = serde_json::from_str(&told(&rota, &["floor", "--json"])).unwrap();
    assert_eq!(floor["agents"][0]["state"], "free");
    rota.cli(&["floor", "--store", "nowhere"]).failed().tells(&["nowhere"]);
}

#[test]
fn an_exported_store_with_all_of_it_applies_without_a_change() {
    let rota = Rota::prepared(StoreFile::default());
    let list = json!({ "rules": [
        { "name": "Vip", "when": { "customerTags": ["vip"], "hours": { "mon": ["09:00-18:00"] } },
          "then": { "agentId": 101, "labels": [7] } },
        { "name": "Returns", "on": false, "when": { "words": ["refund"], "brandAddresses": ["care@shop.example"] },
          "then": { "teamId": 31, "priority": "high" } },
    ] });
    let path = rota.file("rules.json", list.to_string());
    told(&rota, &["rules", "set", &path]);
    told(&rota, &["agent", "leave", "agent0@shop.example", "--from", "2026-12-20", "--to", "2026-12-27"]);
    let all = ["--sticky", "30d", "--ramp", "3/1m", "--give-on-after", "15m", "--idle-after", "30m"];
    told(&rota, &[&["settings", "set", "--holiday", "2026-12-25=Christmas"], &all[..]].concat());
    let export = told(&rota, &["export-store"]);
    assert_eq!(rota.apply_text(&export, &["--dry-run"]).succeeded().stdout.trim_end(), "no changes");
    let path = rota.file("export.toml", &export);
    rota.cli_on("other.db", &["apply", &path]).succeeded();
    let again = rota.cli_on("other.db", &["export-store", "--store", STORE]).succeeded().stdout;
    assert_eq!(again.trim_end(), export);
}
