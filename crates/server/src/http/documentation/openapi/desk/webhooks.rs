//! Webhooks: their endpoints, and what they are told.

mod events;

use super::super::DESK;
use super::super::errors::with_examples;
use super::super::headers::answer;
use super::super::schema::{anything, boolean, integer, list, named, one_of, or_null, record, string, time};
use super::{id, idempotency_key, if_match, operation, query};
use rota_core::event::Kind;
use rota_core::webhook::Format;
use serde_json::{Value, json};
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, Parameter, PathItem, PathItemBuilder};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::response::Response;
use utoipa::openapi::schema::{AdditionalProperties, ArrayBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::{RefOr, Required};

pub use events::events;

const WEBHOOK: &str = "Webhook";
const ATTEMPT: &str = "WebhookAttempt";

pub fn paths() -> Vec<(String, PathItem)> {
    vec![
        ("/v1/webhooks".into(), many()),
        ("/v1/webhooks/{id}".into(), one()),
        ("/v1/webhooks/{id}/rotate".into(), post(rotate(), &[400, 403, 409, 422])),
        ("/v1/webhooks/{id}/test".into(), post(test(), &[403, 409, 422])),
        ("/v1/webhooks/{id}/attempts".into(), attempts()),
        ("/v1/webhooks/{id}/resend".into(), post(resend(), &[400, 403, 422])),
    ]
}

pub fn schemas() -> Vec<(&'static str, RefOr<Schema>)> {
    [vec![(WEBHOOK, webhook().into()), (ATTEMPT, attempt().into())], events::schemas()].concat()
}

fn described(name: &str, summary: &str) -> OperationBuilder {
    OperationBuilder::new().tag(DESK).operation_id(Some(name)).summary(Some(summary))
}

fn post(of: OperationBuilder, problems: &[u16]) -> PathItem {
    PathItemBuilder::new().operation(HttpMethod::Post, operation(of.parameter(number()), problems)).build()
}

fn many() -> PathItem {
    let items = list(standing(), "In the order in which they were made.");
    let next = anything().description(Some("Always null: there is one page."));
    let listed = record::<RefOr<Schema>>([("items", items.into()), ("next", next.into())]);
    let all = described("webhooks", "The endpoints that are told of events, and how they stand").response(
        "200",
        ok("As they are now.", &[], listed, json!({ "items": [standing_example()], "next": null })),
    );
    let add = described("addWebhook", "Add an endpoint")
        .description(Some(
            "It is told of what happens from now on. `https` is required, and so is a public address, unless the operator \
             allows it. The secret is shown this once: a repeat under the same `Idempotency-Key` has null for it.",
        ))
        .parameter(idempotency_key())
        .request_body(Some(body(true)))
        .response(
            "201",
            ok(
                "The endpoint with its secret.",
                &["ETag", "Location", "Idempotent-Replayed"],
                secretive(),
                secretive_example(),
            ),
        );
    PathItemBuilder::new()
        .operation(HttpMethod::Get, operation(all, &[]))
        .operation(HttpMethod::Post, operation(add, &[400, 403, 409, 422]))
        .build()
}

fn one() -> PathItem {
    let change = [400, 403, 412, 422, 428];
    let show = described("webhook", "One endpoint, and how it stands")
        .parameter(number())
        .response("200", ok("As it is now.", &["ETag"], standing(), standing_example()));
    let set = described("setWebhook", "Change an endpoint")
        .description(Some(
            "Switched on again, it goes on where it was, with what is not older than seven days.",
        ))
        .parameter(number())
        .parameter(if_match())
        .request_body(Some(body(false)))
        .response("200", ok("As it is afterwards.", &["ETag"], named(WEBHOOK), example()));
    let remove = described("removeWebhook", "Remove an endpoint with what was still to be told")
        .parameter(number())
        .parameter(if_match())
        .response("200", ok("As it was.", &["ETag"], named(WEBHOOK), example()));
    PathItemBuilder::new()
        .operation(HttpMethod::Get, operation(show, &[]))
        .operation(HttpMethod::Patch, operation(set, &change))
        .operation(HttpMethod::Delete, operation(remove, &[403, 412, 428]))
        .build()
}

fn rotate() -> OperationBuilder {
    described("rotateWebhook", "Give an endpoint another secret")
        .description(Some("For 24 hours the one before signs too. It is shown this once."))
        .parameter(idempotency_key())
        .response(
            "200",
            ok(
                "The endpoint with its secret.",
                &["ETag", "Idempotent-Replayed"],
                secretive(),
                secretive_example(),
            ),
        )
}

fn test() -> OperationBuilder {
    described("testWebhook", "Send an endpoint a test now")
        .response("200", ok("What came of it.", &[], named(ATTEMPT), attempt_example()))
}

fn resend() -> OperationBuilder {
    let members = closed()
        .property("eventId", string("The event's id, as `data.id` has it.").pattern(Some(r"^evt_\d+_\d+")))
        .property("from", time("Since when; events are kept for seven days."))
        .property("to", time("Until when, not included; now, where it is left out."));
    let examples = vec![
        ("One event", json!({ "eventId": "evt_17_0" })),
        ("A time", json!({ "from": "2026-11-25T10:00:00Z", "to": "2026-11-25T11:00:00Z" })),
    ];
    let content = ContentBuilder::new().schema(Some(members));
    let body = RequestBodyBuilder::new()
        .required(Some(Required::True))
        .content("application/json", with_examples(content, examples))
        .build();
    let count = integer("How many events.").minimum(Some(0)).maximum(Some(10_000));
    let told = record([("events", count)]);
    described("resendToWebhook", "Have one event, or those of a time, sent again")
        .request_body(Some(body))
        .response("202", ok("They go out in order per ticket.", &[], told, json!({ "events": 12 })))
}

fn attempts() -> PathItem {
    let limit = integer("Entries of a page.").minimum(Some(1)).maximum(Some(100));
    let cursor = string("`next` of the page before.").pattern(Some(r"^\d+$"));
    let next =
        string("The next page's `cursor`; null where there is none.").schema_type(or_null(Type::String));
    let items = list(named(ATTEMPT), "Newest first, of the last seven days.");
    let page = record::<RefOr<Schema>>([("items", items.into()), ("next", next.into())]);
    let example = json!({ "items": [attempt_example()], "next": "40" });
    let all = described("webhookAttempts", "What was sent to an endpoint, and what came of it")
        .parameter(number())
        .parameter(query("limit", limit, "How many attempts a page has."))
        .parameter(query(
            "cursor",
            cursor,
            "Where the page begins; the newest attempt, where it is left out.",
        ))
        .response("200", ok("A page.", &[], page, example));
    PathItemBuilder::new().operation(HttpMethod::Get, operation(all, &[400])).build()
}

fn number() -> Parameter {
    id("id", "The endpoint's number.")
}

fn url() -> ObjectBuilder {
    string("Where it is.").max_length(Some(2_000)).pattern(Some("^https?://[!-~]+$"))
}

fn types() -> ArrayBuilder {
    let names = Kind::ALL.map(Kind::name);
    list(one_of(&names, "A type of event."), "The types that it is told of; left out or null, all.")
        .min_items(Some(1))
}

fn format() -> ObjectBuilder {
    let names = Format::ALL.map(Format::name);
    one_of(&names, "`assignedAgent` has the form of the original, and tells of `ticket.assigned` alone.")
}

fn nullable_types() -> ObjectBuilder {
    anything().description(Some("A list of types; null: all."))
}

fn webhook() -> ObjectBuilder {
    record::<RefOr<Schema>>([
        ("id", integer("Its number.").minimum(Some(1)).into()),
        ("url", url().into()),
        ("types", nullable_types().into()),
        ("format", format().into()),
        ("active", boolean("Whether it is told at all.").into()),
        (
            "disabledWhy",
            string("Why it was switched off, where nobody did.").schema_type(or_null(Type::String)).into(),
        ),
        ("rotatedAt", time("When its secret was rotated last.").schema_type(or_null(Type::String)).into()),
        ("createdAt", time("When it was added.").into()),
        ("origin", one_of(&["file", "command"], "Whether a store file made it.").into()),
    ])
}

/// With how it stands.
fn standing() -> ObjectBuilder {
    webhook()
        .property("pending", integer("Events that failed, or wait for one that did.").minimum(Some(0)))
        .property(
            "failingSince",
            time("Since when nothing was delivered.").schema_type(or_null(Type::String)),
        )
        .required("pending")
        .required("failingSince")
}

/// With its secret.
fn secretive() -> ObjectBuilder {
    let secret = string("What its signatures are made with; null in the answer to a repeat.");
    webhook().property("secret", secret.schema_type(or_null(Type::String))).required("secret")
}

fn attempt() -> ObjectBuilder {
    let text = |description| string(description).schema_type(or_null(Type::String));
    let number = |description| integer(description).schema_type(or_null(Type::Integer));
    record::<RefOr<Schema>>([
        ("id", integer("Counts up within the endpoint.").minimum(Some(1)).into()),
        ("eventId", text("The event; null for a test.").into()),
        ("type", string("Its type; `webhook.test` for a test.").into()),
        ("ticketId", number("The ticket that it is about.").into()),
        ("at", time("When it was sent.").into()),
        ("attempt", integer("The how manieth of its event.").minimum(Some(1)).into()),
        (
            "outcome",
            one_of(&["delivered", "failed", "given_up"], "`given_up` is the last failure of an event.")
                .into(),
        ),
        ("status", number("The answer's status; null where there was none.").into()),
        ("ms", integer("How long it took.").minimum(Some(0)).into()),
        ("error", text("What went wrong on the way.").into()),
        ("answer", text("How the answer's body begins, up to 4 KiB.").into()),
    ])
}

fn closed() -> ObjectBuilder {
    ObjectBuilder::new().additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
}

fn body(new: bool) -> RequestBody {
    let members = closed().property("url", url()).property("format", format());
    let (members, example) = if new {
        let example = json!({ "url": "https://hooks.shop.example/rota", "types": ["ticket.assigned"] });
        (members.property("types", types()).required("url"), example)
    } else {
        let active = boolean("Whether it is told at all.");
        (members.property("types", nullable_types()).property("active", active), json!({ "active": false }))
    };
    let content = ContentBuilder::new().schema(Some(members));
    RequestBodyBuilder::new()
        .required(Some(if new { Required::True } else { Required::False }))
        .content("application/json", with_examples(content, vec![("An endpoint", example)]))
        .build()
}

fn ok(description: &str, headers: &[&str], schema: impl Into<RefOr<Schema>>, example: Value) -> Response {
    let content = ContentBuilder::new().schema(Some(schema)).example(Some(example)).build();
    answer(description, headers).content("application/json", content).build()
}

fn example() -> Value {
    json!({
        "id": 1, "url": "https://hooks.shop.example/rota", "types": ["ticket.assigned"], "format": "standard",
        "active": true, "disabledWhy": null, "rotatedAt": null, "createdAt": "2026-11-25T10:00:00Z",
        "origin": "command"
    })
}

fn standing_example() -> Value {
    let mut shown = example();
    shown["pending"] = 0.into();
    shown["failingSince"] = Value::Null;
    shown
}

fn secretive_example() -> Value {
    let mut shown = example();
    shown["secret"] = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD".into();
    shown
}

fn attempt_example() -> Value {
    json!({
        "id": 41, "eventId": "evt_17_1", "type": "ticket.assigned", "ticketId": 9, "at": "2026-11-25T10:00:01.25Z",
        "attempt": 1, "outcome": "delivered", "status": 204, "ms": 38, "error": null, "answer": ""
    })
}
