//! The names behind the numbers of a ticket.

use super::super::DESK;
use super::super::schema::{boolean, integer, list, named, one_of, or_null, record, string};
use super::operation;
use super::people::schemas::{AVAILABILITY, availability_example, stage};
use super::tickets::told;
use rota_core::access::Role;
use serde_json::{Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, PathItem};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

const DIRECTORY: &str = "Directory";

pub fn paths() -> Vec<(String, PathItem)> {
    let described = OperationBuilder::new()
        .tag(DESK)
        .operation_id(Some("directory"))
        .summary(Some("Everybody and everything that tickets name by number"))
        .description(Some(
            "In one answer, without pages, and of one moment; those that are archived too, so that history has names.",
        ))
        .response("200", told(named(DIRECTORY), example()));
    vec![("/v1/directory".into(), PathItem::new(HttpMethod::Get, operation(described, &[])))]
}

pub fn schemas() -> Vec<(&'static str, RefOr<Schema>)> {
    vec![(DIRECTORY, directory().into())]
}

fn directory() -> ObjectBuilder {
    let store = record([
        ("id", string("The store's id.")),
        ("name", string("The store's name.")),
        ("timezone", string("An IANA name.")),
    ]);
    record::<RefOr<Schema>>([
        ("store", store.into()),
        ("agents", list(agent(), "In the order of their ids.").into()),
        ("teams", list(team(), "In the order of their ids.").into()),
        ("labels", list(label(), "In the order of their ids.").into()),
        ("stages", list(stage(), "In their order. New tickets begin in the first of kind open.").into()),
    ])
}

fn agent() -> ObjectBuilder {
    let limit = integer(
        "At how many open tickets turns pass the agent by; null: no limit. Left out for those who may not see it.",
    );
    record::<RefOr<Schema>>([
        ("id", integer("The agent's id.").into()),
        ("name", string("The name.").into()),
        ("email", string("The mail address.").into()),
        ("role", one_of(&Role::ALL.map(Role::name), "What the agent may do.").into()),
        ("availability", named(AVAILABILITY).into()),
        ("open", integer("Open tickets.").minimum(Some(0)).into()),
        ("active", active()),
    ])
    .property("maxOpen", limit.schema_type(or_null(Type::Integer)))
}

fn team() -> ObjectBuilder {
    record::<RefOr<Schema>>([
        ("id", integer("The team's id.").into()),
        ("name", string("The name.").into()),
        ("members", list(integer("An agent."), "Its active members.").into()),
        ("active", active()),
    ])
}

fn label() -> ObjectBuilder {
    record::<RefOr<Schema>>([
        ("id", integer("The label's id.").into()),
        ("name", string("The name.").into()),
        ("active", active()),
    ])
}

fn active() -> RefOr<Schema> {
    boolean("false: archived.").into()
}

fn example() -> Value {
    json!({
        "store": { "id": "p60HYv5wjgQaOrPdqT5NjbpkroD2", "name": "Shop", "timezone": "Asia/Kolkata" },
        "agents": [
            { "id": 17643, "name": "Meera", "email": "meera@shop.example", "role": "agent",
              "availability": availability_example(), "open": 3, "maxOpen": 20, "active": true },
            { "id": 17644, "name": "Tomas", "email": "tomas@shop.example", "role": "team_manager",
              "availability": { "status": "away", "reason": "lunch", "until": "2026-11-25T13:00:00Z" }, "open": 0,
              "maxOpen": null, "active": true },
        ],
        "teams": [{ "id": 31, "name": "Returns", "members": [17643], "active": true }],
        "labels": [{ "id": 7, "name": "refund", "active": true }, { "id": 8, "name": "spam", "active": false }],
        "stages": [
            { "id": 1, "name": "Open", "kind": "open" },
            { "id": 2, "name": "Snoozed", "kind": "snoozed" },
            { "id": 3, "name": "Closed", "kind": "closed" },
        ],
    })
}
