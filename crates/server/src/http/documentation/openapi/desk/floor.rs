//! The floor: who is there, how loaded, what waits, and whose turn is next.

use super::super::DESK;
use super::super::receipt::standing;
use super::super::schema::{boolean, integer, list, one_of, or_null, record, string, time};
use super::operation;
use super::tickets::told;
use rota_core::receipt::Reason;
use rota_core::roster::Policy;
use serde_json::{Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, PathItem};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

pub fn paths() -> Vec<(String, PathItem)> {
    let described = OperationBuilder::new()
        .tag(DESK)
        .operation_id(Some("floor"))
        .summary(Some("Who is there, how loaded, what waits, and whose turn is next"))
        .description(Some(
            "Team managers see their teams, their members and the store's pool; admins and keys everything; agents get 404.",
        ))
        .response("200", told(floor(), floor_example()));
    vec![("/v1/floor".into(), PathItem::new(HttpMethod::Get, operation(described, &[])))]
}

fn number(description: &str) -> RefOr<Schema> {
    integer(description).schema_type(or_null(Type::Integer)).into()
}

fn count(description: &str) -> RefOr<Schema> {
    integer(description).minimum(Some(0)).into()
}

/// A pool and its team's name.
fn pool(description: &str) -> RefOr<Schema> {
    record::<RefOr<Schema>>([
        ("kind", one_of(&["store", "team"], "Whose pool it is.").into()),
        ("id", number("The team, or null.")),
        ("name", string("The team's name, or null.").schema_type(or_null(Type::String)).into()),
    ])
    .description(Some(description))
    .into()
}

fn floor() -> ObjectBuilder {
    record::<RefOr<Schema>>([
        ("at", time("When that was so.").into()),
        ("agents", list(agent(), "In the order of their ids.").into()),
        ("pools", list(one_pool(), "The store's, then those of the teams.").into()),
    ])
}

fn agent() -> ObjectBuilder {
    let not = [Reason::Chosen, Reason::NotTheirTurn, Reason::BehindQueue, Reason::Unavailable];
    let reasons = Reason::ALL.into_iter().filter(|reason| !not.contains(reason)).map(Reason::name);
    let states: Vec<&str> = std::iter::once("free").chain(reasons).collect();
    let until = time("Until when, as far as the clock knows.").schema_type(or_null(Type::String));
    record::<RefOr<Schema>>([
        ("agentId", integer("The agent.").into()),
        ("name", string("The agent's name.").into()),
        ("online", boolean("Whether the agent takes tickets.").into()),
        ("open", number("Open tickets; null where nobody's turn depends on them.")),
        ("limit", number("How many may be open; null without a limit.")),
        (
            "state",
            one_of(&states, "Whether the agent could be given a ticket of the store's pool, or why not.")
                .into(),
        ),
        ("until", until.into()),
    ])
}

fn one_pool() -> ObjectBuilder {
    let since = time("Since when the oldest waits.").schema_type(or_null(Type::String));
    record::<RefOr<Schema>>([
        ("pool", pool("The pool.")),
        ("policy", one_of(&Policy::ALL.map(Policy::name), "How it gives tickets out.").into()),
        ("waiting", count("How many tickets wait in it.")),
        ("oldestTicketId", number("The one that has waited longest.")),
        ("waitingSince", since.into()),
        ("lastAgentId", number("Who had the last turn.")),
        ("nextAgentId", number("Who would get a ticket now.")),
        ("free", count("How many of its members could be given a ticket.")),
        ("others", standing("How many could not, by reason.").into()),
    ])
}

fn floor_example() -> Value {
    json!({
        "at": "2026-11-25T09:30:00Z",
        "agents": [
            { "agentId": 17643, "name": "Meera", "online": true, "open": 3, "limit": 20, "state": "free", "until": null },
            { "agentId": 17644, "name": "Tomas", "online": true, "open": 1, "limit": null, "state": "on_leave",
              "until": "2026-11-30T00:00:00Z" },
        ],
        "pools": [{
            "pool": { "kind": "store", "id": null, "name": null }, "policy": "balanced", "waiting": 0,
            "oldestTicketId": null, "waitingSince": null, "lastAgentId": 17643, "nextAgentId": 17643, "free": 1,
            "others": { "on_leave": 1 },
        }],
    })
}

/// What a waiting ticket waits for; null where it does not wait.
pub fn waits_for() -> ObjectBuilder {
    let reasons = Reason::ALL.map(Reason::name);
    let coming = record::<RefOr<Schema>>([
        ("agentId", integer("The agent.").into()),
        ("name", string("The agent's name.").into()),
        ("reason", one_of(&reasons, "What holds the agent until then.").into()),
        ("at", time("When that ends.").into()),
    ]);
    record::<RefOr<Schema>>([
        ("pool", pool("The pool that will give it out.")),
        ("text", list(string("A line of it."), "The same in English.").into()),
        (
            "byClock",
            list(coming, "Who can take it once a time has come, the soonest first; at most five.").into(),
        ),
        ("afterOneClosing", count("How many could take it once they have closed one ticket.")),
        ("offline", count("How many are offline.")),
        ("passedBefore", count("How many could take one and have passed this one on.")),
        ("couldNow", count("How many could take it now: only for the moment until it is handed out.")),
    ])
    .schema_type(or_null(Type::Object))
    .description(Some("What would let somebody take it; null where it does not wait."))
}

pub fn waits_for_example() -> Value {
    json!({
        "pool": { "kind": "team", "id": 31, "name": "Returns" },
        "text": [
            "Meera can take it from 2026-11-26T03:30:00Z on: outside working hours until then",
            "1 agent can take it after closing one ticket",
            "2 agents are offline",
        ],
        "byClock": [{ "agentId": 17643, "name": "Meera", "reason": "outside_hours", "at": "2026-11-26T03:30:00Z" }],
        "afterOneClosing": 1, "offline": 2, "passedBefore": 0, "couldNow": 0,
    })
}
