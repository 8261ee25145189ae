//! The bodies of changes of people and settings, each with an example.

use super::schemas::{
    GIVE_ON, IDLE, KEEP_REJECTED, MAIL_CONTENT, STICKY, WAITING_TOO_LONG, holidays, hours, leave, or_never,
    ramp, span,
};
use crate::http::documentation::openapi::schema::{
    boolean, integer, list, one_of, or_null, record, string, time,
};
use crate::keys::SCOPES;
use rota_core::access::Role;
use rota_core::roster::Policy;
use serde_json::{Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema, Type};

/// A schema and an example of it.
pub type Body = (ObjectBuilder, Value);

type Members = Vec<(&'static str, RefOr<Schema>)>;

fn body(required: Members, optional: Members, example: Value) -> Body {
    let schema = optional
        .into_iter()
        .fold(record(required), |object: ObjectBuilder, (name, schema)| object.property(name, schema));
    (schema, example)
}

/// Of which at least one is given.
fn patch(members: Members, example: Value) -> Body {
    body(vec![], members, example)
}

fn name(description: &str) -> RefOr<Schema> {
    string(description).min_length(Some(1)).max_length(Some(200)).into()
}

fn email(description: &str) -> RefOr<Schema> {
    string(description)
        .max_length(Some(254))
        .pattern(Some(crate::http::documentation::openapi::schema::EMAIL))
        .into()
}

fn role() -> RefOr<Schema> {
    one_of(&Role::ALL.map(Role::name), "What the agent may do; `agent` where it is left out.").into()
}

fn limit() -> RefOr<Schema> {
    let limit = integer("At how many open tickets turns pass the agent by; null: no limit.");
    limit.minimum(Some(1)).maximum(Some(u32::MAX)).schema_type(or_null(Type::Integer)).into()
}

fn active() -> RefOr<Schema> {
    boolean("true brings back what was archived.").into()
}

pub fn new_agent() -> Body {
    let example = json!({ "email": "meera@shop.example", "name": "Meera", "role": "agent", "maxOpen": 20 });
    let required = vec![("email", email("The agent's mail address.")), ("name", name("The agent's name."))];
    body(required, vec![("role", role()), ("maxOpen", limit())], example)
}

pub fn agent_patch() -> Body {
    let members = vec![
        ("email", email("The agent's mail address.")),
        ("name", name("The agent's name.")),
        ("role", role()),
        ("maxOpen", limit()),
        ("leave", leave("All of it: times at which the agent is not there.")),
        ("active", active()),
    ];
    patch(members, json!({ "maxOpen": 10 }))
}

pub fn availability() -> Body {
    let reason = string("Why, in a few words.").min_length(Some(1)).max_length(Some(120));
    let until = time("When they are online again by themselves; in the future.");
    let give_on = boolean("Whether the tickets that the agent has not touched are given to others at once.");
    let status = one_of(
        &["online", "away"],
        "Whether the agent takes tickets. `reason`, `until` and `giveOn` go with away.",
    );
    body(
        vec![("status", status.into())],
        vec![("reason", reason.into()), ("until", until.into()), ("giveOn", give_on.into())],
        json!({ "status": "away", "reason": "lunch", "until": "2099-01-01T13:00:00Z" }),
    )
}

fn team_members() -> Members {
    let policy = string("How its pool gives tickets out; null: as the store's.")
        .schema_type(or_null(Type::String))
        .enum_values(Some(policies()));
    let ids = list(integer("An agent."), "All members, which are active agents.");
    vec![("policy", policy.into()), ("hours", hours()), ("members", ids.into())]
}

fn policies() -> Vec<Value> {
    Policy::ALL.iter().map(|policy| Value::from(policy.name())).chain([Value::Null]).collect()
}

pub fn new_team() -> Body {
    let example = json!({ "name": "Returns", "members": [17643], "hours": { "mon": ["09:00-18:00"] } });
    body(vec![("name", name("The team's name."))], team_members(), example)
}

pub fn team_patch() -> Body {
    let more = vec![("name", name("The team's name.")), ("active", active())];
    patch([more, team_members()].concat(), json!({ "policy": "unassigned", "hours": null }))
}

pub fn new_label() -> Body {
    body(vec![("name", name("The label's name."))], vec![], json!({ "name": "refund" }))
}

pub fn label_patch() -> Body {
    let members = vec![("name", name("The label's name.")), ("active", active())];
    patch(members, json!({ "name": "refunds" }))
}

pub fn new_channel() -> Body {
    let channel = one_of(&["whatsapp", "email"], "The channel.");
    let address =
        string("A phone number in E.164 form, or a mail address.").min_length(Some(1)).max_length(Some(254));
    let example = json!({ "channel": "whatsapp", "address": "+917827486670" });
    body(vec![("channel", channel.into()), ("address", address.into())], vec![], example)
}

pub fn new_key() -> Body {
    let scopes = list(one_of(&SCOPES, "A scope."), "What it may be used for.").min_items(Some(1));
    let rate = integer("Requests a second, on each node; null: unlimited.");
    let rate = rate.minimum(Some(1)).maximum(Some(u32::MAX)).schema_type(or_null(Type::Integer));
    let expires = time("When it ends; null: never.").schema_type(or_null(Type::String));
    body(
        vec![("name", name("What it is for.")), ("scopes", scopes.into())],
        vec![("rate", rate.into()), ("expiresAt", expires.into())],
        json!({ "name": "website", "scopes": ["intake"], "rate": 50 }),
    )
}

pub fn stages() -> Body {
    let stage = record::<RefOr<Schema>>([
        ("name", string("What it is called.").min_length(Some(1)).max_length(Some(80)).into()),
        ("kind", one_of(&["open", "snoozed", "closed"], "Its kind.").into()),
    ]);
    let stage =
        stage.property("id", integer("The stage that it is now; left out: a new one.").minimum(Some(1)));
    let stages = list(stage, "All of them in their order: one or more of kind open, one of each other kind.")
        .min_items(Some(3))
        .max_items(Some(50));
    let example = json!({ "stages": [
        { "id": 1, "name": "New", "kind": "open" },
        { "name": "In progress", "kind": "open" },
        { "id": 2, "name": "Later", "kind": "snoozed" },
        { "id": 3, "name": "Done", "kind": "closed" },
    ] });
    body(vec![("stages", stages.into())], vec![], example)
}

pub fn settings_patch() -> Body {
    let policy = one_of(&Policy::ALL.map(Policy::name), "How the store's pool gives tickets out.");
    let members = vec![
        ("name", name("The store's name.")),
        ("timezone", string("An IANA name.").min_length(Some(1)).into()),
        ("policy", policy.into()),
        ("dedupeWindow", span("At most `24h`; `0s` is off.").into()),
        (
            "reopenWithin",
            span("How long after its closing a customer's message opens a ticket again.").into(),
        ),
        (
            "closeAfter",
            span(
                "How long after its customer was last heard of an open ticket closes by itself; null: never.",
            )
            .schema_type(or_null(Type::String))
            .into(),
        ),
        ("agentsSeeAll", boolean("Whether agents see all tickets of the store.").into()),
        ("keepAudit", span("How long the audit log is kept.").into()),
        ("keepRejectedValues", boolean(KEEP_REJECTED).into()),
        ("waitingTooLong", or_never(WAITING_TOO_LONG)),
        ("mailContent", boolean(MAIL_CONTENT).into()),
        ("holidays", holidays("All of them: days on which teams are closed.")),
        ("sticky", or_never(STICKY)),
        ("ramp", ramp()),
        ("giveOnAfter", or_never(GIVE_ON)),
        ("idleAfter", or_never(IDLE)),
    ];
    patch(members, json!({ "closeAfter": "14d", "agentsSeeAll": true }))
}

fn customer_members() -> Members {
    let text = |description: &str| {
        let text = string(description).min_length(Some(1)).max_length(Some(500));
        RefOr::from(text.schema_type(or_null(Type::String)))
    };
    let phone = string("A phone number in E.164 form.").schema_type(or_null(Type::String));
    let email = string("A mail address.").max_length(Some(254)).schema_type(or_null(Type::String));
    let tag = string("A tag.").min_length(Some(1)).max_length(Some(500));
    vec![
        ("partnerCustomerId", text("The id in the caller's own system, of one customer.")),
        ("firstName", text("The first name.")),
        ("lastName", text("The last name.")),
        ("phone", phone.into()),
        ("email", email.into()),
        ("tags", list(tag, "All tags.").into()),
    ]
}

pub fn new_customer() -> Body {
    let (schema, example) =
        body(vec![], customer_members(), json!({ "firstName": "Ravi", "phone": "+919090909090" }));
    let schema =
        schema.property("active", active()).description(Some("Has a phone number or a mail address."));
    (schema.additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false))), example)
}

pub fn customer_patch() -> Body {
    let members = [customer_members(), vec![("active", active())]].concat();
    patch(members, json!({ "email": "ravi@example.com", "phone": null }))
}
