//! The ledger: who was given what.

use super::super::DESK;
use super::super::schema::{integer, list, one_of, or_null, record, string, time};
use super::tickets::told;
use super::{operation, query};
use crate::ledger::shown::member;
use rota_core::ledger::Way;
use rota_core::roster::Policy;
use serde_json::{Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, PathItem};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};

const POOL: &str = "^(store|[1-9][0-9]{0,17})$";
const DESCRIPTION: &str = "Each turn of round robin entitles each of the n agents who could have been chosen to 1/n of a \
    ticket, and the chosen one has received one. While the same n can be chosen, `received` and `entitled` of nobody \
    differ by 1 or more: that is checked after every turn (`promise`). Over longer times they drift apart by what \
    `missed` counts: turns at which somebody was next and not available. Tickets given outside the turns have members \
    of their own. A balanced pool has no turns; it has its `spread`. \
    \n\n\
    Days are those of the store's time zone, both ends included, at most 366; without `from` they are 30. It is counted \
    beside intake, usually within seconds: `upTo` is the time of the last decision in it, `behind` how many events are \
    still to be counted. For admins, keys, and team managers as to their teams; nobody else has one (404).";

pub fn paths() -> Vec<(String, PathItem)> {
    let ledger = OperationBuilder::new()
        .tag(DESK)
        .operation_id(Some("ledger"))
        .summary(Some("Who was given what out of a pool, and what would have been their part"))
        .description(Some(DESCRIPTION))
        .parameters(Some([
            query(
                "pool",
                string("").pattern(Some(POOL)),
                "A team's number, or `store`, as it is by default.",
            ),
            query("from", date(""), "The first day."),
            query("to", date(""), "The last day; today by default."),
        ]))
        .response("200", told(schema(), example()));
    vec![("/v1/ledger".into(), PathItem::new(HttpMethod::Get, operation(ledger, &[400])))]
}

fn date(description: &str) -> ObjectBuilder {
    string(description).format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
}

fn number(description: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Number).description(Some(description))
}

fn count(description: &str) -> ObjectBuilder {
    integer(description).minimum(Some(0))
}

fn schema() -> RefOr<Schema> {
    let pool = record([
        ("kind", one_of(&["store", "team"], "")),
        ("id", integer("The team's number.").schema_type(or_null(Type::Integer))),
        ("name", string("The team's name.").schema_type(or_null(Type::String))),
    ]);
    let promise = record([
        ("checkedTurns", count("Turns of round robin; after each the promise is checked.")),
        (
            "worst",
            number(
                "The most by which anybody's part and what they received have differed; below 1 it is kept.",
            ),
        ),
        ("broken", count("Turns after which it was not kept.")),
    ]);
    let spread = record([
        ("decisions", count("")),
        ("least", count("The least by which open tickets of those who could be chosen differed.")),
        ("most", count("The most.")),
        ("mean", number("On average.")),
    ])
    .schema_type(or_null(Type::Object))
    .description(Some("Of the decisions of a balanced pool; null where there were none."));
    let item = [("agentId", integer("The agent.")), ("name", string("What the agent is called now."))];
    let item = record(item.into_iter().chain(columns()));
    record::<RefOr<Schema>>([
        ("pool", pool.into()),
        ("policy", one_of(&Policy::ALL.map(Policy::name), "Its policy as it is now.").into()),
        ("from", date("").into()),
        ("to", date("").into()),
        ("items", list(item, "Everybody who has an entry, in the order of their numbers.").into()),
        ("totals", record(columns()).into()),
        ("promise", promise.into()),
        (
            "uncounted",
            count("Turns of which it is not known who else could be chosen: in pools of more than 3,072.")
                .into(),
        ),
        ("spread", spread.into()),
        (
            "upTo",
            time("When the last decision was made that is counted.")
                .schema_type(or_null(Type::String))
                .into(),
        ),
        ("behind", count("Events that are still to be counted.").into()),
    ])
    .into()
}

fn columns() -> impl Iterator<Item = (&'static str, ObjectBuilder)> {
    let turns = [
        ("received", count("Tickets that they got as a turn of round robin.")),
        (
            "entitled",
            number("The sum of 1/n over the turns at which they were one of n who could be chosen."),
        ),
        ("difference", number("`received` less `entitled`.")),
        ("missed", count("How often they were next and not available.")),
    ];
    let outside = Way::ALL.map(|way| {
        let description = match way {
            Way::Asked => "The create call named them.",
            Way::ByRule => "A rule named them.",
            Way::Sticky => "They had the customer's last ticket.",
            Way::ByLoad => "They had the fewest open tickets, in a balanced pool.",
            Way::Claimed => "They took it.",
            Way::Assigned => "Somebody gave it to them.",
            Way::Passed => "A colleague had passed it on.",
        };
        (member(way), count(description))
    });
    turns.into_iter().chain(outside)
}

fn example() -> Value {
    let outside = |claimed: u32| {
        json!({ "asked": 0, "byRule": 0, "sticky": 0, "byLoad": 0, "claimed": claimed,
                                         "assigned": 0, "passed": 0 })
    };
    let entry = |own: Value, claimed| {
        let mut entry = own;
        if let (Some(entry), Value::Object(outside)) = (entry.as_object_mut(), outside(claimed)) {
            entry.extend(outside);
        }
        entry
    };
    let meera = json!({ "agentId": 1, "name": "Meera", "received": 3, "entitled": 3.0, "difference": 0.0, "missed": 0 });
    let tomas = json!({ "agentId": 2, "name": "Tomas", "received": 2, "entitled": 2.0, "difference": 0.0, "missed": 1 });
    let totals = json!({ "received": 5, "entitled": 5.0, "difference": 0.0, "missed": 1 });
    json!({
        "pool": { "kind": "store", "id": null, "name": null },
        "policy": "round_robin",
        "from": "2026-10-27",
        "to": "2026-11-25",
        "items": [entry(meera, 0), entry(tomas, 1)],
        "totals": entry(totals, 1),
        "promise": { "checkedTurns": 5, "worst": 0.5, "broken": 0 },
        "uncounted": 0,
        "spread": null,
        "upTo": "2026-11-25T10:44:26.64Z",
        "behind": 0,
    })
}
