//! Every error, in the contract's shape and with its example (contract 1, Errors).

use super::headers::answer;
use super::schema::{integer, list, named, one_of, record, string};
use serde_json::{Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::path::OperationBuilder;
use utoipa::openapi::response::Response;
use utoipa::openapi::schema::{Ref, Schema};

pub const ERROR: &str = "Error";
const INVALID: &str = "Invalid payload!";

/// An error that several operations share.
struct Shared {
    status: u16,
    name: &'static str,
    /// `None` where the HTTP layer answers, without a body.
    message: Option<&'static str>,
    headers: &'static [&'static str],
    description: &'static str,
}

const SHARED: [Shared; 10] = [
    Shared {
        status: 401,
        name: "Unauthorized",
        message: Some("Unauthorized"),
        headers: &["WWW-Authenticate"],
        description: "Authentication failed.",
    },
    Shared {
        status: 404,
        name: "NotFound",
        message: Some("Not Found"),
        headers: &[],
        description: "There is no such path.",
    },
    Shared {
        status: 405,
        name: "MethodNotAllowed",
        message: Some("Method Not Allowed"),
        headers: &["Allow"],
        description: "The path does not know this method.",
    },
    Shared {
        status: 408,
        name: "RequestTimeout",
        message: None,
        headers: &[],
        description: "The head or the body did not arrive in time. Answered by the HTTP layer, with an empty body.",
    },
    Shared {
        status: 413,
        name: "PayloadTooLarge",
        message: Some("Payload Too Large"),
        headers: &[],
        description: "The body is over 256 KiB.",
    },
    Shared {
        status: 422,
        name: "IdempotencyKeyReused",
        message: Some("Idempotency Key Reused"),
        headers: &[],
        description: "The `Idempotency-Key` came before with another body.",
    },
    Shared {
        status: 429,
        name: "TooManyRequests",
        message: Some("Too Many Requests"),
        headers: &["Retry-After"],
        description: "Over the key's rate limit.",
    },
    Shared {
        status: 431,
        name: "RequestHeaderFieldsTooLarge",
        message: None,
        headers: &[],
        description: "The head of the request is too large. Answered by the HTTP layer, with an empty body.",
    },
    Shared {
        status: 500,
        name: "InternalServerError",
        message: Some("Internal Server Error"),
        headers: &["Rota-Outcome"],
        description: "A fault of the server; `request-id` names the log line that tells of it.",
    },
    Shared {
        status: 503,
        name: "ServiceUnavailable",
        message: Some("Service Unavailable"),
        headers: &["Retry-After"],
        description: "The queue is full or the database is away. Certainly nothing was written.",
    },
];

pub fn schema() -> RefOr<Schema> {
    let messages: Vec<&str> =
        std::iter::once(INVALID).chain(SHARED.iter().filter_map(|shared| shared.message)).collect();
    let entry = record([("message", one_of(&messages, "The error's short name."))])
        .property(
            "field",
            string("The field or header that breaks a rule; `body` is the body as a whole. 400 only."),
        )
        .property("detail", string("What is wrong with it. 400 only."));
    record::<RefOr<Schema>>([
        ("status", integer("The HTTP status.").minimum(Some(400)).maximum(Some(599)).into()),
        ("errors", list(entry, "With 400 one per field, otherwise exactly one.").min_items(Some(1)).into()),
    ])
    .into()
}

/// The shared responses, for the document's components.
pub fn shared() -> impl Iterator<Item = (&'static str, Response)> {
    SHARED.iter().map(|shared| (shared.name, shared.response()))
}

impl Shared {
    fn response(&self) -> Response {
        match self.message {
            None => Response::new(self.description),
            Some(message) => {
                let example = body(self.status, &[json!({ "message": message })]);
                error(self.description, self.headers, vec![(message, example)])
            }
        }
    }
}

/// Adds the shared responses of these statuses.
pub fn may_answer(operation: OperationBuilder, statuses: &[u16]) -> OperationBuilder {
    let told = SHARED.iter().filter(|shared| statuses.contains(&shared.status));
    told.fold(operation, |operation, shared| {
        operation.response(shared.status.to_string(), Ref::from_response_name(shared.name))
    })
}

/// The 400 of an operation, with what it may say.
pub fn invalid(examples: Vec<(&'static str, Value)>) -> Response {
    error("The body, its Content-Type or another header breaks a rule.", &[], examples)
}

/// The body of a 400 that names these fields.
pub fn refused(problems: &[(&str, &str)]) -> Value {
    let entry =
        |(field, detail): &(&str, &str)| json!({ "message": INVALID, "field": field, "detail": detail });
    body(400, &problems.iter().map(entry).collect::<Vec<_>>())
}

fn body(status: u16, errors: &[Value]) -> Value {
    json!({ "status": status, "errors": errors })
}

fn error(description: &str, headers: &[&str], examples: Vec<(&'static str, Value)>) -> Response {
    let content = ContentBuilder::new().schema(Some(named(ERROR)));
    answer(description, headers).content("application/json", with_examples(content, examples)).build()
}

/// Numbered, since the document sorts them by name, and the first one is the one shown.
pub fn with_examples(content: ContentBuilder, examples: Vec<(&'static str, Value)>) -> ContentBuilder {
    content.examples_from_iter(examples.into_iter().zip(1..).map(|((summary, value), number)| {
        (number.to_string(), ExampleBuilder::new().summary(summary).value(Some(value)))
    }))
}
