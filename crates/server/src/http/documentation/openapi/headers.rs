//! The headers that requests and responses carry.

use super::schema::{one_of, string};
use serde_json::Value;
use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{Ref, Required};

pub const REQUEST_ID: &str = "request-id";

/// What the create call may be sent with.
pub fn of_requests() -> [Parameter; 2] {
    let key = string("1 to 255 visible ASCII characters.")
        .min_length(Some(1))
        .max_length(Some(255))
        .pattern(Some("^[!-~]+$"));
    [
        parameter(
            "Idempotency-Key",
            key,
            "Makes a repeat safe: unique per store, kept for 24 hours with the answer of a success. A repeat with the \
             same bytes gets that answer; other bytes get 422. Given twice: 400.",
        ),
        parameter(
            "Rota-Dry-Run",
            one_of(&["true", "false"], "`false` is the same as leaving it out."),
            "`true` decides without writing: authentication, validation, rate limit and decision are those of a real \
             call, `id` is 0, `data.receipt` tells why, and `Idempotency-Key` is ignored. Given twice: 400.",
        ),
    ]
}

/// A header of requests.
pub fn parameter(name: &str, schema: ObjectBuilder, description: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(schema))
        .build()
}

/// What responses carry, for the document's components.
pub fn of_responses() -> [(&'static str, Header); 11] {
    let seconds = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0));
    let text = || ObjectBuilder::new().schema_type(Type::String);
    [
        told(REQUEST_ID, text().min_length(Some(1)), "Names the request in the log.", "9f2c51e07ab3d846-1f"),
        told(
            "Idempotent-Replayed",
            text().enum_values(Some(["true"])),
            "The answer is the kept one of an earlier call. Absent otherwise.",
            "true",
        ),
        told(
            "Rota-Ignored-Fields",
            text().max_length(Some(1024)),
            "Names of the body's unknown fields, percent-encoded, separated by a comma and a space; at most 16 names \
             and 1 KiB. Absent when every field is known.",
            "appId, labelIDs",
        ),
        told(
            "Rota-Dry-Run",
            text().enum_values(Some(["true"])),
            "Nothing was written. Absent otherwise.",
            "true",
        ),
        told(
            "Rota-Outcome",
            text().enum_values(Some(["unknown"])),
            "A commit was sent and its outcome could not be learned in time: the ticket or the customer may have been \
             written. Absent when nothing was written.",
            "unknown",
        ),
        told("WWW-Authenticate", text(), "The scheme to authenticate with.", "Basic realm=\"rota\""),
        told("Allow", text(), "The methods that the path knows.", "POST"),
        told(
            "Set-Cookie",
            text(),
            "The session's cookie: HttpOnly, SameSite=Strict, and Secure except on this machine itself.",
            "rota_session=cDYwSFl2NXdqZ1FhT3JQZHFUNU5qYnBrcm9EMg.8fT2kQ0aZr1LwVxY.SECRET; Max-Age=2592000; Path=/; \
             HttpOnly; SameSite=Strict; Secure",
        ),
        told(
            "ETag",
            text(),
            "Names the state that is shown; goes back as `If-Match` with a change.",
            "\"Vn1YxW0bTq8mZk3rLp5s7A\"",
        ),
        told("Location", text(), "Where the page is, or what was made.", "/docs/index.html"),
        told("Retry-After", seconds, "Seconds to wait before the next try.", 1),
    ]
}

fn told(
    name: &'static str,
    schema: ObjectBuilder,
    description: &str,
    example: impl Into<Value>,
) -> (&'static str, Header) {
    let header = HeaderBuilder::new().schema(Some(schema)).description(Some(description));
    (name, header.example(Some(example.into())).build())
}

/// A response with these headers of the components, besides the one that every answer has.
pub fn answer(description: &str, headers: &[&str]) -> ResponseBuilder {
    let with_id = std::iter::once(&REQUEST_ID).chain(headers);
    with_id.fold(ResponseBuilder::new().description(description), |response, name| {
        response.header_ref(*name, Ref::new(format!("#/components/headers/{name}")))
    })
}
