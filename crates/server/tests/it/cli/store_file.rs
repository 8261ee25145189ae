//! What is wrong with a store file: told with its key and line, and with what was probably meant.

use crate::harness::{Rota, StoreFile};

/// The usual file with one line replaced; tells the line's number.
fn replaced(line: &str, by: &str) -> (String, usize) {
    let text = StoreFile::default().render();
    let place =
        text.lines().position(|present| present == line).unwrap_or_else(|| panic!("no {line} in\n{text}"));
    let lines: Vec<&str> = text.lines().map(|present| if present == line { by } else { present }).collect();
    (lines.join("\n"), place + 1)
}

/// Beyond the number of its line, what is told has to have these texts.
#[track_caller]
fn is_told(line: &str, by: &str, texts: &[&str]) {
    let (text, number) = replaced(line, by);
    Rota::empty().apply_text(&text, &[]).failed().tells(texts).tells_number(number);
}

#[test]
fn an_unknown_key_is_told_with_its_line_and_the_nearest_known_one() {
    is_told("policy = \"round_robin\"", "polcy = \"round_robin\"", &["polcy", "policy"]);
    is_told("timezone = \"Asia/Kolkata\"", "time_zone = \"UTC\"", &["time_zone", "timezone"]);
    is_told(
        "members = [\"agent0@shop.example\", \"agent1@shop.example\"]",
        "member = []",
        &["member", "members"],
    );
}

#[test]
fn an_unknown_section_is_told_with_its_line_and_the_nearest_known_one() {
    is_told("[assignment]", "[asignment]", &["asignment", "assignment"]);
    is_told("[[teams]]", "[[team]]", &["team", "teams"]);
    is_told("[[customers]]", "[[custommers]]", &["custommers", "customers"]);
}

#[test]
fn a_wrong_value_is_told_with_its_key_and_line() {
    for (line, by, key) in [
        ("timezone = \"Asia/Kolkata\"", "timezone = \"Asia/Kolkatta\"", "timezone"),
        ("timezone = \"Asia/Kolkata\"", "timezone = 5", "timezone"),
        ("policy = \"round_robin\"", "policy = \"roundrobin\"", "policy"),
        ("policy = \"round_robin\"", "policy = \"round_robin\"\ndedupe_window = \"soon\"", "dedupe_window"),
        ("whatsapp = [\"+917827486670\"]", "whatsapp = [\"7827486670\"]", "whatsapp"),
        ("whatsapp = [\"+917827486670\"]", "whatsapp = \"+917827486670\"", "whatsapp"),
        ("email = [\"care@shop.example\"]", "email = [\"care\"]", "email"),
        ("id = 100", "id = \"100\"", "id"),
        ("id = 100", "id = 100.5", "id"),
        ("email = \"agent1@shop.example\"", "email = \"agent1\"", "email"),
        ("id = 31", "id = 31\nhours = { mon = [\"9-18\"] }", "hours"),
        ("id = 31", "id = 31\nhours = { monday = [\"09:00-18:00\"] }", "monday"),
        ("id = 31", "id = 31\npolicy = \"sometimes\"", "policy"),
        ("phone = \"+918095490000\"", "phone = \"8095490000\"", "phone"),
        ("id = \"5233549\"", "id = 5233549", "id"),
    ] {
        let (text, number) = replaced(line, by);
        // An added line stands below the replaced one.
        let number = number + by.matches('\n').count();
        println!("{by}");
        Rota::empty().apply_text(&text, &[]).failed().tells(&[key]).tells_number(number);
    }
}

#[test]
fn a_customer_that_no_caller_could_have_sent_is_told() {
    let (address, name) = (format!("{}@example.com", "a".repeat(243)), "n".repeat(501));
    is_told("email = \"asha0@example.com\"", &format!("email = \"{address}\""), &["customers.email", "254"]);
    is_told("name = \"Asha 0\"", &format!("name = \"{name}\""), &["customers.name", "500"]);
    is_told("name = \"Asha 0\"", "name = \"A\\u0000\"", &["customers.name", "U+0000"]);
}

#[test]
fn what_is_required_and_missing_is_told() {
    for (line, key) in [
        ("id = \"p60HYv5wjgQaOrPdqT5NjbpkroD2\"\n", "id"),
        ("email = \"agent1@shop.example\"\n", "email"),
        ("name = \"agent1\"\n", "name"),
        ("name = \"Returns\"\n", "name"),
        ("name = \"refund\"\n", "name"),
    ] {
        let text = StoreFile::default().render();
        assert!(text.contains(line), "{line} in\n{text}");
        Rota::empty().apply_text(&text.replace(line, ""), &[]).failed().tells(&[key]);
    }
}

#[test]
fn what_stands_twice_is_told() {
    is_told("email = \"agent1@shop.example\"", "email = \"AGENT0@shop.example\"", &["email"]);
    is_told("id = 101", "id = 100", &["100"]);
    is_told("name = \"urgent\"", "name = \"refund\"", &["refund"]);
}

#[test]
fn every_problem_is_told_at_once() {
    let text = StoreFile::default().render();
    let text = text.replace("Asia/Kolkata", "Nowhere/Land").replace("round_robin", "sometimes");
    let text = text.replace("name = \"urgent\"", "nam = \"urgent\"");
    Rota::empty().apply_text(&text, &[]).failed().tells(&["timezone", "policy", "nam"]);
}
