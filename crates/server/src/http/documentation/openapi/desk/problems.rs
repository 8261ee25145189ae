//! Refusals of the desk, as RFC 9457 has them.

use super::super::headers::answer;
use super::super::schema::{integer, list, named, record, string};
use serde_json::json;
use utoipa::openapi::RefOr;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::OperationBuilder;
use utoipa::openapi::response::Response;
use utoipa::openapi::schema::{AdditionalProperties, Ref, Schema};

pub const PROBLEM: &str = "Problem";

struct Shared {
    status: u16,
    name: &'static str,
    /// `None` where the HTTP layer answers, without a body.
    code: Option<&'static str>,
    title: &'static str,
    headers: &'static [&'static str],
    description: &'static str,
}

const SHARED: [Shared; 15] = [
    Shared {
        status: 400,
        name: "DeskMalformed",
        code: Some("malformed"),
        title: "Bad Request",
        headers: &[],
        description: "The request breaks rules of its form; `errors` names fields and rules.",
    },
    Shared {
        status: 401,
        name: "DeskUnauthorized",
        code: Some("unauthorized"),
        title: "Unauthorized",
        headers: &["WWW-Authenticate"],
        description: "Authentication failed, the key has no scope `desk`, or the session has ended.",
    },
    Shared {
        status: 403,
        name: "DeskForbidden",
        code: Some("forbidden"),
        title: "Forbidden",
        headers: &[],
        description: "The caller sees it, and may not do this with it; or (`cross_site`) a session's cookie came with a \
                      request that no page of this server has sent.",
    },
    Shared {
        status: 404,
        name: "DeskNotFound",
        code: Some("not_found"),
        title: "Not Found",
        headers: &[],
        description: "There is nothing under this address that the caller may see.",
    },
    Shared {
        status: 405,
        name: "DeskMethodNotAllowed",
        code: Some("method_not_allowed"),
        title: "Method Not Allowed",
        headers: &["Allow"],
        description: "The path does not know this method.",
    },
    Shared {
        status: 408,
        name: "DeskRequestTimeout",
        code: None,
        title: "",
        headers: &[],
        description: "The head or the body did not arrive in time. Answered by the HTTP layer, with an empty body.",
    },
    Shared {
        status: 409,
        name: "DeskConflict",
        code: Some("already_owned"),
        title: "Conflict",
        headers: &[],
        description: "The state of the ticket does not allow it, or (`no_webhook_key`) the server has no key for webhooks; \
                      `code` says which rule. `already_owned` comes with \
                      `ownerId`, `merged` with `mergedInto`, `changed` with the `ticket` as it is.",
    },
    Shared {
        status: 412,
        name: "DeskStale",
        code: Some("stale"),
        title: "Precondition Failed",
        headers: &[],
        description: "It has changed since the caller saw it; `If-Match` has another ETag.",
    },
    Shared {
        status: 413,
        name: "DeskPayloadTooLarge",
        code: Some("too_large"),
        title: "Payload Too Large",
        headers: &[],
        description: "The body is over 256 KiB.",
    },
    Shared {
        status: 422,
        name: "DeskUnprocessable",
        code: Some("unknown_agent"),
        title: "Unprocessable Entity",
        headers: &[],
        description: "Well formed, but the store does not allow it, or the `Idempotency-Key` came before with another \
                      request (`idempotency_key_reused`).",
    },
    Shared {
        status: 428,
        name: "DeskUnconditional",
        code: Some("if_match_required"),
        title: "Precondition Required",
        headers: &[],
        description: "`If-Match` is missing.",
    },
    Shared {
        status: 429,
        name: "DeskTooManyRequests",
        code: Some("too_many_requests"),
        title: "Too Many Requests",
        headers: &["Retry-After"],
        description: "Over the rate limit, (`too_many_attempts`) too many tries to sign in, or (`replay_under_way`) one replay \
                      too many for this node.",
    },
    Shared {
        status: 431,
        name: "DeskRequestHeaderFieldsTooLarge",
        code: None,
        title: "",
        headers: &[],
        description: "The head of the request is too large. Answered by the HTTP layer, with an empty body.",
    },
    Shared {
        status: 500,
        name: "DeskInternal",
        code: Some("internal"),
        title: "Internal Server Error",
        headers: &["Rota-Outcome"],
        description: "A fault of the server; `request-id` names the log line that tells of it.",
    },
    Shared {
        status: 503,
        name: "DeskUnavailable",
        code: Some("unavailable"),
        title: "Service Unavailable",
        headers: &["Retry-After"],
        description: "The database is away (`unavailable`), and certainly nothing was written; or the lists of a store are still \
                      being made (`lists_behind`).",
    },
];

pub fn schema() -> RefOr<Schema> {
    let error = record([
        ("field", string("The field, parameter or header.")),
        ("detail", string("The rule, which completes the sentence that the name begins.")),
    ]);
    record::<RefOr<Schema>>([
        ("type", string("A URN that names the kind of problem.").into()),
        ("title", string("The status in words.").into()),
        ("status", integer("The HTTP status.").minimum(Some(400)).maximum(Some(599)).into()),
        ("code", string("The kind of problem, stable.").into()),
        ("detail", string("What happened, in English.").into()),
    ])
    .property("errors", list(error, "Every broken rule; 400 and 422 only."))
    .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(true)))
    .description(Some("RFC 9457."))
    .into()
}

/// The shared refusals, for the document's components.
pub fn shared() -> impl Iterator<Item = (&'static str, Response)> {
    SHARED.iter().map(|shared| (shared.name, shared.response()))
}

impl Shared {
    fn response(&self) -> Response {
        match self.code {
            Some(code) => refusal(self.status, code, self.title, self.description, self.headers),
            None => Response::new(self.description),
        }
    }
}

/// A refusal with its example.
pub fn refusal(status: u16, code: &str, title: &str, description: &str, headers: &[&str]) -> Response {
    let mut example = json!({
        "type": format!("urn:rota:problem:{code}"),
        "title": title,
        "status": status,
        "code": code,
        "detail": description,
    });
    if status == 400 {
        example["errors"] = json!([{ "field": "until", "detail": "is required" }]);
    }
    let content = ContentBuilder::new().schema(Some(named(PROBLEM))).example(Some(example));
    answer(description, headers).content("application/problem+json", content.build()).build()
}

/// Adds the shared refusals of these statuses.
pub fn may_answer(operation: OperationBuilder, statuses: &[u16]) -> OperationBuilder {
    let told = SHARED.iter().filter(|shared| statuses.contains(&shared.status));
    told.fold(operation, |operation, shared| {
        operation.response(shared.status.to_string(), Ref::from_response_name(shared.name))
    })
}
