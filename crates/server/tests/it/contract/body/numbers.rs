//! labelIds and teamId: integers, taken as they are written or not at all.

use crate::contract::table::Table;
use crate::harness::bodies::{for_team, tasks_and, with, without};
use crate::harness::{Rota, StoreFile, tasks};
use serde_json::{Value, json};

/// JSON texts that are no integer in i64.
const NO_INTEGERS: [&str; 15] = [
    "7.0",
    "7.5",
    "7e0",
    "7E0",
    "70e-1",
    "1e2",
    "-7.0",
    "9223372036854775808",
    "-9223372036854775809",
    "99999999999999999999999999",
    "\"7\"",
    "true",
    "{}",
    "[7]",
    "1e400",
];

#[test]
fn labels_are_active_labels_of_the_store() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    for labels in [json!([]), json!([7]), json!([7, 8]), json!([8, 7]), Value::Null] {
        table.accepts(&with(tasks(), "labelIds", labels));
    }
    for labels in [json!([9]), json!([7, 9]), json!([0]), json!([-7]), json!([i64::MAX]), json!([i64::MIN])] {
        table.refuses(&with(tasks(), "labelIds", labels), &["labelIds"]);
    }
}

#[test]
fn repeated_labels_collapse() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    table.accepts(&with(tasks(), "labelIds", json!([8, 7, 7, 8, 7])));
    let mut stored: Vec<i64> = serde_json::from_value(rota.last_ticket()["labelIds"].take()).unwrap();
    stored.sort_unstable();
    assert_eq!(stored, [7, 8]);
}

#[test]
fn labels_are_at_most_50_entries_as_sent() {
    let rota = Rota::with(StoreFile::default().labels(1..=51));
    let mut table = Table::new(&rota);
    let all: Vec<i64> = (1..=51).collect();
    table.accepts(&with(tasks(), "labelIds", &all[..50]));
    assert_eq!(rota.last_ticket()["labelIds"].as_array().map(Vec::len), Some(50));
    table.refuses(&with(tasks(), "labelIds", &all[..]), &["labelIds"]);
    table.accepts(&with(tasks(), "labelIds", vec![7; 50]));
    table.refuses(&with(tasks(), "labelIds", vec![7; 51]), &["labelIds"]);
}

#[test]
fn labels_that_are_not_integers_are_refused_never_repaired() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    for text in NO_INTEGERS {
        table.refuses_bytes(tasks_and(&format!("\"labelIds\":[{text}]")), &["labelIds"]);
        table.refuses_bytes(tasks_and(&format!("\"labelIds\":[7,{text}]")), &["labelIds"]);
    }
    table.refuses_bytes(tasks_and(r#""labelIds":[null]"#), &["labelIds"]);
    table.refuses_bytes(tasks_and(r#""labelIds":[7,null]"#), &["labelIds"]);
}

#[test]
fn labels_are_an_array() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    for text in ["7", "\"7\"", "\"[7]\"", "{}", "{\"0\":7}", "true", "false", "\"\""] {
        table.refuses_bytes(tasks_and(&format!("\"labelIds\":{text}")), &["labelIds"]);
    }
}

#[test]
fn a_team_is_an_active_team_of_the_store() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    assert_eq!(table.accepts(&for_team(31)).team(), Some(31));
    for id in [30, 0, -31, i64::MAX, i64::MIN] {
        table.refuses(&for_team(id), &["teamId"]);
    }
}

#[test]
fn a_team_id_that_is_not_an_integer_is_refused_never_repaired() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    for text in NO_INTEGERS.iter().chain(&["31.0", "31e0", "\"31\"", "[31]", "[]"]) {
        let member = format!("\"assignmentType\":\"SPECIFIC_TEAM\",\"teamId\":{text}");
        table.refuses_bytes(tasks_and(&member), &["teamId"]);
    }
}

#[test]
fn the_ends_of_i64_are_right_in_form() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    // A missing title keeps the references from being judged, so only form is seen here.
    let incomplete = without(tasks(), "taskTitle");
    for number in [i64::MAX, i64::MIN] {
        table.refuses(&with(incomplete.clone(), "labelIds", vec![number]), &["taskTitle"]);
        table.refuses(&with(incomplete.clone(), "teamId", number), &["taskTitle"]);
    }
    for text in ["9223372036854775808", "-9223372036854775809"] {
        let body =
            format!(r#"{{"channel":"TASKS","bikCustomerId":"5233549","teamId":{text},"labelIds":[{text}]}}"#);
        table.refuses_bytes(body, &["taskTitle", "teamId", "labelIds"]);
    }
}
