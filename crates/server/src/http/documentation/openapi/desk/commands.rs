//! The commands on one ticket, each with its body.

use super::super::DESK;
use super::super::errors::with_examples;
use super::super::headers::answer;
use super::super::schema::{integer, list, named, one_of, or_null, record, string, time};
use super::tickets::{TICKET, ticket_example};
use super::{id, idempotency_key, operation};
use crate::http::v1::{COMMANDS, Named};
use rota_core::life::Priority;
use serde_json::{Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{HttpMethod, Operation, OperationBuilder, PathItem};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::response::Response;
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Schema, Type};

type Members = Vec<(&'static str, RefOr<Schema>)>;

/// A command as the document tells of it.
struct Told {
    summary: &'static str,
    required: Members,
    optional: Members,
    example: Value,
}

pub fn paths() -> Vec<(String, PathItem)> {
    COMMANDS
        .iter()
        .map(|(path, command)| {
            ((*path).to_owned(), PathItem::new(HttpMethod::Post, command_of(path, *command)))
        })
        .collect()
}

/// The names of all commands.
pub fn names() -> Vec<&'static str> {
    COMMANDS.iter().map(|(path, _)| name_of(path)).collect()
}

fn name_of(path: &'static str) -> &'static str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The command's name, where no other operation has it.
fn id_of(path: &'static str, command: Named) -> &'static str {
    if command == Named::Labels { "labelTicket" } else { name_of(path) }
}

fn command_of(path: &'static str, command: Named) -> Operation {
    let Told { summary, required, optional, example } = told(command);
    let described = OperationBuilder::new()
        .tag(DESK)
        .operation_id(Some(id_of(path, command)))
        .summary(Some(summary))
        .parameter(id("id", "The ticket's number."))
        .parameter(idempotency_key())
        .request_body(Some(body(required, optional, example)))
        .response("200", answered("What the ticket is now, whether it was changed or was so already."));
    let described = match command {
        Named::Messages => described
            .response("201", answered("The message came too late to open its ticket: a new one has it.")),
        _ => described,
    };
    operation(described, &[400, 403, 409, 422])
}

fn body(required: Members, optional: Members, example: Value) -> RequestBody {
    let schema = optional
        .into_iter()
        .fold(record(required), |object: ObjectBuilder, (name, schema)| object.property(name, schema));
    let content = ContentBuilder::new().schema(Some(schema));
    RequestBodyBuilder::new()
        .content("application/json", with_examples(content, vec![("A call", example)]))
        .build()
}

fn answered(description: &str) -> Response {
    let entry = integer("The timeline entry that the command made; null where there was nothing to do.")
        .schema_type(or_null(Type::Integer));
    let none = ObjectBuilder::new()
        .schema_type(Type::Null)
        .description(Some("In answers to repeats, and of a new ticket: the caller may not see it."));
    let ticket = OneOfBuilder::new().item(named(TICKET)).item(none);
    let schema = record::<RefOr<Schema>>([("ticket", ticket.into()), ("entry", entry.into())]);
    let example = json!({ "ticket": ticket_example(), "entry": 3 });
    let content = ContentBuilder::new().schema(Some(schema)).example(Some(example)).build();
    answer(description, &["Idempotent-Replayed"]).content("application/json", content).build()
}

fn told(command: Named) -> Told {
    match command {
        Named::Claim => call("Take a ticket that has no owner", vec![], vec![], json!({})),
        Named::Wake => call("Open a snoozed ticket", vec![], vec![], json!({})),
        Named::Unmerge => call("Bring a merged ticket back to what it was", vec![], vec![], json!({})),
        Named::Assign => assign(),
        Named::Pass => pass(),
        Named::Close => call("Close a ticket", vec![], vec![expected()], json!({ "expectedAgentId": 17643 })),
        Named::Reopen => call("Open a closed ticket again", vec![], vec![expected()], json!({})),
        Named::Snooze => call(
            "Put a ticket away until a time",
            vec![("until", time("When it wakes; in the future.").into())],
            vec![expected()],
            json!({ "until": "2099-01-01T09:00:00Z" }),
        ),
        Named::Stage => call(
            "Move an open ticket to another open stage",
            vec![("stageId", integer("The stage.").into())],
            vec![],
            json!({ "stageId": 1 }),
        ),
        Named::Priority => call(
            "Set a ticket's priority",
            vec![("priority", one_of(&Priority::ALL.map(Priority::name), "It sorts lists.").into())],
            vec![],
            json!({ "priority": "high" }),
        ),
        Named::Labels => labels(),
        Named::Notes => note(),
        Named::Messages => message(),
        Named::Merge => call(
            "Close a ticket as a duplicate of another",
            vec![("into", integer("The ticket that goes on.").into())],
            vec![],
            json!({ "into": 1 }),
        ),
        Named::Undo => call(
            "Take back a change of one's own, within 10 seconds",
            vec![("entry", integer("The timeline entry, as the command answered it.").into())],
            vec![],
            json!({ "entry": 3 }),
        ),
    }
}

fn call(summary: &'static str, required: Members, optional: Members, example: Value) -> Told {
    Told { summary, required, optional, example }
}

fn assign() -> Told {
    let agent = "To this agent, even if offline or full; null: to nobody, it waits or is unclaimed.";
    let team = "Without an owner, to this team's pool; null: to the store's.";
    call(
        "Give a ticket to an agent, to a team, or back to where it waits",
        vec![],
        vec![("agentId", nullable(agent)), ("teamId", nullable(team)), expected()],
        json!({ "agentId": 17644, "expectedAgentId": 17643 }),
    )
}

fn pass() -> Told {
    call(
        "Pass a ticket on to the next who has not passed it",
        vec![("reason", text("Why.", 500))],
        vec![expected()],
        json!({ "reason": "speaks Hindi only" }),
    )
}

fn labels() -> Told {
    call(
        "Put labels on a ticket and take labels off",
        vec![],
        vec![("add", ids("Labels to put on.")), ("remove", ids("Labels to take off."))],
        json!({ "add": [7], "remove": [8] }),
    )
}

fn note() -> Told {
    call(
        "Write a note",
        vec![("text", text("What is noted.", 65_536))],
        vec![("mentions", ids("Agents who are to know."))],
        json!({ "text": "Called, no answer.", "mentions": [17644] }),
    )
}

fn message() -> Told {
    let direction = one_of(&["in", "out"], "From the customer, or an answer.");
    call(
        "Record what was said",
        vec![("direction", direction.into()), ("text", text("What was said.", 65_536))],
        vec![
            ("at", time("When; now, where it is left out.").into()),
            ("externalId", text("The sender's own id; a known one changes nothing.", 255)),
        ],
        json!({ "direction": "in", "text": "Where is my refund?", "externalId": "wamid.1" }),
    )
}

fn expected() -> (&'static str, RefOr<Schema>) {
    ("expectedAgentId", nullable("The owner as the caller knows it; another one is 409 `changed`."))
}

fn ids(description: &str) -> RefOr<Schema> {
    list(integer("A number."), description).max_items(Some(50)).into()
}

fn nullable(description: &str) -> RefOr<Schema> {
    integer(description).schema_type(or_null(Type::Integer)).into()
}

fn text(description: &str, most: usize) -> RefOr<Schema> {
    string(description).min_length(Some(1)).max_length(Some(most)).into()
}
