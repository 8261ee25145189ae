//! The OpenAPI document, and what it promises.

use crate::harness::{CREATE, Request, Response, Rota, StoreFile};
use serde_json::Value;
use std::path::Path;

/// The store that the examples are of.
const DEMO: &str = include_str!("../../src/provision/demo/store.toml");
const UPSERT: &str = "/integrations/bikPlatformFunctions-customers/createOrUpdate";
const GET: &str = "/integrations/bikPlatformFunctions-customers/get";

fn document(rota: &Rota) -> Value {
    rota.send(&Request::get("/openapi.json")).json()
}

/// Sends every example of the operation's body.
fn answers_to_examples(rota: &Rota, path: &str) -> Vec<Response> {
    let document = document(rota);
    let examples = &document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["examples"];
    let examples = examples.as_object().unwrap_or_else(|| panic!("no examples of {path}"));
    examples.values().map(|example| rota.send(&rota.request_to(path).json(&example["value"]))).collect()
}

fn demo() -> Rota {
    let mut rota = Rota::prepared(StoreFile::default().agents([]).teams([]).labels([]).customers(&[]));
    rota.apply_text(DEMO, &[]).succeeded();
    rota.restart();
    rota
}

/// Who generates a client takes the file; whoever changes the API sees in it what callers will see.
#[test]
fn the_committed_document_is_the_served_one() {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let served = format!("{:#}\n", document(&Rota::start()));
    if std::fs::read_to_string(&committed).is_ok_and(|text| text == served) {
        return;
    }
    let new = Path::new(env!("CARGO_TARGET_TMPDIR")).join("openapi.json");
    std::fs::write(&new, served).unwrap_or_else(|error| panic!("{}: {error}", new.display()));
    panic!(
        "the served document is another; see what has changed: git diff --no-index docs/openapi.json {new}\n\
         and take it over: cp {new} docs/openapi.json",
        new = new.display()
    );
}

#[test]
fn every_example_of_a_ticket_is_taken_by_the_demo_store() {
    let rota = demo();
    let answers = answers_to_examples(&rota, CREATE);
    let ids: Vec<i64> = answers.iter().map(Response::id).collect();
    assert_eq!(ids, [1, 2, 3, 4, 5]);
}

#[test]
fn every_example_of_a_customer_call_is_taken_by_the_demo_store() {
    let rota = demo();
    for path in [UPSERT, GET] {
        let answers = answers_to_examples(&rota, path);
        assert_eq!(answers.len(), 2, "{path}");
        for answer in answers {
            assert_eq!(answer.status, 200, "{answer}");
        }
    }
}

#[test]
fn the_page_may_ask_no_other_host() {
    let rota = Rota::start();
    let page = rota.send(&Request::get("/docs/index.html"));
    let policy = page.header("content-security-policy").unwrap_or_else(|| panic!("no policy: {page}"));
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
    assert!(!policy.contains("http") && !policy.contains('*'), "{policy}");
    assert!(page.text().contains("<title>Rota</title>"), "{page}");
}

#[test]
fn the_page_shows_this_document_and_has_all_its_files() {
    let rota = Rota::start();
    let page = rota.send(&Request::get("/docs/index.html"));
    let named = page.text().split('"').filter(|text| text.ends_with(".js") || text.ends_with(".css"));
    let files: Vec<&str> = named.collect();
    assert!(files.contains(&"swagger-initializer.js"), "{files:?}");
    for file in files {
        assert_eq!(rota.send(&Request::get(&format!("/docs/{file}"))).status, 200, "{file}");
    }
    let initializer = rota.send(&Request::get("/docs/swagger-initializer.js"));
    let settings = initializer.text();
    assert!(
        settings.contains("\"/openapi.json\"") && settings.contains("\"validatorUrl\": \"none\""),
        "{settings}"
    );
}
