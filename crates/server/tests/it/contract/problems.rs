//! Every problem of form at once; where the form is right, every problem of reference at once.

use crate::harness::bodies::{for_agent, for_team, tasks_of_length, with, without};
use crate::harness::load::IN_EFFECT;
use crate::harness::{CREATE, Request, Rota, StoreFile, email, tasks, until, whatsapp};
use serde_json::json;

#[test]
fn an_error_is_told_as_documented() {
    let rota = Rota::start();
    let response = rota.create(&without(email(), "customerEmail"));
    insta::assert_snapshot!(
        response.text(),
        @r#"{"status":400,"errors":[{"message":"Invalid payload!","field":"customerEmail","detail":"is required when channel is EMAIL"}]}"#
    );
    assert!(response.header("content-type").is_some_and(|kind| kind.starts_with("application/json")));
}

#[test]
fn errors_without_a_field_are_the_seeds_own() {
    let rota = Rota::start();
    let response = rota.send(&rota.request().without_header("Authorization").json(&tasks()));
    insta::assert_snapshot!(response.text(), @r#"{"status":401,"errors":[{"message":"Unauthorized"}]}"#);
    let response = rota.send(&rota.request_to("/nothing"));
    insta::assert_snapshot!(response.text(), @r#"{"status":404,"errors":[{"message":"Not Found"}]}"#);
    let response = rota.send(&Request::get(CREATE));
    insta::assert_snapshot!(response.text(), @r#"{"status":405,"errors":[{"message":"Method Not Allowed"}]}"#);
    let response = rota.send(&rota.request().body(tasks_of_length(256 * 1024 + 1)));
    insta::assert_snapshot!(response.text(), @r#"{"status":413,"errors":[{"message":"Payload Too Large"}]}"#);
    let keyed = rota.request().header("Idempotency-Key", "k");
    rota.send(&keyed.clone().json(&tasks()));
    let response = rota.send(&keyed.json(&whatsapp()));
    insta::assert_snapshot!(response.text(), @r#"{"status":422,"errors":[{"message":"Idempotency Key Reused"}]}"#);
    let slow = rota.request().authorization(&rota.key(&["--rate", "1"])).json(&tasks());
    let limited = until(IN_EFFECT, || Some(rota.send(&slow)).filter(|response| response.status != 200));
    insta::assert_snapshot!(limited.text(), @r#"{"status":429,"errors":[{"message":"Too Many Requests"}]}"#);
}

#[test]
fn several_errors_are_told_as_documented() {
    let rota = Rota::start();
    let form = json!({ "channel": "WHATSAPP", "labelIds": [null], "brandPhoneNumber": "12", "context": 5 });
    insta::assert_snapshot!(rota.create(&form).text(), @r#"{"status":400,"errors":[{"message":"Invalid payload!","field":"bikCustomerId","detail":"is required"},{"message":"Invalid payload!","field":"labelIds","detail":"entry 1: must be an integer"},{"message":"Invalid payload!","field":"brandPhoneNumber","detail":"must be a phone number in E.164 form: +, then 7 to 15 digits, the first not 0"},{"message":"Invalid payload!","field":"customerPhoneNumber","detail":"is required when channel is WHATSAPP"},{"message":"Invalid payload!","field":"context","detail":"must be a string"}]}"#);
    let references = with(with(for_team(99), "labelIds", vec![7, 99]), "bikCustomerId", "nobody");
    insta::assert_snapshot!(rota.create(&references).text(), @r#"{"status":400,"errors":[{"message":"Invalid payload!","field":"bikCustomerId","detail":"is not a customer of this store"},{"message":"Invalid payload!","field":"labelIds","detail":"99 is not an active label of this store"},{"message":"Invalid payload!","field":"teamId","detail":"is not an active team of this store"}]}"#);
    insta::assert_snapshot!(rota.send(&rota.request().body("{")).text(), @r#"{"status":400,"errors":[{"message":"Invalid payload!","field":"body","detail":"is not valid JSON"}]}"#);
}

#[test]
fn every_problem_of_form_is_listed_at_once() {
    let rota = Rota::start();
    rota.create(&json!({})).refuses(&["channel", "bikCustomerId"]);
    rota.create(&json!({ "channel": "EMAIL" })).refuses(&["bikCustomerId", "brandEmail", "customerEmail"]);
    rota.create(&json!({ "channel": "WHATSAPP", "assignmentType": "SPECIFIC_TEAM" })).refuses(&[
        "bikCustomerId",
        "brandPhoneNumber",
        "customerPhoneNumber",
        "teamId",
    ]);
    let all_wrong = json!({
        "channel": "FAX",
        "bikCustomerId": 5_233_549,
        "labelIds": [null],
        "brandEmail": 1,
        "customerEmail": 2,
        "brandPhoneNumber": 3,
        "customerPhoneNumber": 4,
        "taskTitle": 5,
        "assignmentType": "SOMEBODY",
        "agentMail": 6,
        "teamId": "31",
        "context": 7,
    });
    let every: Vec<&str> = all_wrong.as_object().unwrap().keys().map(String::as_str).collect();
    rota.create(&all_wrong).refuses(&every);
}

#[test]
fn a_field_with_two_faults_is_listed_once() {
    let rota = Rota::start();
    rota.create(&with(tasks(), "labelIds", json!([null, 7.5, "8"]))).refuses(&["labelIds"]);
    rota.create(&with(tasks(), "labelIds", json!([97, 98, 99]))).refuses(&["labelIds"]);
    rota.create(&with(tasks(), "bikCustomerId", "\u{0}".repeat(200))).refuses(&["bikCustomerId"]);
}

#[test]
fn every_problem_of_reference_is_listed_at_once() {
    let rota = Rota::start();
    let body = with(with(whatsapp(), "bikCustomerId", "nobody"), "labelIds", json!([7, 99]));
    let body = with(with(body, "brandPhoneNumber", "+911111111111"), "assignmentType", "SPECIFIC_AGENT");
    let body = with(body, "agentMail", "nobody@shop.example");
    rota.create(&body).refuses(&["bikCustomerId", "labelIds", "brandPhoneNumber", "agentMail"]);
    let body = with(with(email(), "bikCustomerId", "nobody"), "brandEmail", "sales@shop.example");
    let body = with(with(body, "assignmentType", "SPECIFIC_TEAM"), "teamId", 99);
    rota.create(&body).refuses(&["bikCustomerId", "brandEmail", "teamId"]);
}

#[test]
fn references_are_judged_only_where_the_form_is_right() {
    let rota = Rota::start();
    let body = with(with(tasks(), "bikCustomerId", "nobody"), "labelIds", json!([99]));
    rota.create(&body).refuses(&["bikCustomerId", "labelIds"]);
    rota.create(&with(body, "taskTitle", "")).refuses(&["taskTitle"]);
}

#[test]
fn a_refused_ticket_leaves_nothing_behind_and_takes_no_turn_and_no_number() {
    let rota = Rota::start();
    assert_eq!(rota.create(&tasks()).agent(), Some(100));
    rota.create(&with(tasks(), "bikCustomerId", "nobody")).refuses(&["bikCustomerId"]);
    rota.create(&with(tasks(), "labelIds", json!([99]))).refuses(&["labelIds"]);
    rota.create(&with(tasks(), "taskTitle", "")).refuses(&["taskTitle"]);
    let response = rota.create(&tasks());
    assert_eq!((response.id(), response.agent()), (2, Some(101)));
    assert_eq!(rota.tickets().len(), 2);
}

#[test]
fn what_was_archived_is_refused() {
    let rota = Rota::start();
    let labelled = with(tasks(), "labelIds", json!([8]));
    for body in [&for_agent("agent2@shop.example"), &for_team(31), &labelled, &whatsapp()] {
        assert_eq!(rota.dry_run(body).status, 200);
    }
    let mut file = StoreFile::default();
    file.agents.pop();
    file.labels.pop();
    file.whatsapp = vec!["+911111111111".to_owned()];
    file.teams[0].id = 32;
    file.teams[0].name = "Others".to_owned();
    rota.apply_with(&file, &["--yes"]).succeeded();
    let gone = [
        (for_agent("agent2@shop.example"), "agentMail"),
        (for_team(31), "teamId"),
        (labelled, "labelIds"),
        (whatsapp(), "brandPhoneNumber"),
    ];
    for (body, field) in gone {
        let response = until(IN_EFFECT, || {
            let response = rota.dry_run(&body);
            (response.status != 200).then_some(response)
        });
        response.refuses(&[field]);
    }
}
