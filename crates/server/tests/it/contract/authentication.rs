//! Who may create tickets, and for which store.

use crate::harness::load::IN_EFFECT;
use crate::harness::{CREATE, Request, Rota, StoreFile, key_and_secret, tasks, token_of, until};
use std::time::Duration;

fn with_authorization(rota: &Rota, value: &str) -> Request {
    rota.request().replace_header("Authorization", value).json(&tasks())
}

#[test]
fn the_token_as_printed_lets_a_caller_in_whatever_the_schemes_case() {
    let rota = Rota::start();
    let mut connection = rota.connect();
    for scheme in ["Basic", "basic", "BASIC", "bAsIc"] {
        let request = with_authorization(&rota, &format!("{scheme} {}", rota.token()));
        assert_eq!(connection.call(&request).status, 200, "{scheme}");
    }
}

#[test]
fn the_token_is_key_colon_secret_in_base64() {
    let rota = Rota::start();
    let (key, secret) = key_and_secret(rota.token());
    let request = with_authorization(&rota, &format!("Basic {}", token_of(&format!("{key}:{secret}"))));
    assert_eq!(rota.send(&request).status, 200);
}

#[test]
fn what_is_no_token_of_a_key_is_unauthorized() {
    let rota = Rota::start();
    let mut connection = rota.connect();
    let token = rota.token();
    let (key, secret) = key_and_secret(token);
    let credentials = [
        String::new(),
        token_of(""),
        token_of(":"),
        token_of(&key),
        token_of(&format!("{key}:")),
        token_of(&format!(":{secret}")),
        token_of(&format!("{key} {secret}")),
        token_of(&format!("{key}:{secret}x")),
        token_of(&format!("{key}:{secret}:")),
        token_of(&format!("{key}:x{secret}")),
        token_of(&format!("{secret}:{key}")),
        token_of(&format!("{key}x:{secret}")),
        token_of(&format!("{key}:{}", secret.to_uppercase().to_lowercase().repeat(2))),
        token_of(&format!("nobody:{secret}")),
        format!("{key}:{secret}"),
        format!("{token}===="),
        format!("={token}"),
        format!("{token}!"),
        format!("!!!!{token}"),
        token[..token.len() / 2].to_owned(),
        format!("{} {}", &token[..8], &token[8..]),
        format!("{token}, {token}"),
        "????".to_owned(),
    ];
    for credential in credentials {
        let response = connection.call(&with_authorization(&rota, &format!("Basic {credential}")));
        response.is_error(401);
        assert_eq!(response.header("www-authenticate"), Some("Basic realm=\"rota\""), "{response}");
    }
    assert!(rota.tickets().is_empty());
}

#[test]
fn a_missing_or_foreign_authorization_is_unauthorized() {
    let rota = Rota::start();
    let mut connection = rota.connect();
    let token = rota.token();
    for value in
        ["", "Basic", "Basic ", token, &format!("Digest {token}"), &format!("Basic{token}"), "Negotiate x"]
    {
        connection.call(&with_authorization(&rota, value)).is_error(401);
    }
    let request = rota.request().without_header("Authorization").json(&tasks());
    let response = connection.call(&request);
    response.is_error(401);
    assert_eq!(response.header("www-authenticate"), Some("Basic realm=\"rota\""));
    let request = with_authorization(&rota, "").replace_header("Authorization", b"Basic \xff\xfe");
    connection.call(&request).is_error(401);
}

#[test]
fn a_credential_that_is_not_text_is_unauthorized() {
    let rota = Rota::start();
    // base64 of bytes that are not UTF-8, with and without a colon.
    for credential in ["//79", "/zr/"] {
        rota.send(&with_authorization(&rota, &format!("Basic {credential}"))).is_error(401);
    }
}

#[test]
fn the_body_is_not_looked_at_before_authentication_has_passed() {
    let rota = Rota::start();
    for body in ["", "{", "[]", "\u{0}"] {
        let request = rota.request().authorization("bm9ib2R5OnNlY3JldA==").body(body);
        rota.send(&request).is_error(401);
        rota.send(&request.without_header("Content-Type")).is_error(401);
    }
    // Only the head is sent: the answer cannot have waited for the body.
    let mut connection = rota.connect();
    let request = Request::post(CREATE).header("Content-Length", "1000");
    connection.send(&request.head());
    connection.receive().is_error(401);
}

#[test]
fn the_key_decides_the_store() {
    let rota = Rota::start();
    let other = StoreFile::default().store("other");
    rota.apply(&other).succeeded();
    let token = rota.key_of("other", &[]);
    let response = rota.send(&rota.request().authorization(&token).json(&tasks()));
    assert_eq!(response.json()["data"]["ticket"]["storeId"], "other");
    assert_eq!(response.id(), 1);
    // Each store counts for itself.
    assert_eq!(rota.create(&tasks()).id(), 1);
    assert_eq!(rota.tickets().len(), 1);
}

#[test]
fn another_stores_customer_label_agent_team_and_address_are_not_found() {
    let rota = Rota::prepared(StoreFile::default());
    let other = StoreFile {
        whatsapp: vec!["+911111111111".to_owned()],
        agents: Vec::new(),
        teams: Vec::new(),
        labels: Vec::new(),
        customers: vec!["77".to_owned()],
        ..StoreFile::default().store("other")
    };
    rota.apply(&other).succeeded();
    let token = rota.key_of("other", &[]);
    let mut rota = rota;
    rota.restart();
    let body = serde_json::json!({
        "channel": "WHATSAPP", "bikCustomerId": "5233549", "labelIds": [7], "brandPhoneNumber": "+917827486670",
        "customerPhoneNumber": "+918095495490", "assignmentType": "SPECIFIC_TEAM", "teamId": 31,
    });
    let response = rota.send(&rota.request().authorization(&token).json(&body));
    response.refuses(&["bikCustomerId", "labelIds", "brandPhoneNumber", "teamId"]);
}

#[test]
fn a_new_key_works_at_once() {
    let rota = Rota::start();
    assert_eq!(rota.create(&tasks()).status, 200);
    for _ in 0..3 {
        let token = rota.key(&[]);
        assert_eq!(rota.send(&rota.request().authorization(&token).json(&tasks())).status, 200);
    }
}

#[test]
fn a_revoked_key_stops_soon_and_the_others_go_on() {
    let rota = Rota::start();
    let token = rota.key(&[]);
    let request = rota.request().authorization(&token).header("Rota-Dry-Run", "true").json(&tasks());
    let mut connection = rota.connect();
    assert_eq!(connection.call(&request).status, 200);
    rota.cli(&["key", "revoke", &key_and_secret(&token).0]).succeeded();
    let response = until(IN_EFFECT, || {
        let response = connection.call(&request);
        (response.status != 200).then_some(response)
    });
    response.is_error(401);
    connection.call(&request).is_error(401);
    assert_eq!(rota.create(&tasks()).status, 200);
}

#[test]
fn an_expired_key_is_unauthorized() {
    let rota = Rota::start();
    let token = rota.key(&["--expires", "1s"]);
    let request = rota.request().authorization(&token).header("Rota-Dry-Run", "true").json(&tasks());
    let mut connection = rota.connect();
    let response = until(Duration::from_secs(3), || {
        let response = connection.call(&request);
        (response.status != 200).then_some(response)
    });
    response.is_error(401);
    let lasting = rota.key(&["--expires", "90d"]);
    assert_eq!(rota.send(&rota.request().authorization(&lasting).json(&tasks())).status, 200);
}

#[test]
fn a_key_without_the_intake_scope_is_unauthorized() {
    let mut rota = Rota::prepared(StoreFile::default());
    let intake = rota.key(&["--scope", "intake"]);
    // Until there is a second scope to ask for, only the database can hold a key of another one.
    let database = rusqlite::Connection::open(rota.path("rota.db")).unwrap();
    let scoped = key_and_secret(rota.token()).0;
    let sql = "UPDATE api_keys SET scopes = replace(scopes, 'intake', 'desk') WHERE key_id = ?1";
    assert_eq!(database.execute(sql, [scoped]).unwrap(), 1);
    drop(database);
    rota.restart();
    rota.create(&tasks()).is_error(401);
    assert_eq!(rota.send(&rota.request().authorization(&intake).json(&tasks())).status, 200);
}
