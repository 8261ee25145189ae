use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

fn read(body: &Value) -> Result<TicketRequest, Problems> {
    parse(body.to_string().as_bytes()).request
}

fn sample() -> Value {
    json!({ "channel": "whatsapp", "bikCustomerId": "5233549", "assignmentType": "ALL_AGENTS",
            "brandPhoneNumber": "+917827486670", "customerPhoneNumber": "+918095495490" })
}

fn with(field: &str, value: Value) -> Value {
    let mut body = sample();
    body[field] = value;
    body
}

/// The fields that leave a problem, in order.
fn refused(body: &Value) -> Vec<&'static str> {
    read(body).err().map(|problems| problems.iter().map(|p| p.field).collect()).unwrap_or_default()
}

#[test]
fn the_seeds_sample_is_accepted() {
    let request = read(&sample()).unwrap();
    assert_eq!(request.customer.as_str(), "5233549");
    assert_eq!(request.target, Target::AllAgents);
    assert_eq!(request.contact.brand_address(), Some("+917827486670"));
}

#[test]
fn every_problem_of_form_is_told_at_once_and_once_per_field() {
    let body =
        json!({ "channel": "EMAIL", "labelIds": [1, null, 2.5], "customerEmail": "no", "teamId": "x" });
    assert_eq!(refused(&body), ["bikCustomerId", "labelIds", "brandEmail", "customerEmail", "teamId"]);
}

#[test]
fn a_field_the_channel_does_not_use_only_has_to_be_of_its_type() {
    assert!(read(&with("brandEmail", json!(""))).is_ok());
    assert!(read(&with("taskTitle", json!(null))).is_ok());
    assert_eq!(refused(&with("taskTitle", json!(5))), ["taskTitle"]);
    assert_eq!(refused(&with("teamId", json!("31"))), ["teamId"]);
    assert!(read(&with("teamId", json!(-1))).is_ok());
    assert_eq!(refused(&with("brandEmail", json!("\u{0}"))), ["brandEmail"]);
}

#[test]
fn repeated_labels_collapse_and_fifty_are_counted_as_sent() {
    assert_eq!(read(&with("labelIds", json!([7, 8, 7]))).unwrap().labels, [LabelId(7), LabelId(8)]);
    assert!(read(&with("labelIds", json!(vec![7; 50]))).is_ok());
    assert_eq!(refused(&with("labelIds", json!(vec![7; 51]))), ["labelIds"]);
}

#[test]
fn a_field_of_the_table_given_twice_is_refused_also_through_an_escape() {
    let body = br#"{"channel":"TASKS","bikCustomerId":"1","taskTitle":"a","task\u0054itle":"a","x":1,"x":2}"#;
    let parsed = parse(body);
    let problems = parsed.request.unwrap_err();
    assert_eq!(
        problems.iter().map(|p| (p.field, &*p.detail)).collect::<Vec<_>>(),
        [("taskTitle", "is given twice")]
    );
    assert_eq!(parsed.ignored, ["x"]);
}

#[test]
fn lengths_count_unicode_scalar_values() {
    assert!(read(&with("context", json!("😀".repeat(65_536)))).is_ok());
    assert_eq!(refused(&with("context", json!("a".repeat(65_537)))), ["context"]);
    assert!(read(&with("bikCustomerId", json!("é".repeat(128)))).is_ok());
    assert_eq!(refused(&with("bikCustomerId", json!("é".repeat(129)))), ["bikCustomerId"]);
}

#[test]
fn each_target_asks_for_its_field() {
    assert_eq!(refused(&with("assignmentType", json!("SPECIFIC_AGENT"))), ["agentMail"]);
    assert_eq!(refused(&with("assignmentType", json!("specific_team"))), ["teamId"]);
    assert_eq!(refused(&with("assignmentType", json!("NOBODY"))), ["assignmentType"]);
    assert_eq!(refused(&with("assignmentType", json!(1))), ["assignmentType"]);
    assert_eq!(read(&with("assignmentType", json!(null))).unwrap().target, Target::AllAgents);
}

proptest! {
    #[test]
    fn mutated_bodies_never_panic_and_an_accepted_one_keeps_its_rules(
        cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6)
    ) {
        let mut body = with("context", json!("a \u{1f600}\" \\ b")).to_string().into_bytes();
        for (index, byte) in cuts {
            let at = index.index(body.len());
            body[at] = byte;
        }
        let parsed = parse(&body);
        prop_assert!(parsed.ignored.len() <= MAX_IGNORED);
        if let Ok(request) = parsed.request {
            prop_assert!(serde_json::from_slice::<Value>(&body).is_ok());
            prop_assert!(!request.customer.as_str().is_empty());
        }
    }
}
