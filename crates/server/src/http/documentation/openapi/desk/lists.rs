//! Finding tickets: lists, searches and exports.

use super::super::DESK;
use super::super::errors::with_examples;
use super::super::headers::answer;
use super::super::schema::{boolean, integer, list, named, one_of, or_null, record, string};
use super::tickets::{TICKET, ticket_example};
use super::{operation, query};
use rota_core::life::Priority;
use rota_core::search::{Filter, Listing, Query, Sort, Standing};
use serde_json::json;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{
    HttpMethod, OperationBuilder, Parameter, ParameterBuilder, ParameterIn, ParameterStyle, PathItem,
};
use utoipa::openapi::response::Response;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{RefOr, Required};

const AGE: &str = "^[0-9]{1,7}[mhd]$";
const NUMBER: &str = "[0-9]{1,18}";

pub fn paths() -> Vec<(String, PathItem)> {
    let get = |operation| PathItem::new(HttpMethod::Get, operation);
    let page = OperationBuilder::new()
        .tag(DESK)
        .operation_id(Some("tickets"))
        .summary(Some("Find tickets: a search, filters, and an order"))
        .description(Some(include_str!("lists.md").trim()))
        .parameters(Some([searches(), filters(), vec![include()], pages()].concat()))
        .response("200", page_told());
    let export = OperationBuilder::new()
        .tag(DESK)
        .operation_id(Some("export"))
        .summary(Some("Export tickets as CSV or JSON Lines"))
        .description(Some(
            "The whole list, oldest first unless another order is asked for, sent as it is read: one that breaks off is \
             not whole. Only an admin exports a whole store; others say with a filter which tickets.",
        ))
        .parameters(Some([vec![format()], searches(), filters()].concat()))
        .response("200", file());
    vec![
        ("/v1/tickets".into(), get(operation(page, &[400]))),
        ("/v1/tickets/export".into(), get(operation(export, &[400, 403]))),
    ]
}

fn include() -> Parameter {
    let names = string("`customer`, `preview`, separated by commas.")
        .pattern(Some("^(customer|preview)(,(customer|preview))*$"));
    let told = "`customer`: each ticket with whom it is of, by name; `preview`: with how its context begins.";
    query("include", names, told)
}

fn page_told() -> Response {
    let mut named = listed_example();
    named["customer"] = json!({ "id": "5233549", "name": "Asha Rao" });
    named["preview"] = "Refund for order 1042".into();
    let page = |ticket| json!({ "items": [ticket], "next": "1n2a.2a", "upToDate": true });
    let examples = vec![("A page", page(listed_example())), ("With customers", page(named))];
    let content = ContentBuilder::new().schema(Some(items()));
    answer("As it is now.", &[]).content("application/json", with_examples(content, examples)).build()
}

fn items() -> RefOr<Schema> {
    record::<RefOr<Schema>>([
        ("items", list(named(TICKET), "In the order that was asked for, without `context`.").into()),
        (
            "next",
            string("Where the next page begins; null where nothing is left.")
                .schema_type(or_null(Type::String))
                .into(),
        ),
        (
            "upToDate",
            boolean(
                "False where a search came before all that had been written was filed: what is newest may be missing. Ask again \
                 in a moment.",
            )
            .into(),
        ),
    ])
    .into()
}

/// A ticket as lists show it.
pub fn listed_example() -> serde_json::Value {
    let mut ticket = ticket_example();
    if let Some(members) = ticket.as_object_mut() {
        members.shift_remove("context");
    }
    ticket
}

fn file() -> Response {
    let csv = ContentBuilder::new()
        .schema(Some(string(
            "A header line, then a line for each ticket. Numbers of labels are separated by spaces.",
        )))
        .build();
    let lines = ContentBuilder::new().schema(Some(string("A ticket as one JSON object per line."))).build();
    answer("The file.", &[]).content("text/csv", csv).content("application/jsonl", lines).build()
}

fn pattern(text: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).pattern(Some(text))
}

fn searches() -> Vec<Parameter> {
    let text = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(Query::MAX_CHARS))
        .pattern(Some(r"\S"));
    let sorts =
        "The order. `match`, the best first, needs `q`, and is the usual one with it; without, `newest` is.";
    vec![
        query(
            "q",
            text,
            "A ticket's number; a phone number or at least its last six digits; a mail address or how it begins; a \
             `partnerCustomerId`; a customer's name; words of title, context, notes and messages, the last of which may be \
             unfinished. At most 16 words.",
        ),
        query("sort", one_of(&Sort::ALL.map(Sort::name), ""), sorts),
    ]
}

/// The conditions of a filter, all of which a ticket meets.
fn filters() -> Vec<Parameter> {
    let label = list(integer("A label.").minimum(Some(0)), "").max_items(Some(Filter::MAX_LABELS));
    let labels = ParameterBuilder::new()
        .name("label")
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some("Has this label; given several times, all of them."))
        .style(Some(ParameterStyle::Form))
        .explode(Some(true))
        .schema(Some(label))
        .build();
    let number = || integer("").minimum(Some(0));
    let customer = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(128));
    vec![
        query("state", one_of(&Standing::ALL.map(Standing::name), ""), "How it stands."),
        query("stage", number(), "Its stage, or that to which it wakes."),
        query("channel", one_of(&["whatsapp", "email", "tasks"], ""), "Where it came from."),
        query(
            "agent",
            pattern(&format!("^(me|none|{NUMBER})$")),
            "Whose it is: `me`, `none`, or an agent's number.",
        ),
        query(
            "team",
            pattern(&format!("^(mine|none|{NUMBER})$")),
            "Its team: any of the caller's (`mine`), `none`, or a team's number.",
        ),
        labels,
        query("priority", one_of(&Priority::ALL.map(Priority::name), ""), "Its priority."),
        query("customer", customer, "Its customer."),
        query("mentioned", one_of(&["me"], ""), "A note on it mentions the caller."),
        query("olderThan", pattern(AGE), "Created at least so long ago: `30m`, `2h`, `7d`, up to `3650d`."),
        query("youngerThan", pattern(AGE), "Created less than so long ago."),
    ]
}

fn pages() -> Vec<Parameter> {
    let limit = integer("").minimum(Some(1)).maximum(Some(Listing::MAX_LIMIT));
    vec![
        query("limit", limit.default(Some(json!(Listing::LIMIT))), "The most tickets of the page."),
        query("cursor", string(""), "`next` of the page before, in the same order."),
    ]
}

fn format() -> Parameter {
    query("format", one_of(&["csv", "jsonl"], ""), "`csv` where it is left out.")
}
