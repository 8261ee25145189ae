//! Settings and probes.

use crate::harness::process::{binary, run_exactly};
use crate::harness::{CREATE, Request, Rota, Server, StoreFile, TempDir, tasks};

#[test]
fn the_probes_answer_without_a_key() {
    let rota = Rota::start();
    for path in ["/healthz", "/readyz", "/metrics", "/openapi.json"] {
        assert_eq!(rota.send(&Request::get(path)).status, 200, "{path}");
    }
}

#[test]
fn the_metrics_are_in_prometheus_form_and_count_what_happened() {
    let rota = Rota::start();
    let mut connection = rota.connect();
    for _ in 0..3 {
        connection.call(&rota.request().json(&tasks()));
    }
    let response = rota.send(&Request::get("/metrics"));
    let text = response.text();
    assert!(text.contains("# TYPE ") && text.contains("# HELP "), "{text}");
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let value = line.rsplit(' ').next().unwrap_or_default();
        assert!(value.parse::<f64>().is_ok(), "{line}");
    }
    assert!(text.contains("round_robin"), "assignments by policy: {text}");
}

#[test]
fn the_openapi_document_describes_the_endpoints() {
    let rota = Rota::start();
    let document = rota.send(&Request::get("/openapi.json")).json();
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")), "{document}");
    let answers = &document["paths"][CREATE]["post"]["responses"];
    for status in ["200", "400", "401", "413", "422", "429", "500", "503"] {
        assert!(answers[status].is_object(), "{status} in {answers}");
    }
}

#[test]
fn the_docs_page_needs_no_network() {
    let rota = Rota::start();
    let mut path = "/docs".to_owned();
    let page = loop {
        let response = rota.send(&Request::get(&path));
        match response.header("location") {
            Some(location) if (300..400).contains(&response.status) => path = location.to_owned(),
            _ => break response,
        }
    };
    assert_eq!(page.status, 200, "{page}");
    for outside in ["src=\"http", "src='http", "src=\"//", "<link href=\"http"] {
        assert!(!page.text().contains(outside), "{page}");
    }
}

#[test]
fn listen_and_database_come_from_the_environment_too() {
    let rota = Rota::prepared(StoreFile::default());
    let mut command = binary();
    command.arg("serve").env("ROTA_LISTEN", "127.0.0.1:0").env("ROTA_DATABASE", rota.database());
    let server = Server::spawn(command, &rota.path("server.log"));
    let mut connection = crate::harness::Connection::open(server.address());
    assert_eq!(connection.call(&rota.request().json(&tasks())).id(), 1);
}

#[test]
fn an_option_wins_over_the_environment() {
    let rota = Rota::prepared(StoreFile::default());
    let mut command = binary();
    command.args(["serve", "--listen", "127.0.0.1:0", "--database", &rota.database()]);
    command.env("ROTA_LISTEN", "192.0.2.1:1").env("ROTA_DATABASE", "sqlite:/nowhere/at/all.db");
    let server = Server::spawn(command, &rota.path("server.log"));
    assert!(server.address().ip().is_loopback());
}

#[test]
fn a_database_path_may_be_relative() {
    let dir = TempDir::new();
    let mut command = binary();
    command.current_dir(dir.path()).args([
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--database",
        "sqlite:here.db",
    ]);
    let server = Server::spawn(command, &dir.path().join("server.log"));
    assert!(dir.path().join("here.db").exists());
    assert!(server.terminate().success());
}

#[test]
fn a_server_without_any_store_starts_and_lets_nobody_in() {
    let mut rota = Rota::empty();
    rota.restart();
    rota.send(&rota.request().authorization("bm9ib2R5OnNlY3JldA==").json(&tasks())).is_error(401);
    assert_eq!(rota.send(&Request::get("/readyz")).status, 200);
}

#[test]
fn an_address_that_is_taken_or_wrong_stops_the_start_with_the_reason() {
    let rota = Rota::start();
    let taken = rota.address().to_string();
    for listen in [taken.as_str(), "nonsense"] {
        let mut command = binary();
        let database = format!("sqlite:{}", rota.path("second.db").display());
        command.args(["serve", "--listen", listen, "--database", &database]);
        run_exactly(&mut command).failed();
    }
}

#[test]
fn a_database_address_of_an_unknown_kind_is_told() {
    run_exactly(binary().args(["check", "--database", "mysql://localhost/rota"])).failed().tells(&["mysql"]);
}

#[test]
fn unknown_commands_and_options_are_told() {
    let rota = Rota::empty();
    rota.cli(&["sevre"]).failed();
    rota.cli(&["serve", "--lissten", "127.0.0.1:0"]).failed().tells(&["--lissten"]);
}

#[test]
fn damage_that_a_repeat_does_not_mend_is_500_and_the_log_says_what_it_is() {
    let rota = Rota::start();
    let database = rusqlite::Connection::open(rota.path("rota.db")).unwrap();
    database.execute_batch("UPDATE routing SET pools = 'x'").unwrap();
    let response = rota.create(&tasks());
    assert_eq!((response.status, response.header("rota-outcome")), (500, None), "{response}");
    let id = response.header("request-id").expect("every answer has one");
    let log = rota.server().log();
    let line = log.lines().find(|line| line.contains(id)).unwrap_or_else(|| panic!("{id} in {log}"));
    assert!(line.contains("routing.pools cannot be read"), "{line}");
}
