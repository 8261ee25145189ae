//! A store with a key of scope `desk`, and calls to its API.

use crate::harness::{Request, Response, Rota, StoreFile};
use serde_json::{Value, json};

pub struct Desk {
    pub rota: Rota,
    token: String,
}

impl Desk {
    /// The usual store, served.
    pub fn start() -> Self {
        Self::with(StoreFile::default())
    }

    pub fn with(file: StoreFile) -> Self {
        Self::on(Rota::with(file))
    }

    /// On an installation whose servers are the caller's affair.
    pub fn on(rota: Rota) -> Self {
        let token = rota.key(&["--scope", "desk"]);
        Self { rota, token }
    }

    /// A call by the key.
    pub fn request(&self, method: &str, path: &str) -> Request {
        let json = Request::new(method, path).header("Content-Type", "application/json");
        json.header("Authorization", format!("Bearer {}", self.token))
    }

    pub fn get(&self, path: &str) -> Response {
        self.rota.send(&self.request("GET", path))
    }

    pub fn post(&self, path: &str, body: &Value) -> Response {
        self.rota.send(&self.request("POST", path).json(body))
    }

    /// A command on ticket 1.
    pub fn command(&self, name: &str, body: &Value) -> Response {
        self.post(&format!("/v1/tickets/1/{name}"), body)
    }

    /// The same, which has to succeed; answers the ticket afterwards.
    #[track_caller]
    pub fn done(&self, name: &str, body: &Value) -> Value {
        let response = self.command(name, body);
        assert_eq!(response.status, 200, "{name}: {response}");
        response.json()["ticket"].clone()
    }

    pub fn ticket(&self, id: i64) -> Value {
        self.get(&format!("/v1/tickets/{id}")).json()
    }

    /// The kinds of a ticket's timeline entries.
    pub fn kinds(&self, id: i64) -> Vec<String> {
        let timeline = self.get(&format!("/v1/tickets/{id}/timeline")).json();
        let entries = timeline["entries"].as_array().expect("a timeline").iter();
        entries.map(|entry| entry["kind"].as_str().expect("a kind").to_owned()).collect()
    }

    /// The code of a refusal, with its status.
    #[track_caller]
    pub fn refused(response: &Response) -> (u16, String) {
        assert_eq!(response.header("content-type"), Some("application/problem+json"), "{response}");
        let body = response.json();
        assert_eq!(body["status"], json!(response.status), "{response}");
        (response.status, body["code"].as_str().expect("a code").to_owned())
    }
}
