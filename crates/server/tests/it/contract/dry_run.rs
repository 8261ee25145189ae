//! `Rota-Dry-Run: true`: the decision without the ticket.

use crate::harness::bodies::{for_agent, for_team, with_context};
use crate::harness::{Agent, Request, Rota, StoreFile, tasks};
use serde_json::json;

fn dry(rota: &Rota) -> Request {
    rota.request().header("Rota-Dry-Run", "true").json(&tasks())
}

#[test]
fn a_dry_run_answers_id_0_and_the_receipt_after_the_ticket() {
    let rota = Rota::start();
    let response = rota.send(&dry(&rota));
    assert_eq!(response.status, 200, "{response}");
    assert_eq!(response.header("rota-dry-run"), Some("true"));
    let ticket = r#"{"status":200,"success":true,"data":{"ticket":{"id":0,"customerId":"5233549","storeId":"p60HYv5wjgQaOrPdqT5NjbpkroD2","agentId":100,"teamId":null,"channelName":"tasks"},"receipt":{"#;
    assert!(response.text().starts_with(ticket), "{response}");
    let data = response.json()["data"].take();
    assert_eq!(data.as_object().unwrap().len(), 2, "{response}");
    let receipt = &data["receipt"];
    assert_eq!((&receipt["policy"], &receipt["chosen"]), (&json!("round_robin"), &json!(100)));
    assert_eq!(receipt["turnBefore"], json!(null));
}

#[test]
fn a_receipt_is_told_as_documented() {
    let agents = [Agent::online(0).max_open(1), Agent::online(1), Agent::offline(2)];
    let rota = Rota::with(StoreFile::default().agents(agents));
    rota.create(&for_team(31));
    insta::assert_snapshot!(rota.dry_run(&tasks()).text(), @r#"{"status":200,"success":true,"data":{"ticket":{"id":0,"customerId":"5233549","storeId":"p60HYv5wjgQaOrPdqT5NjbpkroD2","agentId":101,"teamId":null,"channelName":"tasks"},"receipt":{"route":"pool","rule":null,"skipped":[],"policy":"round_robin","pool":{"kind":"store","id":null,"name":null},"turnBefore":null,"chosen":101,"turnAfter":101,"outcome":"assigned","considered":3,"seats":[{"agentId":100,"name":"agent0","reason":"at_limit","open":1,"limit":1,"until":null},{"agentId":101,"name":"agent1","reason":"chosen","open":null,"limit":null,"until":null}],"others":{"offline":1},"text":"agent1 was next in the store's pool (passed over: agent0 has 1 of 1 open)."}}}"#);
    insta::assert_snapshot!(rota.dry_run(&for_team(31)).text(), @r#"{"status":200,"success":true,"data":{"ticket":{"id":0,"customerId":"5233549","storeId":"p60HYv5wjgQaOrPdqT5NjbpkroD2","agentId":101,"teamId":31,"channelName":"tasks"},"receipt":{"route":"pool","rule":null,"skipped":[],"policy":"round_robin","pool":{"kind":"team","id":31,"name":"Returns"},"turnBefore":100,"chosen":101,"turnAfter":101,"outcome":"assigned","considered":2,"seats":[{"agentId":101,"name":"agent1","reason":"chosen","open":null,"limit":null,"until":null}],"others":{"at_limit":1},"text":"agent1 was next in the pool of team Returns."}}}"#);
    insta::assert_snapshot!(rota.dry_run(&for_agent("agent2@shop.example")).text(), @r#"{"status":200,"success":true,"data":{"ticket":{"id":0,"customerId":"5233549","storeId":"p60HYv5wjgQaOrPdqT5NjbpkroD2","agentId":102,"teamId":null,"channelName":"tasks"},"receipt":{"route":"asked","rule":null,"skipped":[],"policy":null,"pool":null,"turnBefore":null,"chosen":102,"turnAfter":null,"outcome":"assigned","considered":1,"seats":[{"agentId":102,"name":"agent2","reason":"chosen","open":null,"limit":null,"until":null}],"others":{},"text":"agent2 was asked for by name."}}}"#);
}

#[test]
fn a_dry_run_writes_nothing_and_moves_no_turn() {
    let rota = Rota::start();
    for _ in 0..5 {
        let response = rota.send(&dry(&rota));
        assert_eq!((response.id(), response.agent()), (0, Some(100)));
    }
    assert!(rota.tickets().is_empty());
    let response = rota.create(&tasks());
    assert_eq!((response.id(), response.agent()), (1, Some(100)));
    assert_eq!(rota.send(&dry(&rota)).agent(), Some(101));
    rota.cli(&["check"]).succeeded();
}

#[test]
fn a_dry_run_is_decided_as_the_real_one_would_be() {
    let agents = [Agent::online(0).max_open(1), Agent::online(1), Agent::offline(2)];
    let rota = Rota::with(StoreFile::default().agents(agents));
    for body in [tasks(), for_team(31), for_agent("agent2@shop.example"), tasks(), for_team(31), tasks()] {
        let (foretold, real) = (rota.dry_run(&body), rota.create(&body));
        assert_eq!((foretold.agent(), foretold.team()), (real.agent(), real.team()), "{body}");
    }
}

#[test]
fn a_dry_run_is_validated_and_authenticated_like_any_request() {
    let rota = Rota::start();
    rota.send(&dry(&rota).body("{}")).refuses(&["channel", "bikCustomerId"]);
    rota.send(&dry(&rota).json(&for_team(99))).refuses(&["teamId"]);
    rota.send(&dry(&rota).without_header("Content-Type")).refuses(&["Content-Type"]);
    rota.send(&dry(&rota).without_header("Authorization")).is_error(401);
    rota.send(&dry(&rota).body(vec![b' '; 300_000])).is_error(413);
}

#[test]
fn false_is_the_same_as_absent() {
    let rota = Rota::start();
    let response = rota.send(&dry(&rota).replace_header("Rota-Dry-Run", "false"));
    assert_eq!(response.id(), 1);
    assert_eq!(response.header("rota-dry-run"), None, "{response}");
    assert_eq!(response.json()["data"].as_object().unwrap().len(), 1, "{response}");
}

#[test]
fn any_other_value_and_a_repeated_header_are_refused() {
    let rota = Rota::start();
    for value in ["", "1", "0", "yes", "True", "TRUE", "true, true", "truely", "tru"] {
        println!("{value}");
        rota.send(&dry(&rota).replace_header("Rota-Dry-Run", value)).refuses(&["Rota-Dry-Run"]);
    }
    for second in ["true", "false"] {
        rota.send(&dry(&rota).header("Rota-Dry-Run", second)).refuses(&["Rota-Dry-Run"]);
    }
    let request = dry(&rota).replace_header("Rota-Dry-Run", "false");
    rota.send(&request.header("Rota-Dry-Run", "false")).refuses(&["Rota-Dry-Run"]);
    assert!(rota.tickets().is_empty());
}

#[test]
fn a_broken_value_is_told_even_where_the_idempotency_key_has_a_record() {
    let rota = Rota::start();
    let real = rota.request().header("Idempotency-Key", "k").json(&tasks());
    assert_eq!(rota.send(&real).id(), 1);
    rota.send(&real.header("Rota-Dry-Run", "yes")).refuses(&["Rota-Dry-Run"]);
}

#[test]
fn a_dry_run_neither_makes_nor_reads_an_idempotency_record() {
    let rota = Rota::start();
    let request = dry(&rota).header("Idempotency-Key", "k");
    assert_eq!(rota.send(&request).id(), 0);
    let real = request.without_header("Rota-Dry-Run").json(&with_context("real"));
    let first = rota.send(&real);
    assert_eq!(first.id(), 1);
    assert!(!first.is_replay(), "{first}");
    for request in [real.clone(), real.clone().json(&tasks())] {
        let dry = rota.send(&request.header("Rota-Dry-Run", "true"));
        assert_eq!(dry.id(), 0);
        assert!(!dry.is_replay(), "{dry}");
    }
    assert!(rota.send(&real).is_replay());
}

#[test]
fn a_dry_run_neither_opens_nor_uses_a_dedupe_window() {
    let rota = Rota::with(StoreFile::default().dedupe_window("1h"));
    assert_eq!(rota.send(&dry(&rota)).id(), 0);
    assert!(!rota.create(&tasks()).is_replay());
    let response = rota.send(&dry(&rota));
    assert_eq!(response.id(), 0);
    assert!(!response.is_replay(), "{response}");
}

#[test]
fn a_dry_run_counts_towards_the_rate_limit() {
    let rota = Rota::start();
    let slow = rota.key(&["--rate", "1"]);
    let mut connection = rota.connect();
    let statuses: Vec<u16> =
        (0..10).map(|_| connection.call(&dry(&rota).authorization(&slow)).status).collect();
    assert_eq!(statuses[0], 200);
    assert!(statuses.contains(&429), "{statuses:?}");
}
