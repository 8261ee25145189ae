//! One ticket, with what is asked for around it.

use super::super::people::schemas::{customer, customer_example};
use super::super::{operation as ended, query};
use super::{TICKET, text, ticket, ticket_example, timeline, timeline_example};
use crate::http::documentation::openapi::DESK;
use crate::http::documentation::openapi::errors::with_examples;
use crate::http::documentation::openapi::headers::answer;
use crate::http::documentation::openapi::schema::{boolean, integer, list, named, one_of, record, string};
use rota_core::viewing::Activity;
use serde_json::{Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{Operation, OperationBuilder};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema};

pub const OPENED: &str = "OpenedTicket";

pub fn operation() -> Operation {
    let include = string("`timeline`, `customer`, `viewing`, separated by commas.")
        .pattern(Some("^(timeline|customer|viewing)(,(timeline|customer|viewing))*$"));
    let content = ContentBuilder::new().schema(Some(named(OPENED)));
    let examples = vec![("The ticket", ticket_example()), ("With all that opens it", opened_example())];
    let told = answer("As it is now.", &[]).content("application/json", with_examples(content, examples));
    let described = OperationBuilder::new()
        .tag(DESK)
        .operation_id(Some("ticket"))
        .summary(Some("One ticket, and what one needs to work it"))
        .parameter(super::id("id", "The ticket's number."))
        .parameter(query("include", include, "What else to tell, so that one request opens a ticket."))
        .response("200", told.build());
    ended(described, &[400])
}

pub fn schema() -> ObjectBuilder {
    ticket()
        .property("timeline", timeline().description(Some("What happened to it.")))
        .property("customer", of_customer())
        .property("viewing", viewing())
}

/// Who has a ticket before them.
pub fn viewing() -> ArrayBuilder {
    let viewer = record::<RefOr<Schema>>([
        ("id", integer("The agent.").into()),
        ("name", string("The agent's name.").into()),
        ("activity", one_of(&Activity::ALL.map(Activity::name), "What they do.").into()),
    ]);
    list(viewer, "Who else looks at it, in the order of their ids.")
}

fn of_customer() -> ObjectBuilder {
    let closed = record::<RefOr<Schema>>([
        ("items", list(named(TICKET), "The newest 10, without their context.").into()),
        ("count", integer("How many there are, as far as they were counted.").minimum(Some(0)).into()),
        ("more", boolean("Whether there may be more than that.").into()),
    ]);
    customer()
        .property("name", text("First and last name; null where none is known, or it was erased."))
        .required("name")
        .property(
            "openTickets",
            list(named(TICKET), "The newest 20 that are open or snoozed, without their context."),
        )
        .property("closedTickets", closed)
        .description(Some("Its customer, and as much of their other tickets as one may see."))
}

fn opened_example() -> Value {
    let mut other = ticket_example();
    other["id"] = 2.into();
    other.as_object_mut().expect("a ticket is an object").remove("context");
    let mut customer = customer_example();
    customer["name"] = "Asha".into();
    customer["openTickets"] = json!([other]);
    customer["closedTickets"] = json!({ "items": [], "count": 0, "more": false });
    let mut opened = ticket_example();
    opened["timeline"] = timeline_example();
    opened["customer"] = customer;
    opened["viewing"] = json!([{ "id": 17644, "name": "Tomas", "activity": "writing" }]);
    opened
}
