//! A table's rows against one server, over one connection.

use crate::harness::{Connection, Response, Rota};
use serde_json::Value;

pub struct Table<'a> {
    rota: &'a Rota,
    connection: Connection,
}

impl<'a> Table<'a> {
    pub fn new(rota: &'a Rota) -> Self {
        Self { rota, connection: rota.connect() }
    }

    #[track_caller]
    pub fn accepts(&mut self, body: &Value) -> Response {
        self.accepts_bytes(body.to_string())
    }

    #[track_caller]
    pub fn accepts_bytes(&mut self, body: impl Into<Vec<u8>>) -> Response {
        let response = self.send_bytes(body);
        assert_eq!(response.status, 200, "{response}");
        response
    }

    /// The answer names exactly these fields.
    #[track_caller]
    pub fn refuses(&mut self, body: &Value, fields: &[&str]) {
        self.refuses_bytes(body.to_string(), fields);
    }

    #[track_caller]
    pub fn refuses_bytes(&mut self, body: impl Into<Vec<u8>>, fields: &[&str]) {
        self.send_bytes(body).refuses(fields);
    }

    /// Refused as a whole; the fault is in no field of the table.
    #[track_caller]
    pub fn refuses_body(&mut self, body: impl Into<Vec<u8>>) {
        self.send_bytes(body).is_refused();
    }

    #[track_caller]
    fn send_bytes(&mut self, body: impl Into<Vec<u8>>) -> Response {
        let body = body.into();
        // Shown only when the test fails: which row it was.
        println!("{} bytes: {}", body.len(), String::from_utf8_lossy(&body[..body.len().min(400)]));
        self.connection.call(&self.rota.request().body(body))
    }
}
