//! The few words that the document's schemas are written in.

use serde_json::Value;
use utoipa::openapi::schema::{
    AdditionalProperties, ArrayBuilder, ObjectBuilder, Ref, Schema, SchemaFormat, SchemaType, Type,
};
use utoipa::openapi::{KnownFormat, RefOr, schema};

/// A mail address (contract 1, Request): one `@`, a non-empty local part, a dotted domain, no white space.
pub const EMAIL: &str = r"^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$";
/// An E.164 number with the characters that are stripped from it.
pub const PHONE: &str = r"^[-. ()\[\]]*\+[-. ()\[\]]*[1-9]([-. ()\[\]]*[0-9]){6,14}[-. ()\[\]]*$";

pub fn string(description: &str) -> ObjectBuilder {
    of(Type::String, description)
}

pub fn integer(description: &str) -> ObjectBuilder {
    of(Type::Integer, description).format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
}

pub fn boolean(description: &str) -> ObjectBuilder {
    of(Type::Boolean, description)
}

/// RFC 3339, in UTC.
pub fn time(description: &str) -> ObjectBuilder {
    string(description).format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
}

/// The type, or null.
pub fn or_null(kind: Type) -> SchemaType {
    [kind, Type::Null].into_iter().collect()
}

/// Any JSON at all.
pub fn anything() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::AnyValue)
}

fn of(kind: Type, description: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(kind).description(Some(description))
}

/// The one value.
pub fn constant(value: impl Into<Value>) -> ObjectBuilder {
    let value = value.into();
    let kind = match value {
        Value::Bool(_) => Type::Boolean,
        Value::Number(_) => Type::Integer,
        _ => Type::String,
    };
    ObjectBuilder::new().schema_type(kind).enum_values(Some([value]))
}

/// One of these texts.
pub fn one_of(names: &[&str], description: &str) -> ObjectBuilder {
    string(description).enum_values(Some(names.iter().copied()))
}

pub fn list(items: impl Into<schema::ArrayItems>, description: &str) -> ArrayBuilder {
    ArrayBuilder::new().items(items).description(Some(description))
}

/// An object whose members are all there, and no others.
pub fn record<S: Into<RefOr<Schema>>>(members: impl IntoIterator<Item = (&'static str, S)>) -> ObjectBuilder {
    members.into_iter().fold(closed(), |object, (name, schema)| object.property(name, schema).required(name))
}

fn closed() -> ObjectBuilder {
    ObjectBuilder::new().additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
}

/// A schema of the document's components.
pub fn named(name: &str) -> Ref {
    Ref::from_schema_name(name)
}

/// A text that is compared without regard to case, as a pattern: no dialect of JSON Schema has a flag for it.
pub fn any_case(name: &str) -> String {
    let letters = name.chars().map(|letter| match letter {
        'A'..='Z' => format!("[{letter}{}]", letter.to_ascii_lowercase()),
        other => other.to_string(),
    });
    format!("^{}$", letters.collect::<String>())
}
