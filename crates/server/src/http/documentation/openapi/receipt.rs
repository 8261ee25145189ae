//! The receipt of a decision, as a dry run answers it.

use super::schema::{integer, list, named, one_of, or_null, record, string, time};
use rota_core::receipt::{MAX_SEATS, Reason, Route};
use rota_core::rules::What;
use rota_core::ticket::Outcome;
use serde_json::{Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema, Type};

pub const RECEIPT: &str = "Receipt";
const SEAT: &str = "Seat";
pub fn schemas() -> [(&'static str, RefOr<Schema>); 2] {
    [(RECEIPT, receipt()), (SEAT, seat().into())]
}

fn receipt() -> RefOr<Schema> {
    members().into()
}

/// An object with a receipt's members.
pub fn members() -> ObjectBuilder {
    let policy = string("The policy asked; null when no pool was.")
        .schema_type(or_null(Type::String))
        .enum_values(Some([json!("round_robin"), json!("balanced"), json!("unassigned"), json!(null)]));
    let seats = list(named(SEAT), "In ring order from the agent after the last assigned to the chosen one.");
    let route = one_of(
        &Route::ALL.map(Route::name),
        "How somebody was looked for: they were asked for by name, a rule led to them, they had the customer's last ticket, \
         or the pool decides.",
    );
    record::<RefOr<Schema>>([
        ("route", route.into()),
        ("rule", rule().into()),
        (
            "skipped",
            list(skipped(), "Whom a rule or an earlier ticket led to, who could not take it.").into(),
        ),
        ("policy", policy.into()),
        ("pool", pool().into()),
        ("turnBefore", agent("The agent last assigned before.").into()),
        ("chosen", agent("The agent the ticket was given to.").into()),
        ("turnAfter", agent("The agent last assigned after.").into()),
        (
            "outcome",
            one_of(
                &Outcome::ALL.map(Outcome::name),
                "With an agent, waiting for the pool to give it out, or left for people to claim.",
            )
            .into(),
        ),
        ("considered", count("How many agents the pool has.").into()),
        ("seats", seats.max_items(Some(MAX_SEATS)).into()),
        ("others", others().into()),
        ("text", string("The decision in English.").into()),
    ])
    .description(Some("Why the ticket goes where it goes."))
}

fn rule() -> ObjectBuilder {
    let matched = record([
        ("what", one_of(&What::ALL.map(What::name), "The kind of condition.")),
        (
            "value",
            string("What it found: the word, the label's number; the beginning of it where it is long."),
        ),
    ]);
    record::<RefOr<Schema>>([
        ("id", integer("The rule's number.").into()),
        ("name", string("The rule's name then.").into()),
        ("matched", list(matched, "One entry for each condition.").into()),
    ])
    .schema_type(or_null(Type::Object))
    .description(Some("The rule that matched, or null."))
}

fn skipped() -> ObjectBuilder {
    let rule = integer("The rule that leads to the agent; null: the agent had the customer's last ticket.");
    record([
        ("ruleId", rule.schema_type(or_null(Type::Integer))),
        ("agentId", integer("The agent.")),
        ("name", string("The agent's name.")),
        ("reason", one_of(&Reason::ALL.map(Reason::name), "Why they could not take it.")),
    ])
}

fn pool() -> ObjectBuilder {
    record([
        ("kind", one_of(&["store", "team"], "Whose pool it is.")),
        ("id", integer("The team, or null.").schema_type(or_null(Type::Integer))),
        ("name", string("The team's name, or null.").schema_type(or_null(Type::String))),
    ])
    .schema_type(or_null(Type::Object))
    .description(Some("The pool whose turn it was; null when no pool was asked."))
}

fn seat() -> ObjectBuilder {
    record([
        ("agentId", integer("The agent.")),
        ("name", string("The agent's name.")),
        ("reason", one_of(&Reason::ALL.map(Reason::name), "Why the agent was chosen or passed over.")),
        (
            "open",
            count("Open tickets before the decision; null where nobody's turn depends on them.")
                .schema_type(or_null(Type::Integer)),
        ),
        ("limit", count("How many may be open; null without a limit.").schema_type(or_null(Type::Integer))),
        (
            "until",
            time("Until when the agent could not, as far as the clock knows; or null.")
                .schema_type(or_null(Type::String)),
        ),
    ])
}

fn others() -> ObjectBuilder {
    standing("How many agents no seat is listed for, by reason.")
}

/// Numbers of agents by reason.
pub fn standing(description: &str) -> ObjectBuilder {
    let number: AdditionalProperties<Schema> = count("Agents.").into();
    ObjectBuilder::new()
        .description(Some(description))
        .property_names(Some(Schema::from(one_of(&Reason::ALL.map(Reason::name), "A reason."))))
        .additional_properties(Some(number))
}

/// An example with a rule.
pub fn of_rule() -> Value {
    json!({
        "route": "pool",
        "rule": { "id": 3, "name": "Refunds", "matched": [{ "what": "word", "value": "refund" }] },
        "skipped": [],
        "policy": "round_robin",
        "pool": { "kind": "team", "id": 31, "name": "Returns" },
        "turnBefore": null,
        "chosen": 17_643,
        "turnAfter": 17_643,
        "outcome": "assigned",
        "considered": 1,
        "seats": [{
            "agentId": 17_643, "name": "Meera", "reason": "chosen", "open": null, "limit": null, "until": null,
        }],
        "others": {},
        "text": "Rule \"Refunds\" matched (word refund). Meera was next in the pool of team Returns.",
    })
}

fn agent(description: &str) -> ObjectBuilder {
    integer(&format!("{description} Null when there is none.")).schema_type(or_null(Type::Integer))
}

fn count(description: &str) -> ObjectBuilder {
    integer(description).minimum(Some(0))
}
