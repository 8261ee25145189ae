//! The bodies of the customer calls.

use super::super::schema::{EMAIL, PHONE, list, or_null, string};
use crate::store::types::CustomerRow;
use rota_core::address::EmailAddress;
use rota_core::ids::CustomerId;
use utoipa::openapi::schema::{AllOfBuilder, AnyOfBuilder, ArrayBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::{Deprecated, RefOr};

const MAX_TEXT: usize = CustomerRow::MAX_TEXT;
const MAX_ENTRIES: usize = 100;

pub fn put() -> RefOr<Schema> {
    AllOfBuilder::new()
        .description(Some("What is known of a customer. Unknown fields are ignored."))
        .item(fields())
        .item(either("phoneNumber", "email"))
        .into()
}

fn fields() -> ObjectBuilder {
    let older = |list: ArrayBuilder| list.deprecated(Some(Deprecated::True));
    ObjectBuilder::new()
        .title(Some("Fields"))
        .property("partnerCustomerId", text("The customer's id in the caller's own system."))
        .property("firstName", text("The first name."))
        .property("lastName", text("The last name."))
        .property("phoneNumber", phone("The phone number."))
        .property("email", mail("The mail address."))
        .property("secondaryEmail", mail("Another mail address."))
        .property("secondaryPhoneNumber", phone("Another phone number."))
        .property("alternateEmails", mails("More mail addresses."))
        .property("alternatePhoneNumbers", phones("More phone numbers."))
        .property("secondaryEmails", older(mails("The older name of `alternateEmails`.")))
        .property("secondaryPhoneNumbers", older(phones("The older name of `alternatePhoneNumbers`.")))
        .property(
            "overWriteAssets",
            boolean("Whether the numbers and mail addresses given replace the known ones; otherwise they are added."),
        )
        .property("tags", entries(plain(Type::String).min_length(Some(1)).max_length(Some(MAX_TEXT)), "Tags to add."))
        .property(
            "addresses",
            entries(address(), "Postal addresses. One with a known `partnerAddressId` replaces that one."),
        )
}

fn address() -> ObjectBuilder {
    let names = ["partnerAddressId", "address1", "city", "country", "countryCode", "state", "zip"];
    let texts = names.into_iter().fold(ObjectBuilder::new(), |object, name| {
        object
            .property(name, plain(Type::String).schema_type(or_null(Type::String)).max_length(Some(MAX_TEXT)))
    });
    texts.property("isDefault", boolean("Whether it is the customer's main address; then no other is."))
}

pub fn get() -> RefOr<Schema> {
    let fields = ObjectBuilder::new()
        .title(Some("Fields"))
        .property(
            "bikCustomerId",
            text("The customer, as in the create call.").max_length(Some(CustomerId::MAX_CHARS)),
        )
        .property("partnerCustomerId", text("The customer's id in the caller's own system."))
        .property("includeAssets", boolean("Whether numbers and mail addresses are answered."))
        .property("includeAddress", boolean("Whether postal addresses are answered."))
        .property("includeTags", boolean("Whether tags are answered."));
    AllOfBuilder::new()
        .description(Some("Whom to look up, and which parts. Unknown fields are ignored."))
        .item(fields)
        .item(either("bikCustomerId", "partnerCustomerId"))
        .into()
}

/// At least one of the two has to be there.
fn either(one: &str, other: &str) -> AnyOfBuilder {
    let with = |name: &str| {
        let title = format!("With {name}");
        ObjectBuilder::new().title(Some(title)).property(name, plain(Type::String)).required(name)
    };
    AnyOfBuilder::new().item(with(one)).item(with(other))
}

fn text(description: &str) -> ObjectBuilder {
    string(description).schema_type(or_null(Type::String)).min_length(Some(1)).max_length(Some(MAX_TEXT))
}

fn mail(description: &str) -> ObjectBuilder {
    address_of(string(description).schema_type(or_null(Type::String)))
}

fn address_of(text: ObjectBuilder) -> ObjectBuilder {
    text.pattern(Some(EMAIL)).max_length(Some(EmailAddress::MAX_CHARS))
}

fn phone(description: &str) -> ObjectBuilder {
    let rule = "E.164 with `+`; spaces, hyphens, dots and brackets are stripped.";
    string(&format!("{description} {rule}")).schema_type(or_null(Type::String)).pattern(Some(PHONE))
}

fn boolean(description: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(or_null(Type::Boolean)).description(Some(description))
}

fn mails(description: &str) -> ArrayBuilder {
    entries(address_of(plain(Type::String)), description)
}

fn phones(description: &str) -> ArrayBuilder {
    entries(plain(Type::String).pattern(Some(PHONE)), description)
}

fn entries(items: ObjectBuilder, description: &str) -> ArrayBuilder {
    list(items, description).schema_type(or_null(Type::Array)).max_items(Some(MAX_ENTRIES))
}

fn plain(kind: Type) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(kind)
}
