//! Unknown fields are passed over, and told back so that a misspelt one can be found.

use crate::contract::table::Table;
use crate::harness::bodies::{tasks_and, with};
use crate::harness::{Rota, tasks};
use serde_json::json;

#[test]
fn unknown_fields_are_ignored_and_named() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    let body = with(with(tasks(), "appId", "shop"), "labelIDs", json!([7]));
    let mut names = table.accepts(&body).ignored_fields();
    names.sort();
    assert_eq!(names, ["appId", "labelIDs"]);
    assert_eq!(rota.last_ticket()["labelIds"], json!([]));
}

#[test]
fn without_unknown_fields_there_is_no_header() {
    let rota = Rota::start();
    let response = rota.create(&tasks());
    assert_eq!(response.header("rota-ignored-fields"), None, "{response}");
}

#[test]
fn a_refused_request_names_its_unknown_fields_too() {
    let rota = Rota::start();
    let body = json!({ "channel": "TASKS", "bikCustomerID": "5233549", "taskTitle": "Call back" });
    let response = rota.create(&body);
    response.refuses(&["bikCustomerId"]);
    assert_eq!(response.ignored_fields(), ["bikCustomerID"]);
}

#[test]
fn one_name_stands_as_it_is_and_two_have_a_comma_and_a_space_between() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    let response = table.accepts_bytes(tasks_and(r#""appId":1"#));
    assert_eq!(response.header("rota-ignored-fields"), Some("appId"));
    let response = table.accepts_bytes(tasks_and(r#""appId":1,"source":2"#));
    assert_eq!(response.header("rota-ignored-fields"), Some("appId, source"));
}

#[test]
fn names_are_percent_encoded() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    for name in
        ["a b", "a,b", "a, b", "100%", "%41", "é", "नाम", "😀", "a\r\nSet-Cookie: x", "\u{0}", "\u{7f}", "\t"]
    {
        let response = table.accepts(&with(tasks(), name, 1));
        assert_eq!(response.ignored_fields(), [name], "{response}");
        assert_eq!(response.header("set-cookie"), None, "{response}");
    }
}

#[test]
fn at_most_16_names_are_told() {
    let rota = Rota::start();
    let names: Vec<String> = (10..30).map(|number| format!("field{number}")).collect();
    for (sent, told) in [(15, 15), (16, 16), (17, 16), (20, 16)] {
        let body = names[..sent].iter().fold(tasks(), |body, name| with(body, name, true));
        let ignored = rota.create(&body).ignored_fields();
        assert_eq!(ignored.len(), told);
        assert!(ignored.iter().all(|name| names.contains(name)), "{ignored:?}");
    }
}

#[test]
fn the_names_told_take_at_most_1_kib() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    for letter in ["n", "é"] {
        let names: Vec<String> = (10..26).map(|number| format!("{}{number}", letter.repeat(98))).collect();
        let body = names.iter().fold(tasks(), |body, name| with(body, name, true));
        let ignored = table.accepts(&body).ignored_fields();
        assert!(!ignored.is_empty());
        assert!(ignored.iter().all(|name| names.contains(name)), "each name whole: {ignored:?}");
    }
}

#[test]
fn a_name_that_does_not_fit_hides_no_other() {
    let rota = Rota::start();
    let long = format!("\"{}\":1", "n".repeat(5_000));
    let response = rota.send(&rota.request().body(tasks_and(&long)));
    assert_eq!((response.status, response.header("rota-ignored-fields")), (200, None), "{response}");
    let response = rota.send(&rota.request().body(tasks_and(&format!("{long},\"labelIDs\":[7]"))));
    assert_eq!(response.header("rota-ignored-fields"), Some("labelIDs"), "{response}");
}

#[test]
fn unknown_fields_may_hold_what_fields_of_the_table_may_not() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    for member in [
        r#""x":"\u0000""#,
        r#""x":"\ud800""#,
        r#""x":["\udc00",{"y":"\ud83d"}]"#,
        r#""x":{"\u0000":1,"\ud800":2}"#,
        r#""x":1,"x":2"#,
        r#""x":{"channel":"A","channel":"B"}"#,
        r#""x":{"a":1,"a":2}"#,
        r#""\ud800":1"#,
        r#""":1"#,
        r#""x":1e400"#,
        r#""x":99999999999999999999999999"#,
        r#""x":[null,1.5,-0,0.0,1E+2,true,{}]"#,
    ] {
        table.accepts_bytes(tasks_and(member));
    }
}
