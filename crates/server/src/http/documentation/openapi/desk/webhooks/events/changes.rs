//! What an event of a ticket says of the change, by the kind of the timeline's entry: `change` names it, `details` has what the
//! entry tells besides.

use crate::http::documentation::openapi::schema::{
    integer, list, named, one_of, or_null, record, string, time,
};
use rota_core::event::Kind;
use rota_core::life::{ClosedBy, Priority};
use rota_core::ticket::Stage;
use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Schema, Type};

const POSITION: &str = "TicketPosition";
const MOVE: &str = "TicketMove";

pub fn schemas() -> Vec<(&'static str, RefOr<Schema>)> {
    vec![(POSITION, position().into()), (MOVE, moved().into())]
}

/// One of the changes that an event of this kind tells of; `None` where it tells of none.
pub fn of(kind: Kind) -> Option<RefOr<Schema>> {
    let moves = |names: &[&str]| change(names, named(MOVE));
    let changes = match kind {
        Kind::TicketAssigned => {
            vec![created(), moves(&["claimed", "assigned", "handed_out", "given_on"]), passed()]
        }
        Kind::TicketWaiting => vec![created(), moves(&["assigned", "given_on"]), passed()],
        Kind::TicketUpdated => vec![
            moves(&["assigned", "given_on", "snoozed", "woken", "stage_set"]),
            passed(),
            change(&["priority_set"], priorities()),
            change(&["labelled"], labels()),
            change(&["undone"], undone()),
        ],
        Kind::TicketMessageAdded => vec![change(&["message"], message())],
        Kind::TicketNoteAdded => vec![change(&["noted"], note())],
        Kind::TicketClosed => vec![moves(&["closed"])],
        Kind::TicketReopened => vec![moves(&["reopened"])],
        Kind::TicketMerged => vec![moves(&["merged"])],
        Kind::TicketUnmerged => vec![moves(&["unmerged"])],
        Kind::TicketCreated
        | Kind::TicketWaitingTooLong
        | Kind::AgentAvailabilityChanged
        | Kind::IntakeRejecting
        | Kind::WebhookDisabled => return None,
    };
    Some(changes.into_iter().fold(OneOfBuilder::new(), OneOfBuilder::item).into())
}

fn change(names: &[&str], details: impl Into<RefOr<Schema>>) -> ObjectBuilder {
    ObjectBuilder::new()
        .property("change", one_of(names, "The kind of the timeline's entry."))
        .property("details", details)
        .required("change")
        .required("details")
}

/// Creating the ticket did this: there is no other entry than the first.
fn created() -> ObjectBuilder {
    let absent = || ObjectBuilder::new().schema_type(Type::Null);
    ObjectBuilder::new()
        .description(Some("Where creating the ticket did this, both are absent."))
        .property("change", absent())
        .property("details", absent())
}

fn number(description: &str) -> ObjectBuilder {
    integer(description).schema_type(or_null(Type::Integer))
}

fn position() -> ObjectBuilder {
    let closed_by: Vec<Value> =
        ClosedBy::ALL.iter().map(|by| Value::from(by.name())).chain([Value::Null]).collect();
    let closed = string("What closed it.").schema_type(or_null(Type::String)).enum_values(Some(closed_by));
    let until = time("When a snoozed one wakes.").schema_type(or_null(Type::String));
    record([
        ("stage", one_of(&Stage::ALL.map(Stage::name), "The kind of its stage.")),
        ("stageId", number("The stage of an open one, or that to which a snoozed one wakes.")),
        ("agentId", number("Its agent; of a snoozed or closed one whose it was.")),
        ("teamId", number("Its team.")),
        ("snoozedUntil", until),
        ("closedBy", closed),
        ("mergedInto", number("The ticket that it was merged into.")),
    ])
    .description(Some("Where a ticket stood."))
}

fn moved() -> ObjectBuilder {
    record([("from", named(POSITION)), ("to", named(POSITION))])
}

fn passed() -> ObjectBuilder {
    let reason = string("Why.");
    change(&["passed"], moved().property("reason", reason).required("reason"))
}

fn priorities() -> ObjectBuilder {
    let of = || record([("priority", one_of(&Priority::ALL.map(Priority::name), "It sorts lists."))]);
    record([("from", of()), ("to", of())])
}

fn labels() -> ObjectBuilder {
    let ids = |description: &str| list(integer("A label."), description);
    record([("added", ids("Labels that were put on.")), ("removed", ids("Labels that were taken off."))])
}

fn note() -> ObjectBuilder {
    record::<RefOr<Schema>>([
        ("text", string("What was noted.").into()),
        ("mentions", list(integer("An agent."), "Agents who are to know.").into()),
    ])
}

fn message() -> ObjectBuilder {
    record([
        ("direction", one_of(&["in", "out"], "From the customer, or an answer.")),
        ("text", string("What was said.")),
        ("saidAt", time("When it was said.")),
        ("externalId", string("The sender's own id.").schema_type(or_null(Type::String))),
    ])
}

fn undone() -> ObjectBuilder {
    record([("entry", integer("The timeline's entry whose change was taken back."))])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::content;
    use rota_core::life::What;
    use serde_json::json;
    use std::collections::BTreeSet;

    /// An open ticket's positions: of an agent's, one that waits, and one that nobody gives out.
    fn positions() -> [Value; 3] {
        let open = |place: Value| json!({ "state": "open", "stage": 1, "place": place });
        [open(json!({ "owned": 1 })), open(json!({ "waiting": 0 })), open(json!("unclaimed"))]
    }

    fn whats() -> Vec<What> {
        let mut stored = vec![
            json!({ "kind": "priority_set", "from": "low", "to": "high" }),
            json!({ "kind": "labelled", "added": [7] }),
            json!({ "kind": "noted", "text": "called" }),
            json!({ "kind": "message", "direction": "in", "text": "hello", "said_at": "2026-11-25T10:00:00Z" }),
            json!({ "kind": "undone", "sequence": 2 }),
        ];
        let moves = [
            "claimed",
            "assigned",
            "handed_out",
            "given_on",
            "passed",
            "closed",
            "reopened",
            "snoozed",
            "woken",
            "stage_set",
            "merged",
            "unmerged",
        ];
        for kind in moves {
            for to in positions() {
                stored.push(json!({ "kind": kind, "from": to, "to": to, "grounds": "busy" }));
            }
        }
        let what = |stored: Value| What::from_stored(&stored.to_string());
        stored
            .into_iter()
            .map(|stored| what(stored.clone()).unwrap_or_else(|e| panic!("{stored}: {e}")))
            .collect()
    }

    fn resolved(schema: &Value) -> Value {
        match schema["$ref"].as_str() {
            Some(path) => {
                let name = path.rsplit('/').next().unwrap();
                let (_, found) =
                    schemas().into_iter().find(|(known, _)| *known == name).expect("a component");
                serde_json::to_value(found).unwrap()
            }
            None => schema.clone(),
        }
    }

    /// The schema of what is told of such a change in such an event.
    fn details(kind: Kind, change: &str) -> Option<Value> {
        let changes = serde_json::to_value(of(kind)?).unwrap();
        let names = |one: &Value| one["properties"]["change"]["enum"].as_array().cloned().unwrap_or_default();
        let found = changes["oneOf"].as_array()?.iter().find(|one| names(one).contains(&json!(change)))?;
        Some(resolved(&found["properties"]["details"]))
    }

    #[test]
    fn every_change_is_described_with_the_members_that_it_tells() {
        let mut told = BTreeSet::new();
        for what in whats() {
            let schema = details(what.event(), what.kind())
                .unwrap_or_else(|| panic!("{:?} does not tell of {what:?}", what.event()));
            let required: BTreeSet<String> = serde_json::from_value(schema["required"].clone()).unwrap();
            let content = content(&what);
            let members: BTreeSet<String> = content.as_object().unwrap().keys().cloned().collect();
            assert_eq!(required, members, "{what:?}");
            if let Some(from) = content["from"].get("stage").and(content.get("from")) {
                let members: BTreeSet<&String> = from.as_object().unwrap().keys().collect();
                let described = resolved(&json!({ "$ref": POSITION }));
                let described: BTreeSet<&String> =
                    described["properties"].as_object().unwrap().keys().collect();
                assert_eq!(described, members);
            }
            told.insert((what.event(), what.kind()));
        }
        let described =
            Kind::ALL.into_iter().filter_map(|kind| Some((kind, serde_json::to_value(of(kind)?).unwrap())));
        let described: Vec<(Kind, String)> = described
            .flat_map(|(kind, changes)| {
                let of_all = changes["oneOf"].as_array().unwrap().clone();
                let names = of_all
                    .into_iter()
                    .flat_map(|one| one["properties"]["change"]["enum"].as_array().cloned());
                names.flatten().map(move |name| (kind, name.as_str().unwrap().to_owned())).collect::<Vec<_>>()
            })
            .collect();
        for (kind, name) in described {
            // Whose owner gives a ticket on or claims it is told by where it is then.
            assert!(told.iter().any(|(known, change)| *known == kind && *change == name), "{kind:?} {name}");
        }
    }
}
