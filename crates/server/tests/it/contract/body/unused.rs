//! Fields that the channel or the assignment type does not use: only their type is judged.

use crate::contract::table::Table;
use crate::harness::bodies::{for_agent, tasks_and, with};
use crate::harness::{Rota, email, tasks, whatsapp};
use serde_json::json;

#[test]
fn what_an_unused_field_says_is_not_judged() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    let long = "x".repeat(2_000);
    for text in ["", " ", "nonsense", &long] {
        for field in ["brandEmail", "customerEmail", "taskTitle", "agentMail"] {
            table.accepts(&with(whatsapp(), field, text));
        }
        for field in ["brandPhoneNumber", "customerPhoneNumber", "taskTitle", "agentMail"] {
            table.accepts(&with(email(), field, text));
        }
        for field in ["brandEmail", "customerEmail", "brandPhoneNumber", "customerPhoneNumber", "agentMail"] {
            table.accepts(&with(tasks(), field, text));
        }
    }
    for id in [0, -1, 99, i64::MAX] {
        table.accepts(&with(tasks(), "teamId", id));
        table.accepts(&with(for_agent("agent0@shop.example"), "teamId", id));
    }
}

#[test]
fn an_unused_field_must_be_of_its_type() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    for (body, field) in [
        (whatsapp(), "brandEmail"),
        (whatsapp(), "customerEmail"),
        (whatsapp(), "taskTitle"),
        (email(), "brandPhoneNumber"),
        (email(), "customerPhoneNumber"),
        (email(), "agentMail"),
        (tasks(), "brandEmail"),
    ] {
        for wrong in [json!(5), json!(true), json!([]), json!({})] {
            table.refuses(&with(body.clone(), field, wrong), &[field]);
        }
    }
    for wrong in ["\"31\"", "31.0", "3e1", "9223372036854775808", "true", "[]", "{}"] {
        table.refuses_bytes(tasks_and(&format!("\"teamId\":{wrong}")), &["teamId"]);
    }
}

#[test]
fn the_refusals_of_text_hold_for_unused_fields_too() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    for field in ["brandEmail", "customerEmail", "brandPhoneNumber", "customerPhoneNumber", "agentMail"] {
        table.refuses_bytes(tasks_and(&format!("\"{field}\":\"\\u0000\"")), &[field]);
        table.refuses_bytes(tasks_and(&format!("\"{field}\":\"\\ud800\"")), &[field]);
        table.refuses_bytes(tasks_and(&format!("\"{field}\":\"a\",\"{field}\":\"a\"")), &[field]);
    }
    table.refuses_bytes(tasks_and(r#""teamId":31,"teamId":31"#), &["teamId"]);
}

#[test]
fn an_unused_field_has_no_effect() {
    let rota = Rota::start();
    let body = with(with(tasks(), "teamId", 31), "agentMail", "agent2@shop.example");
    let response = rota.create(&body);
    assert_eq!((response.agent(), response.team()), (Some(100), None));
    let response = rota.create(&with(for_agent("agent2@shop.example"), "teamId", 31));
    assert_eq!((response.agent(), response.team()), (Some(102), None));
}
