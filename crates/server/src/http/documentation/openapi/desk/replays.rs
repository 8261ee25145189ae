//! Replays: a draft on the recorded past.

use super::super::DESK;
use super::super::errors::with_examples;
use super::super::headers::answer;
use super::super::schema::{boolean, integer, list, one_of, or_null, record, string, time};
use super::operation;
use super::people::schemas::{hours, span};
use rota_core::life::Priority;
use rota_core::roster::Policy;
use rota_core::ticket::Channel;
use serde_json::{Value, json};
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, PathItem, PathItemBuilder};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema, Type};
use utoipa::openapi::{RefOr, Required};

pub fn paths() -> Vec<(String, PathItem)> {
    let lines = ContentBuilder::new().schema(Some(string(
        "A JSON object per line: `{\"progress\": 0.25, \"tickets\": 1000000}` at least every second, and at last \
         `{\"report\": …}` or `{\"error\": …}` with a problem.",
    )));
    let told = answer("It has begun; its lines come while it goes on.", &[]);
    let replay = OperationBuilder::new()
        .tag(DESK)
        .operation_id(Some("replay"))
        .summary(Some("Try a draft of the settings on the recorded past"))
        .description(Some(
            "For team managers and admins. Recorded arrivals, availability and handling times go through the engine twice: \
             by the settings as they are, and by the draft. The report tells load per agent, waiting time and overflow, \
             before, after and as recorded, and what is not guessed. Nothing is written. A node does one at a time; who \
             hangs up ends it.",
        ))
        .request_body(Some(body()))
        .response("200", told.content("application/jsonl", lines.build()).build());
    let item = PathItemBuilder::new().operation(HttpMethod::Post, operation(replay, &[400, 403, 422]));
    vec![("/v1/replays".into(), item.build())]
}

fn body() -> RequestBody {
    let asked = closed(record::<RefOr<Schema>>([("draft", draft().into())]))
        .property("from", time("When it begins; 30 days before its end where it is left out."))
        .property("to", time("When it ends; now where it is left out."));
    let example = json!({
        "draft": {
            "settings": { "policy": "balanced" },
            "teams": [{ "id": 31, "hours": { "mon": ["08:00-20:00"] } }],
            "agents": [{ "id": 17643, "maxOpen": 10 }],
        }
    });
    let content = ContentBuilder::new().schema(Some(asked));
    RequestBodyBuilder::new()
        .required(Some(Required::True))
        .content("application/json", with_examples(content, vec![("A draft", example)]))
        .build()
}

fn draft() -> ObjectBuilder {
    closed(ObjectBuilder::new())
        .description(Some(
            "What is tried; what is left out stays as it is. It is judged as if it were saved.",
        ))
        .property("settings", settings())
        .property("teams", list(team(), "Teams of the store."))
        .property("agents", list(agent(), "Agents of the store."))
        .property("rules", list(rule(), "All of them, in the order in which they are looked at."))
}

fn settings() -> ObjectBuilder {
    let ramp = closed(record::<RefOr<Schema>>([
        ("perAgent", integer("So many tickets.").minimum(Some(1)).maximum(Some(1000)).into()),
        ("every", span("In such a time, of 1s to 24h.").into()),
    ]));
    let holiday = closed(record::<RefOr<Schema>>([
        ("date", string("The day.").pattern(Some(r"^\d{4}-\d{2}-\d{2}$")).into()),
        ("name", name().into()),
    ]))
    .property("teams", list(id("A team."), "Whose it is; everybody's where it is left out."));
    closed(ObjectBuilder::new())
        .property("policy", policy("How the store's pool gives tickets out."))
        .property("timezone", string("An IANA name.").min_length(Some(1)))
        .property("holidays", list(holiday, "All of them."))
        .property(
            "sticky",
            span("For how long a customer's tickets go to their last agent; null: they do not.")
                .schema_type(or_null(Type::String)),
        )
        .property("ramp", ramp.schema_type(or_null(Type::Object)))
}

fn team() -> ObjectBuilder {
    closed(record::<RefOr<Schema>>([("id", id("The team.").into())]))
        .property("policy", policy("How its pool gives tickets out."))
        .property("hours", hours())
        .property("members", list(id("An agent."), "All members."))
}

fn agent() -> ObjectBuilder {
    let leave = closed(record::<RefOr<Schema>>([
        ("from", time("Its first moment.").into()),
        ("to", time("Its end.").into()),
    ]));
    let limit = integer("At how many open tickets turns pass the agent by; null: no limit.");
    closed(record::<RefOr<Schema>>([("id", id("The agent.").into())]))
        .property(
            "maxOpen",
            limit.minimum(Some(1)).maximum(Some(u32::MAX)).schema_type(or_null(Type::Integer)),
        )
        .property("leave", list(leave, "All of it."))
}

fn rule() -> ObjectBuilder {
    let word =
        || string("A word, or several that follow each other.").min_length(Some(1)).max_length(Some(64));
    let channels = Channel::ALL.map(Channel::name);
    let when = closed(ObjectBuilder::new())
        .property("channels", list(one_of(&channels, "A channel."), "One of them."))
        .property("labels", list(id("A label."), "One of them."))
        .property("words", list(word(), "One of them in the title or the context."))
        .property("customerTags", list(word(), "One of them is the customer's."))
        .property("hours", hours())
        .property("brandAddresses", list(string("An address of the store."), "One of them."));
    let then = closed(ObjectBuilder::new())
        .property("teamId", id("The ticket's team."))
        .property("agentId", id("Who gets it, while they can be given a ticket."))
        .property("labels", list(id("A label."), "Put on the ticket."))
        .property("priority", one_of(&Priority::ALL.map(Priority::name), "The ticket's."));
    closed(record::<RefOr<Schema>>([("name", name().into()), ("then", then.into())]))
        .property("id", id("The rule that it is now; left out: a new one."))
        .property("on", boolean("Whether it is looked at; true where it is left out."))
        .property("when", when)
}

fn closed(object: ObjectBuilder) -> ObjectBuilder {
    object.additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
}

fn id(description: &str) -> ObjectBuilder {
    integer(description).minimum(Some(1))
}

fn name() -> ObjectBuilder {
    string("What it is called.").min_length(Some(1)).max_length(Some(80)).pattern(Some(r"\S"))
}

fn policy(description: &str) -> ObjectBuilder {
    let names: Vec<Value> = Policy::ALL.iter().map(|policy| Value::from(policy.name())).collect();
    string(description).enum_values(Some(names))
}
