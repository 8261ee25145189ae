//! Create calls that were refused.

use super::super::DESK;
use super::super::schema::{integer, list, named, or_null, record, string, time};
use super::tickets::told;
use super::{operation, query};
use rota_core::ticket::Channel;
use serde_json::{Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, PathItem};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

const REJECTION: &str = "Rejection";
const DESCRIPTION: &str = "Create calls by keys of the store that were answered 400 or 422, the newest first: the last \
    1,000 of 7 days. They are written beside intake, within a second or so; where too many come at once the newest are \
    only counted (`dropped`). Of a body there is its size and its SHA-256, and its first 16 KiB where the store has \
    `keepRejectedValues`; erasing a customer erases the bodies that name them. Dry runs leave none. For admins and \
    keys; nobody else has them (404).";

pub fn paths() -> Vec<(String, PathItem)> {
    let limit = integer("").minimum(Some(1)).maximum(Some(100)).default(Some(json!(50)));
    let list = OperationBuilder::new()
        .tag(DESK)
        .operation_id(Some("rejections"))
        .summary(Some("Create calls that were refused, each with what was wrong"))
        .description(Some(DESCRIPTION))
        .parameters(Some([
            query("limit", limit, "The most entries of a page."),
            query("cursor", string("").pattern(Some("^[0-9]{1,18}$")), "`next` of the page before."),
            query("key", string("").min_length(Some(1)).max_length(Some(64)), "Only of this key."),
        ]))
        .response("200", told(page(), json!({ "items": [example()], "next": null })));
    vec![("/v1/rejections".into(), PathItem::new(HttpMethod::Get, operation(list, &[400])))]
}

pub fn schemas() -> Vec<(&'static str, RefOr<Schema>)> {
    vec![(REJECTION, schema().into())]
}

fn page() -> RefOr<Schema> {
    let next = string("The cursor of the next page; null: this is the last.");
    record::<RefOr<Schema>>([
        ("items", list(named(REJECTION), "").into()),
        ("next", next.schema_type(or_null(Type::String)).into()),
    ])
    .into()
}

fn schema() -> ObjectBuilder {
    let error = record([("field", string("A field or header.")), ("detail", string("The rule it broke."))]);
    let channel = Channel::ALL.map(|channel| Value::from(channel.name())).into_iter().chain([Value::Null]);
    let channel = ObjectBuilder::new()
        .schema_type(or_null(Type::String))
        .enum_values(Some(channel))
        .description(Some("As far as it could be read."));
    record::<RefOr<Schema>>([
        ("position", integer("Counts up within the store.").into()),
        ("at", time("When it was refused.").into()),
        ("keyId", string("The caller's key.").into()),
        (
            "status",
            integer("What it was answered: 400, or 422 for an Idempotency-Key of another body.").into(),
        ),
        ("errors", list(error, "What was wrong.").into()),
        ("ignoredFields", list(string("A name."), "Fields that are not known.").into()),
        ("size", integer("Of the body, in bytes.").minimum(Some(0)).into()),
        ("sha256", string("Of the body.").pattern(Some("^[0-9a-f]{64}$")).into()),
        ("channel", channel.into()),
        (
            "dropped",
            integer("Later ones than the entry before this that were not kept.").minimum(Some(0)).into(),
        ),
        ("body", string("What is kept of the body.").schema_type(or_null(Type::String)).into()),
    ])
}

fn example() -> Value {
    json!({
        "position": 12,
        "at": "2026-11-25T10:44:26.64Z",
        "keyId": "Vm3kQ9xT2LpA",
        "status": 400,
        "errors": [{ "field": "customerEmail", "detail": "is required when channel is EMAIL" }],
        "ignoredFields": ["customerMail"],
        "size": 118,
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "channel": "email",
        "dropped": 0,
        "body": null,
    })
}
