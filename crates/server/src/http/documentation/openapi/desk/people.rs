//! People and settings: what each path does, as one table of operations.

mod bodies;
mod rules;
pub(super) mod schemas;

use super::super::DESK;
use super::super::errors::with_examples;
use super::super::headers::answer;
use super::super::schema::{integer, list, named, or_null, record, string};
use super::{id, idempotency_key, if_match, operation, query};
use bodies::Body;
use serde_json::{Value, json};
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{
    HttpMethod, Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn, PathItem,
    PathItemBuilder,
};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::response::Response;
use utoipa::openapi::schema::{Schema, Type};
use utoipa::openapi::{RefOr, Required};

pub use schemas::schemas;

/// A resource as the document calls it.
struct Resource {
    /// The schema of one, and an example.
    schema: &'static str,
    example: fn() -> Value,
    /// In operation ids: `agent`, `agents`.
    one: &'static str,
    many: &'static str,
    /// In sentences: `an agent`.
    a: &'static str,
}

pub fn paths() -> Vec<(String, PathItem)> {
    [agents(), teams(), labels(), channels(), keys(), single(), rules::paths(), customers(), vec![audit()]]
        .concat()
}

fn agents() -> Vec<(String, PathItem)> {
    let agent = Resource {
        schema: schemas::AGENT,
        example: schemas::agent_example,
        one: "agent",
        many: "agents",
        a: "an agent",
    };
    let availability = Resource {
        schema: schemas::AVAILABILITY,
        example: schemas::availability_example,
        one: "availability",
        many: "availability",
        a: "whether an agent takes tickets",
    };
    let number = || id("id", "The agent's id.");
    let put = change(&availability, "setAvailability", "Set whether an agent takes tickets", bodies::availability())
        .description(Some(
            "Agents may do so for themselves, team managers for their teams' members. Tickets that wait are handed out \
             in the same transaction; with `giveOn`, those that the agent has not touched are given to others in it too.",
        ));
    vec![
        ("/v1/agents".into(), many(&agent, pages(), bodies::new_agent())),
        ("/v1/agents/{id}".into(), one(&agent, number(), bodies::agent_patch(), vec![])),
        (
            "/v1/agents/{id}/availability".into(),
            of([
                (HttpMethod::Get, shown(&availability).parameter(number()), &[][..]),
                (HttpMethod::Put, put.parameter(number()), &CHANGE[..]),
            ]),
        ),
    ]
}

fn teams() -> Vec<(String, PathItem)> {
    let team = Resource {
        schema: schemas::TEAM,
        example: schemas::team_example,
        one: "team",
        many: "teams",
        a: "a team",
    };
    let to = ParameterBuilder::new()
        .name("moveTo")
        .parameter_in(ParameterIn::Query)
        .required(Required::True)
        .description(Some("Where its open tickets go: a team's id, or `store` for the store's pool."))
        .schema(Some(string("A number, or `store`.").pattern(Some("^([1-9][0-9]{0,17}|store)$"))))
        .build();
    let number = id("id", "The team's id.");
    vec![
        ("/v1/teams".into(), many(&team, pages(), bodies::new_team())),
        ("/v1/teams/{id}".into(), one(&team, number, bodies::team_patch(), vec![to])),
    ]
}

fn labels() -> Vec<(String, PathItem)> {
    let label = Resource {
        schema: schemas::LABEL,
        example: schemas::label_example,
        one: "label",
        many: "labels",
        a: "a label",
    };
    let number = id("id", "The label's id.");
    vec![
        ("/v1/labels".into(), many(&label, pages(), bodies::new_label())),
        ("/v1/labels/{id}".into(), one(&label, number, bodies::label_patch(), vec![])),
    ]
}

fn channels() -> Vec<(String, PathItem)> {
    let channel = Resource {
        schema: schemas::CHANNEL,
        example: schemas::channel_example,
        one: "channel",
        many: "channels",
        a: "a number or mail address of the store's own",
    };
    let at = [text("channel", "`whatsapp` or `email`."), text("address", "The address, percent-encoded.")];
    let with = |operation: OperationBuilder| operation.parameters(Some(at.clone()));
    let gone = removal(&channel, "removeChannel", "Disconnect a number or mail address of the store's own");
    vec![
        ("/v1/channels".into(), many(&channel, vec![], bodies::new_channel())),
        (
            "/v1/channels/{channel}/{address}".into(),
            of([
                (HttpMethod::Get, with(shown(&channel)), &[][..]),
                (HttpMethod::Delete, with(gone), &CHANGE[..]),
            ]),
        ),
    ]
}

fn keys() -> Vec<(String, PathItem)> {
    let key = Resource {
        schema: schemas::KEY,
        example: schemas::key_example,
        one: "key",
        many: "keys",
        a: "an API key",
    };
    let at = || text("id", "The key's id: what stands before the colon of `KEY:SECRET`.");
    let gone = removal(&key, "revokeKey", "Revoke an API key, within two seconds everywhere");
    vec![
        ("/v1/keys".into(), many(&key, vec![], bodies::new_key())),
        (
            "/v1/keys/{id}".into(),
            of([
                (HttpMethod::Get, shown(&key).parameter(at()), &[][..]),
                (HttpMethod::Delete, gone.parameter(at()), &CHANGE[..]),
            ]),
        ),
    ]
}

/// What a store has one of.
fn single() -> Vec<(String, PathItem)> {
    let stages = Resource {
        schema: schemas::STAGES,
        example: schemas::stages_example,
        one: "stages",
        many: "stages",
        a: "the store's stages, in their order",
    };
    let settings = Resource {
        schema: schemas::SETTINGS,
        example: schemas::settings_example,
        one: "settings",
        many: "settings",
        a: "the store's settings",
    };
    let set = change(&stages, "setStages", "Set all stages of the store", bodies::stages());
    let patch = change(&settings, "setSettings", "Change the store's settings", bodies::settings_patch());
    vec![
        (
            "/v1/stages".into(),
            of([(HttpMethod::Get, shown(&stages), &[][..]), (HttpMethod::Put, set, &CHANGE[..])]),
        ),
        (
            "/v1/settings".into(),
            of([(HttpMethod::Get, shown(&settings), &[][..]), (HttpMethod::Patch, patch, &CHANGE[..])]),
        ),
    ]
}

fn customers() -> Vec<(String, PathItem)> {
    let customer = Resource {
        schema: schemas::CUSTOMER,
        example: schemas::customer_example,
        one: "customer",
        many: "customers",
        a: "a customer",
    };
    let at = || text("id", "The customer's id.");
    let mut filters = pages();
    filters.extend([
        query("phone", string("A phone number, whole."), "The one with this number."),
        query("email", string("A mail address, whole."), "The one with this address."),
        query("partnerCustomerId", string("The id in the caller's own system."), "The one with this id."),
    ]);
    let erase = OperationBuilder::new()
        .tag(DESK)
        .operation_id(Some("eraseCustomer"))
        .summary(Some("Blank for good all that is known of a customer"))
        .description(Some(
            "Name, addresses, tags, what its tickets say, bodies of refused calls, and the audit log's values; tickets, numbers and counts stay. \
             Done when it answers; where it does not, the same call again goes on.",
        ))
        .parameter(at())
        .response("200", told("What is left.", &customer, &["ETag"]));
    vec![
        ("/v1/customers".into(), many(&customer, filters, bodies::new_customer())),
        ("/v1/customers/{id}".into(), one(&customer, at(), bodies::customer_patch(), vec![])),
        ("/v1/customers/{id}/erase".into(), of([(HttpMethod::Post, erase, &[403][..])])),
    ]
}

fn audit() -> (String, PathItem) {
    let entry = Resource {
        schema: schemas::AUDIT,
        example: schemas::audit_example,
        one: "audit",
        many: "audit",
        a: "a change",
    };
    let mut parameters = pages();
    let subject = string("Such as `agent:17`, `settings` or `key:ID`.");
    parameters.push(query("subject", subject, "Only of this subject."));
    let described = described("audit", "Who changed what of people and settings, the newest first")
        .parameters(Some(parameters))
        .response("200", page(&entry));
    ("/v1/audit".into(), of([(HttpMethod::Get, described, &[400][..])]))
}

/// What a change may be answered besides what everything may.
const CHANGE: [u16; 6] = [400, 403, 409, 412, 422, 428];

fn of<const N: usize>(operations: [(HttpMethod, OperationBuilder, &[u16]); N]) -> PathItem {
    let operations =
        operations.into_iter().map(|(method, described, problems)| (method, operation(described, problems)));
    let all: Vec<(HttpMethod, Operation)> = operations.collect();
    all.into_iter()
        .fold(PathItemBuilder::new(), |item, (method, operation)| item.operation(method, operation))
        .build()
}

/// A list, and an addition to it.
fn many(resource: &Resource, parameters: Vec<Parameter>, new: Body) -> PathItem {
    let (listed, added) = (resource.many, format!("add{}", capital(resource.one)));
    let list = described(listed, &format!("All of them: {}", resource.many))
        .parameters(Some(parameters))
        .response("200", page(resource));
    let add = described(&added, &format!("Add {}", resource.a))
        .parameter(idempotency_key())
        .request_body(Some(request(new)))
        .response("201", told("It is made.", resource, &["ETag", "Location", "Idempotent-Replayed"]));
    of([(HttpMethod::Get, list, &[400][..]), (HttpMethod::Post, add, &[400, 403, 422][..])])
}

/// One of them: seen, changed, archived.
fn one(resource: &Resource, at: Parameter, patch: Body, removing: Vec<Parameter>) -> PathItem {
    let (set, archive) =
        (format!("set{}", capital(resource.one)), format!("archive{}", capital(resource.one)));
    let change = change(resource, &set, &format!("Change {}", resource.a), patch).description(Some(
        "A merge patch (RFC 7396): what is left out stays, null clears. `active: true` brings back what was archived.",
    ));
    let removal = removal(resource, &archive, &format!("Archive {}", resource.a)).parameters(Some(removing));
    of([
        (HttpMethod::Get, shown(resource).parameter(at.clone()), &[][..]),
        (HttpMethod::Patch, change.parameter(at.clone()), &CHANGE[..]),
        (HttpMethod::Delete, removal.parameter(at), &CHANGE[..]),
    ])
}

fn shown(resource: &Resource) -> OperationBuilder {
    let id = if resource.one == resource.many {
        resource.one.to_owned()
    } else {
        format!("show{}", capital(resource.one))
    };
    described(&id, &format!("See {}", resource.a)).response("200", told("As it is now.", resource, &["ETag"]))
}

fn change(resource: &Resource, id: &str, summary: &str, body: Body) -> OperationBuilder {
    described(id, summary)
        .parameter(if_match())
        .request_body(Some(request(body)))
        .response("200", told("As it is now.", resource, &["ETag"]))
}

fn removal(resource: &Resource, id: &str, summary: &str) -> OperationBuilder {
    described(id, summary).parameter(if_match()).response("200", told("As it is now.", resource, &["ETag"]))
}

fn described(id: &str, summary: &str) -> OperationBuilder {
    OperationBuilder::new().tag(DESK).operation_id(Some(id)).summary(Some(summary))
}

fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn request((schema, example): Body) -> utoipa::openapi::request_body::RequestBody {
    let content = ContentBuilder::new().schema(Some(schema));
    RequestBodyBuilder::new()
        .required(Some(Required::True))
        .content("application/json", with_examples(content, vec![("A call", example)]))
        .build()
}

fn told(description: &str, resource: &Resource, headers: &[&str]) -> Response {
    let content = ContentBuilder::new()
        .schema(Some(named(resource.schema)))
        .example(Some((resource.example)()))
        .build();
    answer(description, headers).content("application/json", content).build()
}

fn page(resource: &Resource) -> Response {
    let next =
        string("Where the next page begins; null where this is the last.").schema_type(or_null(Type::String));
    let schema = record::<RefOr<Schema>>([
        ("items", list(named(resource.schema), "In their order.").into()),
        ("next", next.into()),
    ]);
    let example = json!({ "items": [(resource.example)()], "next": null });
    let content = ContentBuilder::new().schema(Some(schema)).example(Some(example)).build();
    answer("A page.", &[]).content("application/json", content).build()
}

fn pages() -> Vec<Parameter> {
    let limit = integer("How many.").minimum(Some(1)).maximum(Some(100)).default(Some(50.into()));
    vec![
        query("limit", limit, "The most entries of the page."),
        query(
            "cursor",
            string("As a page told it.").min_length(Some(1)),
            "Where the page begins: `next` of the one before.",
        ),
    ]
}

/// A text in the path.
fn text(name: &str, description: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .schema(Some(string(description).min_length(Some(1)).max_length(Some(254))))
        .build()
}
