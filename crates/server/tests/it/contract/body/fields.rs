//! Which fields are required when, their JSON types, and the names that are chosen from a list.

use crate::contract::table::Table;
use crate::harness::bodies::{with, without};
use crate::harness::{Rota, email, tasks, whatsapp};
use serde_json::{Value, json};

const STRINGS: [&str; 10] = [
    "channel",
    "bikCustomerId",
    "brandEmail",
    "customerEmail",
    "brandPhoneNumber",
    "customerPhoneNumber",
    "taskTitle",
    "assignmentType",
    "agentMail",
    "context",
];

#[test]
fn the_sample_of_each_channel_is_accepted() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    for body in [whatsapp(), email(), tasks()] {
        table.accepts(&body);
    }
}

#[test]
fn a_ticket_without_channel_is_refused_naming_the_field() {
    let rota = Rota::start();
    Table::new(&rota).refuses(&without(tasks(), "channel"), &["channel"]);
}

#[test]
fn each_channel_requires_its_own_fields_and_null_is_the_same_as_absent() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    for (body, fields) in [
        (tasks(), ["channel", "bikCustomerId", "taskTitle"]),
        (email(), ["bikCustomerId", "brandEmail", "customerEmail"]),
        (whatsapp(), ["bikCustomerId", "brandPhoneNumber", "customerPhoneNumber"]),
    ] {
        for field in fields {
            table.refuses(&without(body.clone(), field), &[field]);
            table.refuses(&with(body.clone(), field, Value::Null), &[field]);
        }
    }
}

#[test]
fn optional_fields_may_be_absent_or_null() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    for field in ["labelIds", "assignmentType", "agentMail", "teamId", "context"] {
        table.accepts(&with(tasks(), field, Value::Null));
    }
    for field in ["brandEmail", "customerEmail", "brandPhoneNumber", "customerPhoneNumber"] {
        table.accepts(&with(tasks(), field, Value::Null));
    }
    table.accepts(&with(whatsapp(), "taskTitle", Value::Null));
}

#[test]
fn a_string_field_takes_nothing_but_a_string() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    for field in STRINGS {
        for wrong in
            [json!(5), json!(5.5), json!(true), json!(false), json!([]), json!(["x"]), json!({}), json!(0)]
        {
            table.refuses(&with(tasks(), field, wrong), &[field]);
        }
    }
}

#[test]
fn a_customer_id_sent_as_a_number_is_refused_not_converted() {
    let rota = Rota::start();
    Table::new(&rota).refuses(&with(tasks(), "bikCustomerId", 5_233_549), &["bikCustomerId"]);
}

#[test]
fn the_channel_is_read_in_any_case_and_answered_in_lower_case() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    for (body, names) in [
        (whatsapp(), ["WHATSAPP", "whatsapp", "WhatsApp"]),
        (email(), ["EMAIL", "email", "eMail"]),
        (tasks(), ["TASKS", "tasks", "tAsKs"]),
    ] {
        for name in names {
            let response = table.accepts(&with(body.clone(), "channel", name));
            assert_eq!(response.json()["data"]["ticket"]["channelName"], name.to_lowercase());
        }
    }
}

#[test]
fn an_unknown_channel_is_refused() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    // The last two become TASKS when letters outside ASCII are folded.
    for name in
        ["", "SMS", " TASKS", "TASKS ", "TASK", "TASKS,EMAIL", "ＴＡＳＫＳ", "TA\u{17f}KS", "tas\u{212a}s"]
    {
        table.refuses(&with(tasks(), "channel", name), &["channel"]);
    }
}

#[test]
fn the_assignment_type_is_read_in_any_case() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    for name in ["ALL_AGENTS", "all_agents", "All_Agents"] {
        table.accepts(&with(tasks(), "assignmentType", name));
    }
    for name in ["SPECIFIC_AGENT", "specific_agent", "Specific_Agent"] {
        let body = with(with(tasks(), "assignmentType", name), "agentMail", "agent2@shop.example");
        assert_eq!(table.accepts(&body).agent(), Some(102));
    }
    for name in ["SPECIFIC_TEAM", "specific_team", "Specific_Team"] {
        let body = with(with(tasks(), "assignmentType", name), "teamId", 31);
        assert_eq!(table.accepts(&body).team(), Some(31));
    }
}

#[test]
fn an_unknown_assignment_type_is_refused() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    for name in ["", "ALL", "ALL AGENTS", "ALL-AGENTS", " ALL_AGENTS", "ROUND_ROBIN", "SPECIFIC_AGENTS"] {
        table.refuses(&with(tasks(), "assignmentType", name), &["assignmentType"]);
    }
}

#[test]
fn an_agent_or_a_team_asked_for_has_to_be_named() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    let agent = with(tasks(), "assignmentType", "SPECIFIC_AGENT");
    table.refuses(&agent, &["agentMail"]);
    table.refuses(&with(agent.clone(), "agentMail", Value::Null), &["agentMail"]);
    table.refuses(&with(agent, "teamId", 31), &["agentMail"]);
    let team = with(tasks(), "assignmentType", "SPECIFIC_TEAM");
    table.refuses(&team, &["teamId"]);
    table.refuses(&with(team.clone(), "teamId", Value::Null), &["teamId"]);
    table.refuses(&with(team, "agentMail", "agent0@shop.example"), &["teamId"]);
}

#[test]
fn names_of_fields_are_compared_to_the_letter() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    for (right, wrong) in
        [("channel", "Channel"), ("bikCustomerId", "bikCustomerID"), ("taskTitle", "tasktitle")]
    {
        let body = tasks();
        let value = body[right].clone();
        table.refuses(&with(without(body, right), wrong, value), &[right]);
    }
}
