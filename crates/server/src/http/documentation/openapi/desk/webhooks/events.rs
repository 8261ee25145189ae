//! What endpoints are told, by type: the document's `webhooks`.

mod changes;

use super::super::super::headers::parameter;
use super::super::super::schema::{anything, constant, integer, list, named, record, string, time};
use super::super::people::schemas::AVAILABILITY;
use super::super::tickets::{ACTOR, TICKET};
use rota_core::event::Kind;
use serde_json::{Value, json};
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, PathItem, PathsBuilder};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{AllOfBuilder, ObjectBuilder, Schema};
use utoipa::openapi::{Paths, RefOr, Required};

pub use changes::schemas;

const TEST: &str = "webhook.test";
const ASSIGNED_AGENT: &str = "assignedAgent";
const AT: &str = "2026-11-25T10:00:00Z";

/// Every type, the original's form, and the test.
pub fn events() -> Paths {
    let paths = Kind::ALL.into_iter().fold(PathsBuilder::new(), |paths, kind| {
        paths.path(kind.name(), told(kind.name(), happened(kind), envelope(kind.name(), of(kind)), None))
    });
    let test = record::<RefOr<Schema>>([("id", string("The test's id.").into()), ("storeId", store())]);
    let test = envelope(TEST, test);
    let original = told(
        ASSIGNED_AGENT,
        "`ticket.assigned`, as the original tells it",
        assigned_agent(),
        Some(example()),
    );
    paths
        .path(TEST, told(TEST, "Somebody asked for a test", test, None))
        .path(ASSIGNED_AGENT, original)
        .build()
}

fn told(name: &str, summary: &str, schema: ObjectBuilder, example: Option<Value>) -> PathItem {
    let content = ContentBuilder::new().schema(Some(schema)).example(example);
    let body = RequestBodyBuilder::new()
        .required(Some(Required::True))
        .content("application/json", content.build())
        .build();
    let id = string("The event and its store; the same however often it is sent.");
    let signature = string("`v1,` and base64, with a space between several.").pattern(Some("^v1,"));
    let response = |text: &str| ResponseBuilder::new().description(text).build();
    let operation = OperationBuilder::new()
        .operation_id(Some(format!("on {name}")))
        .summary(Some(summary))
        .parameter(parameter("webhook-id", id, "Standard Webhooks."))
        .parameter(parameter("webhook-timestamp", string("Seconds since 1970."), "When it was sent."))
        .parameter(parameter("webhook-signature", signature, "HMAC-SHA256 over `ID.TIMESTAMP.BODY`."))
        .request_body(Some(body))
        .response("2XX", response("It has arrived."))
        .response("410", response("No more is wanted: the endpoint is switched off."))
        .response(
            "default",
            response("It is sent again, not before `Retry-After`; redirects are not followed."),
        );
    PathItem::new(HttpMethod::Post, operation)
}

fn happened(kind: Kind) -> &'static str {
    match kind {
        Kind::TicketCreated => "A ticket was created",
        Kind::TicketAssigned => "A ticket was given to an agent",
        Kind::TicketWaiting => "A ticket waits in a pool",
        Kind::TicketUpdated => "Something of a ticket has changed",
        Kind::TicketMessageAdded => "A message was recorded",
        Kind::TicketNoteAdded => "A note was written",
        Kind::TicketClosed => "A ticket was closed",
        Kind::TicketReopened => "A ticket is open again",
        Kind::TicketMerged => "A ticket was merged into another",
        Kind::TicketUnmerged => "A merge was taken back",
        Kind::TicketWaitingTooLong => "A ticket waits for longer than it should",
        Kind::AgentAvailabilityChanged => "An agent takes tickets, or does not any more",
        Kind::IntakeRejecting => "Calls of intake are refused",
        Kind::WebhookDisabled => "An endpoint was switched off",
    }
}

/// As Standard Webhooks has it.
fn envelope(name: &str, data: impl Into<RefOr<Schema>>) -> ObjectBuilder {
    record::<RefOr<Schema>>([
        ("type", constant(name).into()),
        ("timestamp", time("When it happened.").into()),
        ("data", data.into()),
    ])
}

fn store() -> RefOr<Schema> {
    string("The store.").into()
}

/// What an event of a type tells. Members may be added, so a receiver leaves those alone that it does not know.
fn of(kind: Kind) -> RefOr<Schema> {
    let data = ObjectBuilder::new()
        .property("id", string("The event, within its store.").pattern(Some(r"^evt_\d+_\d+$")))
        .property("storeId", store())
        .required("id")
        .required("storeId");
    let data = match kind {
        kind if kind.is_of_ticket() => return of_ticket(kind, data),
        Kind::AgentAvailabilityChanged => data
            .property("agentId", integer("Whose it is."))
            .property("availability", named(AVAILABILITY))
            .required("agentId")
            .required("availability"),
        Kind::IntakeRejecting => data
            .property("keyId", string("The key whose calls are refused."))
            .property("rejected", integer("How many were, within five minutes.").minimum(Some(0)))
            .property("fields", list(string("A field."), "Those that were wrong most often."))
            .required("keyId")
            .required("rejected")
            .required("fields"),
        Kind::WebhookDisabled => {
            let webhook = record::<RefOr<Schema>>([
                ("id", integer("Its number.").into()),
                ("url", string("Where it is.").into()),
            ]);
            data.property("webhook", webhook)
                .property("reason", string("Why, in words."))
                .required("webhook")
                .required("reason")
        }
        _ => data,
    };
    data.into()
}

fn of_ticket(kind: Kind, data: ObjectBuilder) -> RefOr<Schema> {
    let data = data
        .property("sequence", integer("Rises with each event of the ticket."))
        .property("ticket", named(TICKET))
        .property("url", string("The ticket's page."))
        .required("sequence")
        .required("ticket")
        .required("url");
    if kind == Kind::TicketWaitingTooLong {
        return data.property("waitingSince", time("Since when.")).required("waitingSince").into();
    }
    let data = data.property("by", named(ACTOR)).required("by");
    match changes::of(kind) {
        Some(changes) => AllOfBuilder::new().item(data).item(changes).into(),
        None => data.into(),
    }
}

fn assigned_agent() -> ObjectBuilder {
    let of = record::<RefOr<Schema>>([
        ("assignedAgentId", string("The agent's number.").into()),
        ("chatSessionId", string("The ticket's number.").into()),
        ("agentName", string("What the agent is called.").into()),
        ("ticketId", string("The ticket's number.").into()),
        ("ticketCreatedAt", time("When the ticket was created.").into()),
        (
            "timeToAssign",
            anything().description(Some("Seconds from the ticket's creation, with a fraction.")).into(),
        ),
    ]);
    record::<RefOr<Schema>>([
        ("eventName", constant(ASSIGNED_AGENT).into()),
        ("storeId", store()),
        ("eventSource", constant("Inbox").into()),
        ("eventProperties", of.into()),
        ("createdAt", time("When it was assigned.").into()),
        ("customerId", string("The customer.").into()),
        ("eventId", string("The event and its store.").into()),
        ("timestamp", time("When it was sent.").into()),
    ])
}

fn example() -> Value {
    json!({
        "eventName": ASSIGNED_AGENT, "storeId": "shop", "eventSource": "Inbox",
        "eventProperties": {
            "assignedAgentId": "7", "chatSessionId": "9", "agentName": "Meera", "ticketId": "9",
            "ticketCreatedAt": AT, "timeToAssign": 1.27
        },
        "createdAt": "2026-11-25T10:00:01.27Z", "customerId": "5233549", "eventId": "evt_17_1_a395851a89",
        "timestamp": "2026-11-25T10:00:01.4Z"
    })
}
