//! The create call (contract 1).

mod examples;
mod request;

use super::errors::{invalid, may_answer, with_examples};
use super::headers::{answer, of_requests};
use super::receipt::RECEIPT;
use super::schema::{constant, integer, named, one_of, or_null, record, string};
use super::{TICKETS, authenticated, json_body};
use utoipa::openapi::RefOr;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{Operation, OperationBuilder};
use utoipa::openapi::response::Response;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

const REQUEST: &str = "TicketRequest";
const TICKET: &str = "Ticket";
const CREATED: &str = "TicketCreated";

pub fn schemas() -> [(&'static str, RefOr<Schema>); 3] {
    [(REQUEST, request::schema()), (TICKET, ticket().into()), (CREATED, created().into())]
}

fn ticket() -> ObjectBuilder {
    record([
        ("id", integer("Counts up from 1 within the store, without gaps; 0 in a dry run.").minimum(Some(0))),
        ("customerId", string("The customer, as sent in `bikCustomerId`.")),
        ("storeId", string("The store, decided by the key.")),
        (
            "agentId",
            integer("The agent the ticket was given to; null when it waits for one.")
                .schema_type(or_null(Type::Integer)),
        ),
        (
            "teamId",
            integer("The team asked for, or that of the rule that matched; or null.")
                .schema_type(or_null(Type::Integer)),
        ),
        ("channelName", one_of(&["whatsapp", "email", "tasks"], "The channel.")),
    ])
}

fn created() -> ObjectBuilder {
    let data = record([("ticket", named(TICKET))]).property("receipt", named(RECEIPT));
    record([("status", constant(200)), ("success", constant(true)), ("data", data)])
}

pub fn create() -> Operation {
    let operation = OperationBuilder::new()
        .tag(TICKETS)
        .operation_id(Some("createAndAssignTicket"))
        .summary(Some("Create a ticket and assign it"))
        .description(Some(include_str!("tickets/create.md").trim()))
        .parameters(Some(of_requests()))
        .request_body(Some(json_body(REQUEST, examples::requests())))
        .response("200", success())
        .response("400", invalid(examples::refusals()));
    let operation = may_answer(operation, &[401, 404, 405, 408, 413, 422, 429, 431, 500, 503]);
    authenticated(operation).build()
}

fn success() -> Response {
    const HEADERS: [&str; 3] = ["Idempotent-Replayed", "Rota-Ignored-Fields", "Rota-Dry-Run"];
    let content = ContentBuilder::new().schema(Some(named(CREATED)));
    answer("The ticket is on stable storage (with `Rota-Dry-Run: true`: nothing was written).", &HEADERS)
        .content("application/json", with_examples(content, examples::successes()))
        .build()
}
