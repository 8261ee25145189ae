//! Views: lists that people come back to.

use super::super::DESK;
use super::super::errors::with_examples;
use super::super::headers::answer;
use super::super::schema::{boolean, integer, list, named, one_of, record, string};
use super::{idempotency_key, if_match, operation};
use rota_core::search::Sort;
use serde_json::{Value, json};
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{
    HttpMethod, OperationBuilder, Parameter, ParameterBuilder, ParameterIn, PathItem, PathItemBuilder,
};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::response::Response;
use utoipa::openapi::schema::{ObjectBuilder, Schema};
use utoipa::openapi::{RefOr, Required};

const VIEW: &str = "View";

pub fn paths() -> Vec<(String, PathItem)> {
    let described =
        |name, summary| OperationBuilder::new().tag(DESK).operation_id(Some(name)).summary(Some(summary));
    let listed = record::<RefOr<Schema>>([
        ("items", list(counted(), "The standard ones first.").into()),
        (
            "next",
            super::super::schema::anything().description(Some("Always null: there is one page.")).into(),
        ),
    ]);
    let example =
        json!({ "items": [with_count(standard_example()), with_count(view_example())], "next": null });
    let all = described("views", "The views, each with how many tickets it has")
        .response("200", ok("As they are now.", &[], listed, example));
    let add = described("addView", "Save a view")
        .parameter(idempotency_key())
        .request_body(Some(body(true)))
        .response(
            "201",
            ok("The view.", &["ETag", "Location", "Idempotent-Replayed"], named(VIEW), view_example()),
        );
    let one = described("view", "One view, with how many tickets it has")
        .parameter(id())
        .response("200", ok("As it is now.", &["ETag"], counted(), with_count(view_example())));
    let set = described("setView", "Change a saved view")
        .parameter(id())
        .parameter(if_match())
        .request_body(Some(body(false)))
        .response("200", ok("As it is afterwards.", &["ETag"], named(VIEW), view_example()));
    let remove = described("removeView", "Remove a saved view")
        .parameter(id())
        .parameter(if_match())
        .response("204", answer("It is gone.", &[]).build());
    let change = [400, 403, 412, 422, 428];
    let views = PathItemBuilder::new()
        .operation(HttpMethod::Get, operation(all, &[]))
        .operation(HttpMethod::Post, operation(add, &[400, 403, 422]));
    let view = PathItemBuilder::new()
        .operation(HttpMethod::Get, operation(one, &[]))
        .operation(HttpMethod::Patch, operation(set, &change))
        .operation(HttpMethod::Delete, operation(remove, &[403, 412, 428]));
    vec![("/v1/views".into(), views.build()), ("/v1/views/{id}".into(), view.build())]
}

pub fn schemas() -> Vec<(&'static str, RefOr<Schema>)> {
    vec![(VIEW, view().into())]
}

fn orders() -> ObjectBuilder {
    let names: Vec<_> = Sort::ALL.into_iter().filter(|sort| *sort != Sort::Match).map(Sort::name).collect();
    one_of(&names, "The order in which it is shown.")
}

fn view() -> ObjectBuilder {
    record::<RefOr<Schema>>([
        ("id", string("The name of a standard one, the number of another.").into()),
        ("name", string("What it is called.").into()),
        ("standard", boolean("Whether every store has it.").into()),
        ("shared", boolean("Whether all see it; otherwise it is the caller's own.").into()),
        ("filter", filter().into()),
        ("sort", orders().into()),
    ])
}

fn filter() -> ObjectBuilder {
    string("The conditions, as they stand in the address of a list: `state=open&label=7`.")
}

fn counted() -> ObjectBuilder {
    let count = record::<RefOr<Schema>>([
        ("count", integer("Exact, unless there are more.").minimum(Some(0)).maximum(Some(1_000)).into()),
        ("more", boolean("Whether there may be more than that.").into()),
    ]);
    view().property("tickets", count).required("tickets")
}

fn ok(description: &str, headers: &[&str], schema: impl Into<RefOr<Schema>>, example: Value) -> Response {
    let content = ContentBuilder::new().schema(Some(schema)).example(Some(example)).build();
    answer(description, headers).content("application/json", content).build()
}

fn body(new: bool) -> RequestBody {
    let name = string("What it is called.").min_length(Some(1)).max_length(Some(80)).pattern(Some(r"\S"));
    let members = ObjectBuilder::new()
        .additional_properties(Some(utoipa::openapi::schema::AdditionalProperties::<Schema>::FreeForm(false)))
        .property("name", name)
        .property("filter", filter())
        .property("sort", orders())
        .property("shared", boolean("Whether all see it; a lead or a key may share."));
    let (members, example) = if new {
        let example =
            json!({ "name": "Refunds", "filter": "state=open&label=7", "sort": "oldest", "shared": true });
        (members.required("name"), example)
    } else {
        (members, json!({ "name": "Refunds to make" }))
    };
    let content = ContentBuilder::new().schema(Some(members));
    RequestBodyBuilder::new()
        .required(Some(if new { Required::True } else { Required::False }))
        .content("application/json", with_examples(content, vec![("A view", example)]))
        .build()
}

fn id() -> Parameter {
    ParameterBuilder::new()
        .name("id")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .schema(Some(string("A standard view's name, or a view's number.").min_length(Some(1))))
        .build()
}

fn view_example() -> Value {
    json!({
        "id": "7", "name": "Refunds", "standard": false, "shared": true, "filter": "state=open&label=7",
        "sort": "oldest"
    })
}

fn standard_example() -> Value {
    json!({
        "id": "unclaimed", "name": "Unclaimed", "standard": true, "shared": true, "filter": "state=unclaimed",
        "sort": "oldest"
    })
}

fn with_count(mut view: Value) -> Value {
    view["tickets"] = json!({ "count": 12, "more": false });
    view
}
