//! The answer to a created ticket, to the letter.

use crate::harness::bodies::{for_agent, for_team, with};
use crate::harness::{Rota, StoreFile, email, tasks, whatsapp};
use serde_json::json;

#[test]
fn the_sample_request_is_answered_in_the_documented_shape() {
    let rota = Rota::start();
    let response = rota.create(&whatsapp());
    assert_eq!(response.status, 200);
    assert_eq!(response.header("content-type"), Some("application/json"));
    insta::assert_snapshot!(
        response.text(),
        @r#"{"status":200,"success":true,"data":{"ticket":{"id":1,"customerId":"5233549","storeId":"p60HYv5wjgQaOrPdqT5NjbpkroD2","agentId":100,"teamId":null,"channelName":"whatsapp"}}}"#
    );
}

#[test]
fn a_team_and_nobody_are_shown_as_a_number_and_null() {
    let rota = Rota::with(StoreFile::default().policy("unassigned"));
    let response = rota.create(&for_team(31));
    insta::assert_snapshot!(
        response.text(),
        @r#"{"status":200,"success":true,"data":{"ticket":{"id":1,"customerId":"5233549","storeId":"p60HYv5wjgQaOrPdqT5NjbpkroD2","agentId":null,"teamId":31,"channelName":"tasks"}}}"#
    );
}

#[test]
fn a_mail_ticket_for_an_agent() {
    let rota = Rota::start();
    let body = with(with(email(), "assignmentType", "SPECIFIC_AGENT"), "agentMail", "agent2@shop.example");
    insta::assert_snapshot!(
        rota.create(&body).text(),
        @r#"{"status":200,"success":true,"data":{"ticket":{"id":1,"customerId":"5233549","storeId":"p60HYv5wjgQaOrPdqT5NjbpkroD2","agentId":102,"teamId":null,"channelName":"email"}}}"#
    );
}

#[test]
fn names_that_need_escaping_come_back_whole() {
    let customer = "a\"b\\c/é😀";
    let rota = Rota::with(StoreFile::default().store("shop \"x\"").customers(&["5233549", customer]));
    let ticket = rota.create(&with(tasks(), "bikCustomerId", customer)).json()["data"]["ticket"].take();
    assert_eq!(ticket["customerId"], customer);
    assert_eq!(ticket["storeId"], "shop \"x\"");
}

#[test]
fn ids_count_up_from_one_without_gaps() {
    let rota = Rota::start();
    let mut connection = rota.connect();
    for expected in 1..=20 {
        let request = rota.request();
        connection.call(&request.clone().body("{}")).is_refused();
        connection
            .call(&request.clone().json(&with(tasks(), "labelIds", json!([99]))))
            .refuses(&["labelIds"]);
        assert_eq!(connection.call(&request.json(&tasks())).id(), expected);
    }
}

#[test]
fn what_was_answered_is_what_is_listed() {
    let rota = Rota::start();
    let bodies = [whatsapp(), email(), tasks(), for_agent("agent1@shop.example"), for_team(31)];
    let answers: Vec<_> =
        bodies.iter().map(|body| rota.create(body).json()["data"]["ticket"].take()).collect();
    let listed = rota.tickets();
    assert_eq!(listed.len(), answers.len());
    for (listed, answered) in listed.iter().zip(&answers) {
        for member in ["id", "customerId", "storeId", "agentId", "teamId", "channelName"] {
            assert_eq!(listed[member], answered[member], "{member} of {answered}");
        }
    }
}
