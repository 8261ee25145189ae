//! Routing rules: seen, set, looked through and tried.

use super::bodies::Body;
use super::schemas::{hours, rules_example};
use super::{CHANGE, Resource, change, described, of, request, shown, told};
use crate::http::documentation::openapi::headers::answer;
use crate::http::documentation::openapi::receipt::{self, RECEIPT};
use crate::http::documentation::openapi::schema::{
    boolean, constant, integer, list, named, one_of, or_null, record, string,
};
use rota_core::life::Priority;
use rota_core::rules::{MAX_ENTRIES, MAX_RULES};
use rota_core::ticket::Channel;
use serde_json::{Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{HttpMethod, PathItem};
use utoipa::openapi::response::Response;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema, Type};

pub const RULES: &str = "Rules";

pub fn paths() -> Vec<(String, PathItem)> {
    let rules = Resource {
        schema: RULES,
        example: rules_example,
        one: "rules",
        many: "rules",
        a: "the routing rules, in the order in which they are looked at",
    };
    let set = change(&rules, "setRules", "Set all routing rules", body()).description(Some(
        "The whole list in its order. A rule without an id is a new one; one that is left out is gone. What is wrong is told \
         with its place, such as `rules[2].when.labels`. For admins.",
    ));
    let check = described("checkRules", "Look routing rules through without saving them")
        .description(Some(
            "Says what setting them would say: 422 with every fault, or the rules as they would be. For team managers and \
             admins.",
        ))
        .request_body(Some(request(body())))
        .response("200", told("Nothing is wrong with them.", &rules, &[]));
    let attempt = described("tryRules", "See where a ticket would go under these rules")
        .description(Some(
            "The ticket is one as `createAndAssignTicket` takes it. It is decided on as if the rules were in force; nothing \
             is written. For team managers and admins.",
        ))
        .request_body(Some(request(trial())))
        .response("200", tried());
    vec![
        (
            "/v1/rules".into(),
            of([(HttpMethod::Get, shown(&rules), &[][..]), (HttpMethod::Put, set, &CHANGE[..])]),
        ),
        ("/v1/rules/check".into(), of([(HttpMethod::Post, check, &[400, 403, 422][..])])),
        ("/v1/rules/try".into(), of([(HttpMethod::Post, attempt, &[400, 403, 422][..])])),
    ]
}

/// Rules as they are shown.
pub fn schema() -> ObjectBuilder {
    let rule = rule().required("id").required("on").required("when");
    record([(
        "rules",
        list(rule, "In the order in which they are looked at: the first that matches decides."),
    )])
}

fn rule() -> ObjectBuilder {
    record::<RefOr<Schema>>([("name", text("What it is called.", 80).into()), ("then", effects().into())])
        .property("id", integer("Its number; left out: a new one.").minimum(Some(1)))
        .property("on", boolean("Whether it is looked at; it is where this is left out."))
        .property("when", conditions())
}

fn conditions() -> ObjectBuilder {
    let closed = ObjectBuilder::new()
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
        .description(Some(
            "All hold, or the rule does not match; of each list one entry is enough. What is left out holds for every ticket.",
        ));
    let entries = |items: ObjectBuilder, description: &str| {
        list(items, description).min_items(Some(1)).max_items(Some(MAX_ENTRIES))
    };
    closed
        .property(
            "channels",
            entries(one_of(&Channel::ALL.map(Channel::name), "A channel."), "The ticket's channel."),
        )
        .property("labels", entries(integer("A label."), "Labels that the ticket comes with."))
        .property(
            "words",
            entries(text("A word, or several in a row.", 64), "In the title or the context, in any case."),
        )
        .property("customerTags", entries(text("A tag.", 64), "The customer's tags, in any case."))
        .property("hours", hours())
        .property(
            "brandAddresses",
            entries(text("A number or a mail address of the store's own.", 254), "Where the ticket came to."),
        )
}

fn effects() -> ObjectBuilder {
    let labels = list(integer("A label."), "Labels to put on it.").max_items(Some(50));
    ObjectBuilder::new()
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
        .description(Some("At least one of them; not both a team and an agent."))
        .property("teamId", integer("The ticket's team, whose pool gives it out."))
        .property(
            "agentId",
            integer("Who gets it, while they could be given a ticket; otherwise the search goes on behind the rule."),
        )
        .property("labels", labels)
        .property("priority", one_of(&Priority::ALL.map(Priority::name), "Its priority."))
}

fn text(description: &str, most: usize) -> ObjectBuilder {
    string(description).min_length(Some(1)).max_length(Some(most))
}

fn all_rules() -> RefOr<Schema> {
    list(rule(), "All of them, in the order in which they are looked at.").max_items(Some(MAX_RULES)).into()
}

fn body() -> Body {
    let example = json!({ "rules": [
        { "name": "Refunds", "when": { "words": ["refund", "money back"] }, "then": { "teamId": 31 } },
    ] });
    (record([("rules", all_rules())]), example)
}

fn trial() -> Body {
    let ticket = ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some("The body of a call to `createAndAssignTicket`."));
    let example = json!({
        "rules": [{ "name": "Refunds", "when": { "words": ["refund"] }, "then": { "teamId": 31 } }],
        "ticket": { "channel": "TASKS", "bikCustomerId": "5233549", "taskTitle": "A refund, please" },
    });
    (record::<RefOr<Schema>>([("rules", all_rules()), ("ticket", ticket.into())]), example)
}

fn tried() -> Response {
    let id = |description: &str| integer(description).schema_type(or_null(Type::Integer));
    let ticket = record::<RefOr<Schema>>([
        ("id", constant(0).into()),
        ("customerId", string("The customer.").into()),
        ("storeId", string("The store.").into()),
        ("agentId", id("Who would get it, or null.").into()),
        ("teamId", id("Its team, or null.").into()),
        ("channelName", one_of(&Channel::ALL.map(Channel::name), "The channel.").into()),
    ]);
    let schema = record::<RefOr<Schema>>([("ticket", ticket.into()), ("receipt", named(RECEIPT).into())]);
    let content = ContentBuilder::new().schema(Some(schema)).example(Some(tried_example())).build();
    answer("Where it would go, and why.", &[]).content("application/json", content).build()
}

fn tried_example() -> Value {
    json!({
        "ticket": {
            "id": 0, "customerId": "5233549", "storeId": "p60HYv5wjgQaOrPdqT5NjbpkroD2", "agentId": 17643, "teamId": 31,
            "channelName": "tasks",
        },
        "receipt": receipt::of_rule(),
    })
}
