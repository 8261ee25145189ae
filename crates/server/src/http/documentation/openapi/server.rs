//! What tells about the server itself: key, health, figures, description.

use super::errors::may_answer;
use super::headers::answer;
use super::schema::{anything, constant, record, string};
use super::{DESCRIPTION, KEYS, OPERATION, authenticated};
use serde_json::{Value, json};
use utoipa::openapi::Required;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{Operation, OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::response::Response;
use utoipa::openapi::schema::{ObjectBuilder, Type};

pub fn check_key() -> Operation {
    let any = ContentBuilder::new().schema(Some(anything())).example(Some(json!({ "appId": "my-app" })));
    let body = RequestBodyBuilder::new()
        .description(Some("Accepted and not needed, whatever it is."))
        .required(Some(Required::False))
        .content("application/json", any);
    let operation = OperationBuilder::new()
        .tag(KEYS)
        .operation_id(Some("authPartnerViaKey"))
        .summary(Some("Check a key"))
        .description(Some("Answers 200 to a valid key; `status` is a string here."))
        .request_body(Some(body.build()))
        .response(
            "200",
            json_answer(
                "The key is valid.",
                record([("status", constant("200"))]),
                json!({ "status": "200" }),
            ),
        );
    let operation = may_answer(operation, &[401, 404, 405, 408, 413, 429, 431, 500, 503]);
    authenticated(operation).build()
}

pub fn alive() -> Operation {
    let operation =
        get(OPERATION, "healthz", "Is the process alive?", "Answers as long as the process takes requests.");
    may_answer(operation.response("200", fine("It is.")), &[405, 431, 500]).build()
}

pub fn ready() -> Operation {
    let operation = get(
        OPERATION,
        "readyz",
        "Does the server take tickets?",
        "503 while the database does not take writes.",
    );
    may_answer(operation.response("200", fine("It does.")), &[405, 431, 500, 503]).build()
}

fn fine(description: &str) -> Response {
    json_answer(description, record([("status", constant(200))]), json!({ "status": 200 }))
}

pub fn metrics() -> Operation {
    let content = ContentBuilder::new()
        .schema(Some(string("OpenMetrics text.")))
        .example(Some(json!("# TYPE rota_requests counter\nrota_requests_total{status=\"200\"} 2\n# EOF\n")));
    let description = "Requests by status, batch sizes, commit time, queue depth, assignments by policy and outcome, \
                       waiting tickets by pool.";
    let answered =
        answer("The figures, in OpenMetrics form.", &[]).content("application/openmetrics-text", content);
    let operation = get(OPERATION, "metrics", "Figures", description).response("200", answered);
    may_answer(operation, &[405, 431, 500]).build()
}

pub fn openapi() -> Operation {
    let answered = answer("The document.", &[])
        .content("application/json", ContentBuilder::new().schema(Some(ObjectBuilder::new())));
    let operation = get(DESCRIPTION, "openapi", "This document", "OpenAPI 3.1.").response("200", answered);
    may_answer(operation, &[405, 431, 500]).build()
}

pub fn docs() -> Operation {
    let moved = answer("The page is `/docs/index.html`.", &["Location"]);
    let operation = get(DESCRIPTION, "docs", "The page", "This document for reading.").response("308", moved);
    may_answer(operation, &[405, 431, 500]).build()
}

pub fn docs_file() -> Operation {
    let name = ParameterBuilder::new()
        .name("file")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some("The file's name."))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .example(Some(json!("index.html")));
    let content = || ContentBuilder::new().schema(Some(string("The file.")));
    let kinds = ["text/html", "text/css", "text/javascript", "image/png"];
    let answered =
        kinds.into_iter().fold(answer("The file.", &[]), |told, kind| told.content(kind, content()));
    let operation = get(DESCRIPTION, "docsFile", "A file of the page", "The page asks no other host.")
        .parameter(name)
        .response("200", answered);
    may_answer(operation, &[404, 405, 431, 500]).build()
}

/// An operation that needs no key.
fn get(tag: &str, id: &str, summary: &str, description: &str) -> OperationBuilder {
    OperationBuilder::new()
        .tag(tag)
        .operation_id(Some(id))
        .summary(Some(summary))
        .description(Some(description))
        .securities(Some([]))
}

fn json_answer(description: &str, schema: ObjectBuilder, example: Value) -> Response {
    let content = ContentBuilder::new().schema(Some(schema)).example(Some(example));
    answer(description, &[]).content("application/json", content).build()
}
