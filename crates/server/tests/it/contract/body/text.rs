//! Lengths, in Unicode scalar values; what is trimmed and what is kept to the letter; U+0000 and surrogates.

use crate::contract::table::Table;
use crate::harness::bodies::{tasks_and, with, with_context};
use crate::harness::{CUSTOMER, Rota, StoreFile, tasks, whatsapp};

/// One scalar value, two UTF-16 units, four bytes.
const FACE: &str = "😀";

#[test]
fn a_customer_id_has_1_to_128_characters() {
    let longest = format!("{}{FACE}", "x".repeat(127));
    let faces = FACE.repeat(128);
    let rota = Rota::with(StoreFile::default().customers(&[CUSTOMER, "c", &longest, &faces]));
    let mut table = Table::new(&rota);
    for id in ["c", &longest, &faces] {
        let response = table.accepts(&with(tasks(), "bikCustomerId", id));
        assert_eq!(response.json()["data"]["ticket"]["customerId"], id);
    }
    for id in ["", &format!("x{longest}"), &format!("x{faces}")] {
        // The title is wrong too: a problem of form is seen beside it, one of reference would not be.
        let body = with(with(tasks(), "bikCustomerId", id), "taskTitle", "");
        table.refuses(&body, &["bikCustomerId", "taskTitle"]);
    }
}

#[test]
fn a_customer_is_one_of_the_store_to_the_letter() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    for id in ["5233550", " 5233549", "5233549 ", "05233549", "5233549.0", "+5233549"] {
        table.refuses(&with(tasks(), "bikCustomerId", id), &["bikCustomerId"]);
    }
}

#[test]
fn a_task_title_has_1_to_500_characters_after_trimming() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    for letter in ["t", "é", "अ", FACE] {
        let longest = letter.repeat(500);
        table.accepts(&with(tasks(), "taskTitle", longest.clone()));
        table.accepts(&with(tasks(), "taskTitle", format!("  {longest}\n")));
        table.refuses(&with(tasks(), "taskTitle", format!("{longest}{letter}")), &["taskTitle"]);
    }
    table.accepts(&with(tasks(), "taskTitle", "t"));
    for blank in ["", " ", "   ", "\t\r\n "] {
        table.refuses(&with(tasks(), "taskTitle", blank), &["taskTitle"]);
    }
}

#[test]
fn a_task_title_is_stored_trimmed() {
    let rota = Rota::start();
    Table::new(&rota).accepts(&with(tasks(), "taskTitle", "\n\t Call  back \r\n"));
    assert_eq!(rota.last_ticket()["taskTitle"], "Call  back");
}

#[test]
fn a_context_has_at_most_65536_characters() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    // अ takes three bytes: this one is 192 KiB, and still 65,536 characters.
    for letter in ["c", "é", "अ"] {
        let longest = letter.repeat(65_536);
        table.accepts(&with_context(&longest));
        table.refuses(&with_context(&format!("{longest}{letter}")), &["context"]);
    }
    table.accepts(&with_context(""));
}

#[test]
fn a_context_is_kept_to_the_letter() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    for context in [
        "  spaces around  ",
        "line\r\nline\tand \"quotes\" \\ /",
        "नमस्ते 😀 \u{fffd} \u{feff} e\u{301} é",
        "\u{1}\u{7f}\u{85}\u{2028}",
        "'; DROP TABLE tickets; --",
    ] {
        table.accepts(&with_context(context));
        assert_eq!(rota.last_ticket()["context"], context);
    }
    table.accepts_bytes(tasks_and(r#""context":"\ud83d\ude00 \u0041\/\b\f""#));
    assert_eq!(rota.last_ticket()["context"], "😀 A/\u{8}\u{c}");
}

#[test]
fn u0000_is_refused_in_each_string_of_the_table() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    table.refuses(&with_context("a\u{0}b"), &["context"]);
    table.refuses(&with(tasks(), "taskTitle", "\u{0}"), &["taskTitle"]);
    table.refuses(&with(tasks(), "bikCustomerId", "5233549\u{0}"), &["bikCustomerId"]);
    table.refuses(&with(tasks(), "channel", "TASKS\u{0}"), &["channel"]);
    table.refuses(&with(tasks(), "assignmentType", "ALL_AGENTS\u{0}"), &["assignmentType"]);
    table.refuses(&with(whatsapp(), "customerPhoneNumber", "+918095495490\u{0}"), &["customerPhoneNumber"]);
}

#[test]
fn lone_surrogates_are_refused_in_each_string_of_the_table() {
    let rota = Rota::start();
    let mut table = Table::new(&rota);
    for lone in
        [r"\ud800", r"\udc00", r"\ud83d", r"\ude00\ud83d", r"\ud83d\ud83d\ude00", r"\uD83Dx", r"\ud83d\u0041"]
    {
        table.refuses_bytes(tasks_and(&format!("\"context\":\"a{lone}\"")), &["context"]);
        table.refuses_bytes(tasks_and(&format!("\"brandEmail\":\"a{lone}\"")), &["brandEmail"]);
        table.refuses_bytes(tasks_and(&format!("\"agentMail\":\"a{lone}\"")), &["agentMail"]);
    }
}
