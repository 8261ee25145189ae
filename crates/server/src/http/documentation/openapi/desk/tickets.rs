//! Tickets at the desk: one, with what stands around it, its timeline, why it went where it went, and many at once.

mod opened;

pub use opened::viewing;

use super::super::DESK;
use super::super::errors::with_examples;
use super::super::headers::answer;
use super::super::receipt;
use super::super::schema::{boolean, integer, list, named, one_of, or_null, record, string, time};
use super::commands::names;
use super::floor::{waits_for, waits_for_example};
use super::{id, idempotency_key, operation};
use rota_core::life::{ClosedBy, Priority};
use serde_json::{Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, PathItem};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema, Type};
use utoipa::openapi::{Required, response::Response};

pub const TICKET: &str = "DeskTicket";
pub const ACTOR: &str = "Actor";
const CUSTOMER: &str = "TicketCustomer";
const ENTRY: &str = "TimelineEntry";
const DECISION: &str = "Decision";

pub fn paths() -> Vec<(String, PathItem)> {
    let get = |operation| PathItem::new(HttpMethod::Get, operation);
    let one = |name, summary, response: Response| {
        let described = OperationBuilder::new()
            .tag(DESK)
            .operation_id(Some(name))
            .summary(Some(summary))
            .parameter(id("id", "The ticket's number."))
            .response("200", response);
        get(operation(described, &[]))
    };
    vec![
        ("/v1/tickets/{id}".into(), get(opened::operation())),
        (
            "/v1/tickets/{id}/timeline".into(),
            one(
                "timeline",
                "What happened to a ticket, the oldest first",
                told(timeline(), timeline_example()),
            ),
        ),
        (
            "/v1/tickets/{id}/why".into(),
            one("why", "Why a ticket went where it went, the newest decision first", why_told()),
        ),
        ("/v1/tickets/bulk".into(), PathItem::new(HttpMethod::Post, bulk())),
    ]
}

pub fn schemas() -> Vec<(&'static str, RefOr<Schema>)> {
    vec![
        (TICKET, ticket().into()),
        (opened::OPENED, opened::schema().into()),
        (CUSTOMER, customer()),
        (ACTOR, actor()),
        (ENTRY, entry()),
        (DECISION, decision()),
    ]
}

pub fn told(schema: impl Into<RefOr<Schema>>, example: Value) -> Response {
    let content = ContentBuilder::new().schema(Some(schema)).example(Some(example)).build();
    answer("As it is now.", &[]).content("application/json", content).build()
}

fn why_told() -> Response {
    let mut waiting = why_example();
    waiting["decisions"] = json!([]);
    waiting["waitsFor"] = waits_for_example();
    let examples = vec![("One that somebody has", why_example()), ("What a waiting one waits for", waiting)];
    let content = ContentBuilder::new().schema(Some(why()));
    answer("As it is now.", &[]).content("application/json", with_examples(content, examples)).build()
}

fn number(description: &str) -> ObjectBuilder {
    integer(description).schema_type(or_null(Type::Integer))
}

fn text(description: &str) -> ObjectBuilder {
    string(description).schema_type(or_null(Type::String))
}

fn maybe_time(description: &str) -> ObjectBuilder {
    time(description).schema_type(or_null(Type::String))
}

fn ids(description: &str) -> RefOr<Schema> {
    list(integer("A number."), description).into()
}

fn ticket() -> ObjectBuilder {
    let states = ["owned", "waiting", "unclaimed", "snoozed", "closed"];
    let closed_by: Vec<Value> =
        ClosedBy::ALL.iter().map(|by| Value::from(by.name())).chain([Value::Null]).collect();
    let pool = record([
        ("kind", one_of(&["store", "team"], "Whose pool it is.")),
        ("id", number("The team, or null.")),
    ]);
    let members: [(&str, RefOr<Schema>); 25] = [
        ("id", integer("Its number.").minimum(Some(1)).into()),
        ("state", one_of(&states, "Whose an open one is, else its stage's kind.").into()),
        ("stageId", number("The stage of an open one, or that to which a snoozed one wakes.").into()),
        ("agentId", number("Its agent; of a snoozed or closed one whose it was.").into()),
        ("teamId", number("Its team.").into()),
        (
            "waitingIn",
            pool.schema_type(or_null(Type::Object))
                .description(Some("The pool that will give it out."))
                .into(),
        ),
        ("customerId", string("Its customer.").into()),
        ("channel", one_of(&["whatsapp", "email", "tasks"], "Where it came from.").into()),
        ("brandAddress", text("The store's end of the channel.").into()),
        ("customerAddress", text("The customer's end.").into()),
        ("title", text("A task's title.").into()),
        ("priority", one_of(&Priority::ALL.map(Priority::name), "Sorts lists.").into()),
        ("labelIds", ids("Its labels.")),
        ("passedBy", ids("Who has passed it on since somebody was named for it.")),
        ("touched", boolean("Whether its agent has done something about it.").into()),
        ("createdAt", time("When it was created.").into()),
        ("createdBy", named(ACTOR).into()),
        ("openedAt", time("When it was last opened.").into()),
        ("heardAt", maybe_time("When its customer last wrote.").into()),
        ("changedAt", time("When its last timeline entry was made.").into()),
        ("snoozedUntil", maybe_time("When a snoozed one wakes.").into()),
        ("closedAt", maybe_time("When it was closed.").into()),
        ("closedBy", text("What closed it.").enum_values(Some(closed_by)).into()),
        ("mergedInto", number("The ticket that it was merged into.").into()),
        ("linkedTo", number("The ticket that it goes on from.").into()),
    ];
    record(members)
        .property("sequence", integer("The number of its last timeline entry.").minimum(Some(1)))
        .required("sequence")
        .property("context", text("What came with it; lists leave it out."))
        .property("customer", named(CUSTOMER))
        .property(
            "preview",
            text("The first 140 characters of its context, on one line; of a JSON object its plain values."),
        )
}

/// Whom a ticket is of, by name.
fn customer() -> RefOr<Schema> {
    record([
        ("id", string("The customer's id.")),
        ("name", text("First and last name as they are now; null where none is known, or it was erased.")),
    ])
    .description(Some("Only in lists that ask for it, and in live events."))
    .into()
}

/// Who did something.
fn actor() -> RefOr<Schema> {
    record([("kind", one_of(&["agent", "key", "operator", "clock"], "What acted."))])
        .property(
            "id",
            ObjectBuilder::new().schema_type(
                [Type::Integer, Type::String].into_iter().collect::<utoipa::openapi::schema::SchemaType>(),
            ),
        )
        .description(Some(
            "Who did something: an agent or a key by its id, the command line, or what falls due by itself.",
        ))
        .into()
}

fn entry() -> RefOr<Schema> {
    let members: [(&str, RefOr<Schema>); 4] = [
        ("sequence", integer("Counts up from 1 within the ticket.").minimum(Some(1)).into()),
        ("at", time("When.").into()),
        ("by", named(ACTOR).into()),
        ("kind", string("What happened; the other members depend on it.").into()),
    ];
    record(members).additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(true))).into()
}

fn timeline() -> ObjectBuilder {
    record::<RefOr<Schema>>([
        ("ticketId", integer("The ticket.").into()),
        ("entries", list(named(ENTRY), "The oldest first.").into()),
        (
            "merged",
            list(
                record::<RefOr<Schema>>([
                    ("ticketId", integer("The duplicate.").into()),
                    ("entries", list(named(ENTRY), "The oldest first.").into()),
                ]),
                "What happened to the tickets that are merged into it, as far as the caller may see them.",
            )
            .into(),
        ),
    ])
}

fn decision() -> RefOr<Schema> {
    receipt::members()
        .property("at", time("When."))
        .property("trigger", string("The kind of timeline entry that decided."))
        .property("by", named(ACTOR))
        .into()
}

fn why() -> ObjectBuilder {
    record::<RefOr<Schema>>([
        ("ticketId", integer("The ticket.").into()),
        ("decisions", list(named(DECISION), "The newest first.").into()),
        ("waitsFor", waits_for().into()),
    ])
}

fn bulk() -> utoipa::openapi::path::Operation {
    let numbers =
        list(integer("A ticket's number."), "1 to 100 tickets.").min_items(Some(1)).max_items(Some(100));
    let request = record::<RefOr<Schema>>([
        ("ticketIds", numbers.into()),
        ("command", one_of(&names(), "As in the command's own path.").into()),
    ])
    .property("with", ObjectBuilder::new().description(Some("The body that the command takes by itself.")));
    let example = json!({ "ticketIds": [1, 2], "command": "labels", "with": { "add": [7] } });
    let body = ContentBuilder::new().schema(Some(request));
    let body = RequestBodyBuilder::new()
        .required(Some(Required::True))
        .content("application/json", with_examples(body, vec![("Add a label to two tickets", example)]))
        .build();
    let result = record::<RefOr<Schema>>([
        ("ticketId", integer("The ticket.").into()),
        ("status", integer("What the command alone would have been answered with.").into()),
    ])
    .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(true)))
    .description(Some(
        "`entry` is the timeline entry that was made, or null; a refusal has a problem's members.",
    ));
    let results = record::<RefOr<Schema>>([("results", list(result, "One for each ticket.").into())]);
    let example = json!({ "results": [
        { "ticketId": 1, "status": 200, "entry": 4 },
        { "ticketId": 2, "type": "urn:rota:problem:not_found", "title": "Not Found", "status": 404,
          "code": "not_found", "detail": "there is nothing under this address that you may see" },
    ] });
    let described = OperationBuilder::new()
        .tag(DESK)
        .operation_id(Some("bulk"))
        .summary(Some("One command on up to 100 tickets, with a result for each"))
        .parameter(idempotency_key())
        .request_body(Some(body))
        .response("200", told(results, example));
    operation(described, &[400, 403, 422])
}

/// A ticket as the document shows it.
pub fn ticket_example() -> Value {
    json!({
        "id": 1, "state": "owned", "stageId": 1, "agentId": 17643, "teamId": null, "waitingIn": null,
        "customerId": "5233549", "channel": "whatsapp", "brandAddress": "+917827486670",
        "customerAddress": "+918095495490", "title": null, "priority": "normal", "labelIds": [7], "passedBy": [],
        "touched": true, "createdAt": "2026-11-25T08:00:09.249Z", "createdBy": { "kind": "key", "id": "vyeabrehiq334me3" },
        "openedAt": "2026-11-25T08:00:09.249Z", "heardAt": null, "changedAt": "2026-11-25T08:02:11.003Z",
        "snoozedUntil": null, "closedAt": null, "closedBy": null, "mergedInto": null, "linkedTo": null,
        "sequence": 3, "context": "Order 1042 came damaged."
    })
}

fn timeline_example() -> Value {
    json!({ "ticketId": 1, "entries": [
        { "sequence": 1, "at": "2026-11-25T08:00:09.249Z", "by": { "kind": "key", "id": "vyeabrehiq334me3" },
          "kind": "created", "linkedTo": null },
        { "sequence": 2, "at": "2026-11-25T08:02:11.003Z", "by": { "kind": "agent", "id": 17643 }, "kind": "noted",
          "text": "Called, no answer.", "mentions": [] },
    ], "merged": [] })
}

fn why_example() -> Value {
    let mut decision = receipt::of_rule();
    decision["at"] = "2026-11-25T08:00:09.249Z".into();
    decision["trigger"] = "created".into();
    decision["by"] = json!({ "kind": "key", "id": "vyeabrehiq334me3" });
    json!({ "ticketId": 1, "decisions": [decision], "waitsFor": null })
}
