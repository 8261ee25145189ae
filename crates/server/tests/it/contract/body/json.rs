//! The body as JSON: one object, UTF-8, nothing after it, each field of the table once, not too deep.

use crate::contract::table::Table;
use crate::harness::bodies::tasks_and;
use crate::harness::{Rota, tasks};

#[test]
fn the_body_is_one_json_object() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    for body in ["", " ", "null", "true", "5", "\"x\"", "[]", "[{}]", "{", "}", "{]", "undefined"] {
        table.refuses_body(body);
    }
}

#[test]
fn what_is_almost_json_is_refused() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    let values = [
        "01",
        "+1",
        ".5",
        "1.",
        "-",
        "1e",
        "1e+",
        "0x1F",
        "NaN",
        "Infinity",
        "-Infinity",
        "TRUE",
        "nul",
        "'a'",
        "[1,]",
        "[,1]",
        "{\"a\":1,}",
        "{a:1}",
        "{\"a\" 1}",
        "\"\\x41\"",
        "\"\\u12\"",
        "\"\\u12G4\"",
        "\"a\nb\"",
        "\"a\tb\"",
        "\"a\u{0}b\"",
        "\"open",
        "/* */ 1",
        "1 // one",
        "",
    ];
    for value in values {
        table.refuses_body(tasks_and(&format!("\"x\":{value}")));
    }
    table.refuses_body(tasks_and(""));
    table.refuses_body(tasks().to_string().replace(',', ";"));
}

#[test]
fn white_space_around_the_object_is_fine_and_anything_else_is_not() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    let body = tasks();
    table.accepts_bytes(format!(" \t\r\n{body}\r\n\t "));
    table.accepts_bytes(serde_json::to_vec_pretty(&body).unwrap());
    for after in ["x", "{}", ",", "}", "null", "\u{0}", "\u{a0}", "\u{feff}", "//"] {
        table.refuses_body(format!("{body}{after}"));
        table.refuses_body(format!("{body} {after}"));
    }
    table.refuses_body(format!("{body}{body}"));
    table.refuses_body(format!("x{body}"));
}

#[test]
fn the_body_is_utf8_everywhere() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    // A stray continuation, a cut character, an overlong slash, a surrogate in bytes, one past U+10FFFF.
    let wrong: [&[u8]; 6] =
        [b"\x80", b"\xe2\x82", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xff"];
    for bytes in wrong {
        for name in ["context", "unknown"] {
            let mut body = tasks_and(&format!("\"{name}\":\"@\""));
            let place = body.iter().position(|byte| *byte == b'@').unwrap();
            body.splice(place..=place, bytes.iter().copied());
            table.refuses_body(body);
        }
    }
}

#[test]
fn a_field_of_the_table_given_twice_is_refused_naming_it() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    table.refuses_bytes(tasks_and(r#""taskTitle":"Call back""#), &["taskTitle"]);
    table.refuses_bytes(tasks_and(r#""channel":"TASKS""#), &["channel"]);
    table.refuses_bytes(tasks_and(r#""taskTitle":null"#), &["taskTitle"]);
    table.refuses_bytes(tasks_and(r#""context":null,"context":null"#), &["context"]);
    table.refuses_bytes(tasks_and(r#""labelIds":[7],"labelIds":[7]"#), &["labelIds"]);
}

#[test]
fn names_are_compared_after_unescaping() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    table.refuses_bytes(tasks_and(r#""\u0074askTitle":"x""#), &["taskTitle"]);
    table.refuses_bytes(tasks_and(r#""context":"a","conte\u0078t":"a""#), &["context"]);
    table.refuses_bytes(tasks_and(r#""\u0063\u006f\u006e\u0074\u0065\u0078\u0074":5"#), &["context"]);
    table.accepts_bytes(tasks_and(r#""\u0063ontext":"told""#));
    assert_eq!(rota.last_ticket()["context"], "told");
}

#[test]
fn nesting_is_at_most_64_deep_counting_the_body_itself() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    let arrays = |depth: usize| format!("\"x\":{}{}", "[".repeat(depth), "]".repeat(depth));
    let objects = |depth: usize| format!("\"x\":{}1{}", "{\"x\":".repeat(depth), "}".repeat(depth));
    for nested in [arrays, objects] as [fn(usize) -> String; 2] {
        table.accepts_bytes(tasks_and(&nested(62)));
        table.accepts_bytes(tasks_and(&nested(63)));
        table.refuses_body(tasks_and(&nested(64)));
        table.refuses_body(tasks_and(&nested(65)));
        table.refuses_body(tasks_and(&nested(20_000)));
    }
    table.refuses_body("[".repeat(200_000));
    table.refuses_body("{\"x\":".repeat(40_000));
}
