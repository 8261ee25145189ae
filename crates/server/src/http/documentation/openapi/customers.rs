//! The customer calls (contract 2).

mod examples;
mod request;

use super::errors::{invalid, may_answer, with_examples};
use super::headers::answer;
use super::schema::{boolean, constant, integer, list, named, one_of, or_null, record, string, time};
use super::{CUSTOMERS, authenticated, json_body};
use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{Operation, OperationBuilder};
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};

const PUT: &str = "CustomerUpdate";
const GET: &str = "CustomerQuery";
const CUSTOMER: &str = "Customer";
const FOUND: &str = "CustomerFound";
const ADDRESS: &str = "Address";
const ASSET: &str = "Asset";

pub fn schemas() -> [(&'static str, RefOr<Schema>); 6] {
    let data = record([("customer", named(CUSTOMER))]);
    let found = record([("status", constant(200)), ("success", constant(true)), ("data", data)]);
    [
        (PUT, request::put()),
        (GET, request::get()),
        (FOUND, found.into()),
        (CUSTOMER, customer().into()),
        (ADDRESS, address().into()),
        (ASSET, asset().into()),
    ]
}

fn customer() -> ObjectBuilder {
    let id: SchemaType = [Type::Integer, Type::String].into_iter().collect();
    let id = ObjectBuilder::new().schema_type(id).description(Some(
        "`bikCustomerId` of the create call is the same value as a string. An id that is not a number is a string.",
    ));
    let tag = ObjectBuilder::new().schema_type(Type::String);
    record([
        ("id", id),
        ("partnerCustomerId", text("The customer's id in the caller's own system.")),
        ("firstName", text("The first name.")),
        ("lastName", text("The last name.")),
        ("phoneNumber", text("The phone number, in E.164 form.")),
        ("email", text("The mail address.")),
        ("countryCode", text("The phone number's country, ISO 3166-1 alpha-3.")),
        ("createdAt", time("When the customer was made.")),
        ("updatedAt", time("When the customer was last changed.")),
    ])
    .property("addresses", list(named(ADDRESS), "Postal addresses; only where asked for."))
    .property("assets", list(named(ASSET), "Every known number and mail address; only where asked for."))
    .property("tags", list(tag, "Tags; only where asked for."))
}

fn address() -> ObjectBuilder {
    record([
        ("partnerAddressId", text("The address's id in the caller's own system.")),
        ("addressId", integer("The address's id.")),
        ("address1", text("Street and house.")),
        ("city", text("The city.")),
        ("country", text("The country's name.")),
        ("countryCode", text("The country's code.")),
        ("state", text("The state or province.")),
        ("zip", text("The postal code.")),
        ("isDefault", boolean("Whether it is the customer's main address.")),
    ])
}

fn asset() -> ObjectBuilder {
    record([
        ("id", integer("The asset's id.")),
        ("createdAt", time("When it became known.")),
        ("assetName", one_of(&["EMAIL", "PHONE_NUMBER"], "What it is.")),
        ("assetValue", string("The mail address or the number.")),
        ("countryCode", text("A number's country, ISO 3166-1 alpha-3; null for a mail address.")),
    ])
}

fn text(description: &str) -> ObjectBuilder {
    string(description).schema_type(or_null(Type::String))
}

pub fn put() -> Operation {
    let operation = OperationBuilder::new()
        .operation_id(Some("createOrUpdateCustomer"))
        .summary(Some("Create or update a customer"))
        .description(Some(
            "Matches a customer of the store by `partnerCustomerId`, then `phoneNumber`, then `email`; when nobody \
             matches, the customer is made. What the call leaves out stays as it is. Answers with all parts.",
        ))
        .request_body(Some(json_body(PUT, examples::puts())));
    finished(operation, examples::everything(), examples::put_refusals())
}

pub fn get() -> Operation {
    let operation = OperationBuilder::new()
        .operation_id(Some("getCustomer"))
        .summary(Some("Look a customer up"))
        .description(Some(
            "Finds a customer by `bikCustomerId` or `partnerCustomerId`. Addresses, assets and tags come where asked \
             for.",
        ))
        .request_body(Some(json_body(GET, examples::gets())));
    finished(operation, examples::everything(), examples::get_refusals())
}

fn finished(operation: OperationBuilder, success: Value, refusals: Vec<(&'static str, Value)>) -> Operation {
    let content = ContentBuilder::new().schema(Some(named(FOUND)));
    let success = answer("The customer.", &[])
        .content("application/json", with_examples(content, vec![("Customer", success)]));
    let operation = operation.tag(CUSTOMERS).response("200", success).response("400", invalid(refusals));
    let operation = may_answer(operation, &[401, 404, 405, 408, 413, 429, 431, 500, 503]);
    authenticated(operation).build()
}
