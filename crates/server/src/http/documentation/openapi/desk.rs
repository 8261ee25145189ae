//! The desk API (desk 2): what all of its operations have in common, and its parts.

mod commands;
mod directory;
mod floor;
mod ledger;
mod lists;
mod people;
mod problems;
mod rejections;
mod replays;
mod sessions;
mod stream;
mod tickets;
mod views;
mod webhooks;

use super::headers::parameter;
use super::schema::{integer, string};
use super::{BASIC, BEARER, SESSION};
use utoipa::openapi::path::{
    Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn, PathItem,
};
use utoipa::openapi::schema::{ObjectBuilder, Schema};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{RefOr, Required};

pub use problems::shared;
pub use webhooks::events;

/// Every path of the desk with its operations.
pub fn paths() -> Vec<(String, PathItem)> {
    let of_tickets = [lists::paths(), tickets::paths(), commands::paths(), views::paths()].concat();
    [
        of_tickets,
        directory::paths(),
        floor::paths(),
        sessions::paths(),
        people::paths(),
        ledger::paths(),
        replays::paths(),
        rejections::paths(),
        stream::paths(),
        webhooks::paths(),
    ]
    .concat()
}

pub fn schemas() -> Vec<(&'static str, RefOr<Schema>)> {
    let problem = vec![(problems::PROBLEM, problems::schema())];
    [
        problem,
        tickets::schemas(),
        views::schemas(),
        sessions::schemas(),
        people::schemas(),
        directory::schemas(),
        rejections::schemas(),
        stream::schemas(),
        webhooks::schemas(),
    ]
    .concat()
}

/// Ends the description of an operation: who may call it, and what else it may answer.
fn operation(operation: OperationBuilder, problems: &[u16]) -> Operation {
    let always = [401, 404, 405, 408, 413, 429, 431, 500, 503];
    let operation = problems::may_answer(operation, &[&always[..], problems].concat());
    let schemes = [BASIC, BEARER, SESSION].map(|name| SecurityRequirement::new(name, Vec::<String>::new()));
    schemes.into_iter().fold(operation, OperationBuilder::security).build()
}

/// A number in the path.
fn id(name: &str, description: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .schema(Some(integer(description).minimum(Some(1))))
        .build()
}

/// One that may be left out.
fn query(name: &str, schema: ObjectBuilder, description: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(schema))
        .build()
}

/// On which state a change is made.
fn if_match() -> Parameter {
    let tag = string("An ETag as it was told, or `*`.").min_length(Some(1));
    ParameterBuilder::new()
        .name("If-Match")
        .parameter_in(ParameterIn::Header)
        .required(Required::True)
        .description(Some("The ETag of what was seen: what has changed since is not changed (412)."))
        .schema(Some(tag))
        .build()
}

fn idempotency_key() -> Parameter {
    let key = string("1 to 255 visible ASCII characters.")
        .min_length(Some(1))
        .max_length(Some(255))
        .pattern(Some("^[!-~]+$"));
    parameter(
        "Idempotency-Key",
        key,
        "Makes a repeat safe: unique per caller, kept for 24 hours where something was written. A repeat changes nothing \
         and says what the first came to, with `Idempotent-Replayed: true`; another request under the key gets 422.",
    )
}
