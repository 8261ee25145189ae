//! Bodies of the create call that are right, for tests that change one thing about them.

use super::CUSTOMER;
use serde_json::{Value, json};

/// The contract's own sample.
pub fn whatsapp() -> Value {
    json!({
        "channel": "whatsapp",
        "bikCustomerId": CUSTOMER,
        "assignmentType": "ALL_AGENTS",
        "brandPhoneNumber": "+917827486670",
        "customerPhoneNumber": "+918095495490",
    })
}

pub fn email() -> Value {
    json!({
        "channel": "EMAIL",
        "bikCustomerId": CUSTOMER,
        "brandEmail": "care@shop.example",
        "customerEmail": "asha@example.com",
    })
}

/// The shortest one.
pub fn tasks() -> Value {
    json!({ "channel": "TASKS", "bikCustomerId": CUSTOMER, "taskTitle": "Call back" })
}

pub fn with_context(context: &str) -> Value {
    with(tasks(), "context", context)
}

pub fn for_agent(mail: &str) -> Value {
    with(with(tasks(), "assignmentType", "SPECIFIC_AGENT"), "agentMail", mail)
}

pub fn for_team(id: i64) -> Value {
    with(with(tasks(), "assignmentType", "SPECIFIC_TEAM"), "teamId", id)
}

pub fn with(mut body: Value, field: &str, value: impl Into<Value>) -> Value {
    body[field] = value.into();
    body
}

pub fn without(mut body: Value, field: &str) -> Value {
    body.as_object_mut().expect("an object").remove(field).expect("the field was there");
    body
}

/// The shortest body with raw JSON text as one more member, for what a tree of values can't hold.
pub fn tasks_and(member: &str) -> Vec<u8> {
    let body = tasks().to_string();
    format!("{},{member}}}", body.strip_suffix('}').expect("an object")).into_bytes()
}

/// The shortest body, made as long as asked for by white space inside the object.
pub fn tasks_of_length(length: usize) -> Vec<u8> {
    let body = tasks().to_string();
    let padding = " ".repeat(length - body.len());
    format!("{{{padding}{}", body.strip_prefix('{').expect("an object")).into_bytes()
}
