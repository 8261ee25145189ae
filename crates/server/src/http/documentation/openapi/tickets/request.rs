//! The create call's body. The fields stand in one object; which of them a channel and an assignment type ask for
//! stands beside it.

use super::super::schema::{EMAIL, PHONE, any_case, integer, list, or_null, string};
use rota_core::address::EmailAddress;
use rota_core::ids::CustomerId;
use rota_core::request::{MAX_CONTEXT_CHARS, MAX_LABELS};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AllOfBuilder, AnyOfBuilder, ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type,
};

pub fn schema() -> RefOr<Schema> {
    AllOfBuilder::new()
        .description(Some(
            "A ticket to be made. Unknown fields are ignored and named in `Rota-Ignored-Fields`.",
        ))
        .item(fields())
        .item(by_channel())
        .item(by_assignment())
        .into()
}

fn fields() -> ObjectBuilder {
    let label = integer("An active label of the store.");
    ObjectBuilder::new()
        .title(Some("Fields"))
        .property("channel", string("`WHATSAPP`, `EMAIL` or `TASKS`, in any case."))
        .property("bikCustomerId", customer())
        .property(
            "labelIds",
            list(label, "Active labels of the store; repeats collapse.")
                .schema_type(or_null(Type::Array))
                .max_items(Some(MAX_LABELS)),
        )
        .property("brandEmail", text("One of the store's connected mail addresses; case is ignored."))
        .property("customerEmail", text("The customer's mail address."))
        .property(
            "brandPhoneNumber",
            text("One of the store's connected numbers, E.164 with `+`; spaces, hyphens, dots and brackets are stripped."),
        )
        .property("customerPhoneNumber", text("The customer's number, E.164 with `+`; stripped likewise."))
        .property("taskTitle", text("What is to be done: 1 to 500 characters after trimming, stored trimmed."))
        .property("assignmentType", text("`ALL_AGENTS` (also when left out), `SPECIFIC_AGENT` or `SPECIFIC_TEAM`, in any case."))
        .property("agentMail", text("The mail address of an active agent of the store; case is ignored."))
        .property("teamId", integer("An active team of the store.").schema_type(or_null(Type::Integer)))
        .property(
            "context",
            text("Anything worth knowing, kept to the letter.").max_length(Some(MAX_CONTEXT_CHARS)),
        )
        .required("channel")
        .required("bikCustomerId")
}

fn customer() -> ObjectBuilder {
    string("A customer of the store.").min_length(Some(1)).max_length(Some(CustomerId::MAX_CHARS))
}

fn text(description: &str) -> ObjectBuilder {
    string(description).schema_type(or_null(Type::String))
}

fn by_channel() -> OneOfBuilder {
    let mail = || rule(Type::String).pattern(Some(EMAIL));
    let phone = || rule(Type::String).pattern(Some(PHONE));
    OneOfBuilder::new()
        .description(Some("What the channel asks for."))
        .item(
            case("channel", "WHATSAPP")
                .property("brandPhoneNumber", phone())
                .property("customerPhoneNumber", phone())
                .required("brandPhoneNumber")
                .required("customerPhoneNumber"),
        )
        .item(
            case("channel", "EMAIL")
                .property("brandEmail", mail())
                .property("customerEmail", mail().max_length(Some(EmailAddress::MAX_CHARS)))
                .required("brandEmail")
                .required("customerEmail"),
        )
        .item(
            case("channel", "TASKS")
                .property("taskTitle", rule(Type::String).min_length(Some(1)))
                .required("taskTitle"),
        )
}

/// The cases exclude each other too; a second `oneOf` would be shown as one list with the channels'.
fn by_assignment() -> AnyOfBuilder {
    let all_agents = ObjectBuilder::new()
        .title(Some("When assignmentType is ALL_AGENTS or left out"))
        .property("assignmentType", rule(or_null(Type::String)).pattern(Some(any_case("ALL_AGENTS"))));
    AnyOfBuilder::new()
        .description(Some("What the assignment type asks for."))
        .item(all_agents)
        .item(
            case("assignmentType", "SPECIFIC_AGENT")
                .property("agentMail", rule(Type::String))
                .required("assignmentType")
                .required("agentMail"),
        )
        .item(
            case("assignmentType", "SPECIFIC_TEAM")
                .property("teamId", rule(Type::Integer))
                .required("assignmentType")
                .required("teamId"),
        )
}

/// What holds where `field` has the value `name`.
fn case(field: &str, name: &str) -> ObjectBuilder {
    let value = rule(Type::String).pattern(Some(any_case(name)));
    ObjectBuilder::new().title(Some(format!("When {field} is {name}"))).property(field, value)
}

fn rule(kind: impl Into<SchemaType>) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(kind)
}
