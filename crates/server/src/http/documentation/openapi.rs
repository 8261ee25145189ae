//! The OpenAPI 3.1 document. It is built apart from the handlers, so that the types on a ticket's way carry nothing
//! for it; tests hold the two together.

mod customers;
mod desk;
mod errors;
mod headers;
mod receipt;
mod schema;
mod server;
mod tickets;

use crate::http::{CREATE_TICKET, GET_CUSTOMER, PARTNER_KEY, PUT_CUSTOMER};
use errors::with_examples;
use schema::named;
use serde_json::Value;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, PathItem};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::tag::{Tag, TagBuilder};
use utoipa::openapi::{
    Components, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Paths, PathsBuilder, Required,
    ServerBuilder,
};

const TICKETS: &str = "Tickets";
const CUSTOMERS: &str = "Customers";
const KEYS: &str = "Keys";
const OPERATION: &str = "Operation";
const DESCRIPTION: &str = "Description";
const DESK: &str = "Desk";
const BASIC: &str = "basic";
const BEARER: &str = "bearer";
const SESSION: &str = "session";

/// The document as it is served.
pub fn document() -> Vec<u8> {
    serde_json::to_vec(&openapi()).expect("the document has only string keys")
}

fn openapi() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Rota")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(include_str!("openapi/introduction.md")))
        .license(Some(LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build()));
    OpenApiBuilder::new()
        .info(info)
        .servers(Some([ServerBuilder::new().url("/").description(Some("This server")).build()]))
        .tags(Some(tags()))
        .paths(paths())
        .webhooks(Some(desk::events()))
        .components(Some(components()))
        .build()
}

fn tags() -> [Tag; 6] {
    let tag = |name, description| TagBuilder::new().name(name).description(Some(description)).build();
    [
        tag(TICKETS, "Making tickets."),
        tag(CUSTOMERS, "The customers that tickets are about."),
        tag(DESK, "Tickets after their creation. A key needs the scope `desk`."),
        tag(KEYS, "The keys that callers authenticate with."),
        tag(OPERATION, "For those who watch the server. No key is needed."),
        tag(DESCRIPTION, "The API's own description. No key is needed."),
    ]
}

fn paths() -> Paths {
    let post = |operation| PathItem::new(HttpMethod::Post, operation);
    let get = |operation| PathItem::new(HttpMethod::Get, operation);
    let paths = PathsBuilder::new()
        .path(CREATE_TICKET, post(tickets::create()))
        .path(PUT_CUSTOMER, post(customers::put()))
        .path(GET_CUSTOMER, post(customers::get()))
        .path(PARTNER_KEY, post(server::check_key()))
        .path("/healthz", get(server::alive()))
        .path("/readyz", get(server::ready()))
        .path("/metrics", get(server::metrics()))
        .path("/openapi.json", get(server::openapi()))
        .path("/docs", get(server::docs()))
        .path("/docs/{file}", get(server::docs_file()));
    desk::paths().into_iter().fold(paths, |paths, (path, item)| paths.path(path, item)).build()
}

fn components() -> Components {
    let basic = HttpBuilder::new().scheme(HttpAuthScheme::Basic).description(Some(
        "RFC 7617: the user name is `KEY`, the password `SECRET`; `AUTH_TOKEN` is base64 of `KEY:SECRET`.",
    ));
    let mut components = Components::new();
    components.add_security_scheme(BASIC, SecurityScheme::Http(basic.build()));
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("RFC 6750: `AUTH_TOKEN` itself. Only under `/v1`."));
    components.add_security_scheme(BEARER, SecurityScheme::Http(bearer.build()));
    let cookie = ApiKeyValue::with_description(
        "rota_session",
        "An agent's session, as signing in gives it. Only under `/v1`, and only without an Authorization header. What is not \
         GET needs `Sec-Fetch-Site: same-origin` or `none`, or the server's own `Origin`, as browsers send them.",
    );
    components.add_security_scheme(SESSION, SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    let schemas = tickets::schemas().into_iter().chain(receipt::schemas()).chain(customers::schemas());
    let schemas = schemas.chain([(errors::ERROR, errors::schema())]).chain(desk::schemas());
    components.schemas.extend(schemas.map(|(name, schema)| (name.to_owned(), schema)));
    let responses = errors::shared().chain(desk::shared());
    components.responses.extend(responses.map(|(name, response)| (name.to_owned(), response.into())));
    components
        .headers
        .extend(headers::of_responses().into_iter().map(|(name, header)| (name.to_owned(), header.into())));
    components
}

/// A JSON body of a schema of the components, with examples of which the first is the one shown.
fn json_body(schema: &str, examples: Vec<(&'static str, Value)>) -> RequestBody {
    let content = ContentBuilder::new().schema(Some(named(schema)));
    RequestBodyBuilder::new()
        .required(Some(Required::True))
        .content("application/json", with_examples(content, examples))
        .build()
}

fn authenticated(operation: OperationBuilder) -> OperationBuilder {
    operation.security(SecurityRequirement::new(BASIC, Vec::<String>::new()))
}

#[cfg(test)]
mod tests {
    use super::openapi;
    use crate::http::{console, routes};
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn the_document_has_every_route_with_its_methods_and_no_other() {
        let document = serde_json::to_value(openapi()).unwrap();
        let described: BTreeMap<&str, Vec<String>> = document["paths"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(path, item)| {
                (path.as_str(), sorted(item.as_object().unwrap().keys().map(|name| name.to_uppercase())))
            })
            .collect();
        // HTTP derives HEAD from GET (RFC 9110, 9.3.2), and so the document leaves it out.
        let pages: BTreeSet<&str> = console::routes().into_iter().map(|(path, _)| path).collect();
        let served: BTreeMap<&str, Vec<String>> = routes()
            .into_iter()
            .filter(|(path, ..)| !pages.contains(path))
            .map(|(path, allow, _)| {
                (path, sorted(allow.split(',').filter(|name| *name != "HEAD").map(str::to_owned)))
            })
            .collect();
        assert_eq!(described, served);
    }

    /// Clients are generated by them.
    #[test]
    fn no_two_operations_have_one_id() {
        let document = serde_json::to_value(openapi()).unwrap();
        let items = document["paths"].as_object().unwrap().values();
        let operations = items.flat_map(|item| item.as_object().unwrap().values());
        let mut seen = BTreeSet::new();
        for operation in operations {
            let id = operation["operationId"].as_str().unwrap();
            assert!(seen.insert(id), "{id}");
        }
    }

    #[test]
    fn the_document_tells_of_every_type_of_event() {
        let document = serde_json::to_value(openapi()).unwrap();
        for kind in rota_core::event::Kind::ALL {
            let event = &document["webhooks"][kind.name()]["post"]["requestBody"];
            let told = &event["content"]["application/json"]["schema"]["properties"]["type"];
            assert_eq!(told["enum"], serde_json::json!([kind.name()]));
        }
    }

    fn sorted(methods: impl Iterator<Item = String>) -> Vec<String> {
        let mut methods: Vec<String> = methods.collect();
        methods.sort_unstable();
        methods
    }

    #[test]
    fn every_reference_in_the_document_leads_somewhere() {
        let document = serde_json::to_value(openapi()).unwrap();
        let text = document.to_string();
        for reference in text.split("\"$ref\":\"#").skip(1) {
            let pointer = reference.split('"').next().unwrap_or_default();
            assert!(document.pointer(pointer).is_some(), "{pointer}");
        }
    }
}
