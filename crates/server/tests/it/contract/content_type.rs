//! The body's Content-Type.

use crate::harness::{Rota, tasks};

#[test]
fn json_is_accepted_with_parameters_and_in_any_case() {
    let rota = Rota::start();
    let mut connection = rota.connect();
    for value in [
        "application/json",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        "application/json ; x=y; z=\"a;b\"",
        "Application/JSON",
        "APPLICATION/JSON; Charset=\"utf-8\"",
    ] {
        let request = rota.request().replace_header("Content-Type", value).json(&tasks());
        assert_eq!(connection.call(&request).status, 200, "{value}");
    }
}

#[test]
fn anything_else_is_refused_naming_the_header() {
    let rota = Rota::start();
    let mut connection = rota.connect();
    for value in [
        "",
        "text/plain",
        "text/json",
        "application",
        "application/",
        "application/jsonx",
        "application/x-www-form-urlencoded",
        "application/problem+json",
        "application/json, text/plain",
        "multipart/form-data; boundary=x",
        "json",
        "*/*",
    ] {
        let request = rota.request().replace_header("Content-Type", value).json(&tasks());
        println!("{value}");
        connection.call(&request).refuses(&["Content-Type"]);
    }
}

#[test]
fn a_missing_content_type_is_refused() {
    let rota = Rota::start();
    rota.send(&rota.request().without_header("Content-Type").json(&tasks())).refuses(&["Content-Type"]);
}

#[test]
fn a_repeated_content_type_is_refused_even_when_both_are_right() {
    let rota = Rota::start();
    for second in ["application/json", "text/plain"] {
        rota.send(&rota.request().header("Content-Type", second).json(&tasks())).refuses(&["Content-Type"]);
    }
}
