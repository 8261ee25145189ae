//! The receipt of a decision, as a dry run answers it.

use super::schema::{integer, list, named, one_of, or_null, record, string, time};
use rota_core::receipt::{MAX_SEATS, Reason};
use rota_core::ticket::Outcome;
use serde_json::json;
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
    let policy = string("The policy asked; null when the caller named the agent.")
        .schema_type(or_null(Type::String))
        .enum_values(Some([json!("round_robin"), json!("balanced"), json!("unassigned"), json!(null)]));
    let seats = list(named(SEAT), "In ring order from the agent after the last assigned to the chosen one.");
    record::<RefOr<Schema>>([
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

fn pool() -> ObjectBuilder {
    record([
        ("kind", one_of(&["store", "team"], "Whose pool it is.")),
        ("id", integer("The team, or null.").schema_type(or_null(Type::Integer))),
        ("name", string("The team's name, or null.").schema_type(or_null(Type::String))),
    ])
    .schema_type(or_null(Type::Object))
    .description(Some("The pool whose turn it was; null when the caller named the agent."))
}

fn seat() -> ObjectBuilder {
    record([
        ("agentId", integer("The agent.")),
        ("name", string("The agent's name.")),
        ("reason", one_of(&Reason::ALL.map(Reason::name), "Why the agent was chosen or passed over.")),
        (
            "open",
            count("Open tickets before the decision; null without a limit.")
                .schema_type(or_null(Type::Integer)),
        ),
        ("limit", count("How many may be open; null without a limit.").schema_type(or_null(Type::Integer))),
        (
            "until",
            time("When the agent's working hours begin next, or null.").schema_type(or_null(Type::String)),
        ),
    ])
}

fn others() -> ObjectBuilder {
    let number: AdditionalProperties<Schema> = count("Agents.").into();
    ObjectBuilder::new()
        .description(Some("How many agents no seat is listed for, by reason."))
        .property_names(Some(Schema::from(one_of(&Reason::ALL.map(Reason::name), "A reason."))))
        .additional_properties(Some(number))
}

fn agent(description: &str) -> ObjectBuilder {
    integer(&format!("{description} Null when there is none.")).schema_type(or_null(Type::Integer))
}

fn count(description: &str) -> ObjectBuilder {
    integer(description).minimum(Some(0))
}
