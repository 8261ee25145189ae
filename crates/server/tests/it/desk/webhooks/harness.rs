//! A server in the test's own process, whose clock the test sets forward.

use crate::harness::process::Output;
use crate::harness::receiver::Received;
use crate::harness::{
    Agent, AheadClock, Connection, InProcess, Receiver, Request, Rota, STORE, StoreFile, tasks, until,
};
use rota::config::Settings;
use rota::store::sqlite::Place;
use serde_json::Value;
use standardwebhooks::Webhook;
use std::sync::Arc;
use std::time::Duration;

/// Receivers of the tests are on this machine.
pub const ALLOW: &str = "--webhook-allow-private=127.0.0.0/8";

pub struct Hooked {
    server: InProcess,
    rota: Rota,
    token: String,
    pub clock: Arc<AheadClock>,
}

impl Hooked {
    /// The usual store with one agent who takes every ticket.
    pub fn start() -> Self {
        let rota = Rota::prepared(StoreFile::default().teams([]).agents([Agent::online(0)]));
        let token = rota.key(&["--scope", "desk"]);
        let clock = Arc::new(AheadClock::default());
        let settings = Settings {
            database: Some(rota.database()),
            webhook_allow_private: vec!["127.0.0.0/8".parse().expect("a range")],
            ..Settings::default()
        };
        let server = InProcess::with(&Place::file(rota.path("rota.db")), settings, clock.clone());
        Self { server, rota, token, clock }
    }

    pub fn hook(&self, args: &[&str]) -> Output {
        self.rota.cli(&[&["webhook"], args].concat())
    }

    /// Adds an endpoint; answers its secret.
    pub fn add(&self, receiver: &Receiver, options: &[&str]) -> String {
        let url = receiver.url();
        self.secret(&[&["add", "--store", STORE, &url, ALLOW], options].concat())
    }

    pub fn secret(&self, args: &[&str]) -> String {
        let output = self.hook(args).succeeded();
        output.stdout.lines().last().expect("a secret").to_owned()
    }

    pub fn create(&self) -> i64 {
        let response = Connection::open(self.server.address()).call(&self.rota.request().json(&tasks()));
        assert_eq!(response.status, 200, "{response}");
        response.id()
    }

    pub fn close(&self, ticket: i64) {
        let request = Request::post(&format!("/v1/tickets/{ticket}/close"))
            .authorization(&self.token)
            .header("Content-Type", "application/json")
            .json(&serde_json::json!({}));
        let response = Connection::open(self.server.address()).call(&request);
        assert_eq!(response.status, 200, "{response}");
    }

    #[track_caller]
    pub fn metric(&self, name: &str, value: &str) {
        self.server.metric(name, value);
    }

    #[track_caller]
    pub fn counted(&self, name: &str, least: u64) {
        self.server.counted(name, least);
    }

    pub fn get(&self, path: &str) -> Value {
        let request = Request::get(path).authorization(&self.token);
        let response = Connection::open(self.server.address()).call(&request);
        assert_eq!(response.status, 200, "{response}");
        response.json()
    }

    /// The attempts of the first endpoint, newest first, once there are that many.
    #[track_caller]
    pub fn attempts(&self, count: usize) -> Vec<Value> {
        until(Duration::from_secs(20), || {
            let page = self.get("/v1/webhooks/1/attempts?limit=100");
            let items = page["items"].as_array().expect("a page").clone();
            (items.len() >= count).then_some(items)
        })
    }

    /// The first endpoint, once it is as it should be.
    #[track_caller]
    pub fn endpoint(&self, is: impl Fn(&Value) -> bool) -> Value {
        until(Duration::from_secs(20), || Some(self.get("/v1/webhooks/1")).filter(|shown| is(shown)))
    }
}

pub fn told(events: &[(&str, i64)]) -> Vec<(String, Option<i64>)> {
    events.iter().map(|(name, ticket)| ((*name).to_owned(), Some(*ticket))).collect()
}

/// Checks the signature with the standard's own library, which does not take it from another day.
#[track_caller]
pub fn verified(secret: &str, received: &Received) {
    let mut headers = axum::http::HeaderMap::new();
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        headers.insert(name, received.headers[name].parse().expect("a header"));
    }
    let webhook = Webhook::new(secret).expect("a secret");
    webhook.verify(&received.body, &headers).expect("the signature is right");
}

/// The same on another day.
#[track_caller]
pub fn signed(secret: &str, received: &Received) -> bool {
    let timestamp = received.headers["webhook-timestamp"].parse().expect("a number");
    let webhook = Webhook::new(secret).expect("a secret");
    let signature = webhook.sign(&received.headers["webhook-id"], timestamp, &received.body);
    let signature = signature.expect("it can be signed");
    received.headers["webhook-signature"].split(' ').any(|one| one == signature)
}
