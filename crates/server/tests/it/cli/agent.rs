//! `agent online`, `agent offline`, `agent list`.

use crate::harness::load::IN_EFFECT;
use crate::harness::{Agent, Rota, STORE, StoreFile, tasks, until};

#[test]
fn going_offline_and_online_is_in_effect_soon() {
    let rota = Rota::with(StoreFile::default().agents([Agent::online(0)]).teams([]));
    for (word, expected) in
        [("offline", None), ("online", Some(100)), ("offline", None), ("online", Some(100))]
    {
        rota.cli(&["agent", word, "--store", STORE, "Agent0@shop.example"]).succeeded();
        until(IN_EFFECT, || (rota.dry_run(&tasks()).agent() == expected).then_some(()));
    }
}

#[test]
fn saying_it_twice_is_no_error() {
    let rota = Rota::prepared(StoreFile::default());
    for word in ["offline", "offline", "online", "online"] {
        rota.cli(&["agent", word, "--store", STORE, "agent0@shop.example"]).succeeded();
    }
}

#[test]
fn the_list_shows_who_is_online() {
    let rota = Rota::prepared(StoreFile::default().agents([Agent::online(0), Agent::offline(1)]));
    let list = rota.cli(&["agent", "list", "--store", STORE]).succeeded();
    for (mail, id, word) in
        [("agent0@shop.example", "100", "online"), ("agent1@shop.example", "101", "offline")]
    {
        let line = list.stdout.lines().find(|line| line.contains(mail)).unwrap_or_else(|| panic!("{list}"));
        assert!(line.contains(id) && line.contains(word), "{line}");
    }
}

#[test]
fn an_unknown_agent_or_store_is_told() {
    let rota = Rota::prepared(StoreFile::default());
    for word in ["online", "offline"] {
        let unknown = "agent9@shop.example";
        rota.cli(&["agent", word, "--store", STORE, unknown]).failed().tells(&[unknown]);
        rota.cli(&["agent", word, "--store", "nowhere", "agent0@shop.example"]).failed().tells(&["nowhere"]);
    }
    rota.cli(&["agent", "list", "--store", "nowhere"]).failed().tells(&["nowhere"]);
}
