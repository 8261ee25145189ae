//! What answers have to look like, whatever they are about.

use super::http::Response;
use serde_json::{Value, json};

impl Response {
    /// A created ticket's number.
    #[track_caller]
    pub fn id(&self) -> i64 {
        self.ticket()["id"].as_i64().unwrap_or_else(|| panic!("no id in {self}"))
    }

    #[track_caller]
    pub fn agent(&self) -> Option<i64> {
        let agent = &self.ticket()["agentId"];
        assert!(agent.is_null() || agent.is_i64(), "agentId in {self}");
        agent.as_i64()
    }

    #[track_caller]
    pub fn team(&self) -> Option<i64> {
        let team = &self.ticket()["teamId"];
        assert!(team.is_null() || team.is_i64(), "teamId in {self}");
        team.as_i64()
    }

    #[track_caller]
    fn ticket(&self) -> Value {
        assert_eq!(self.status, 200, "{self}");
        self.json()["data"]["ticket"].take()
    }

    pub fn is_replay(&self) -> bool {
        match self.header("idempotent-replayed") {
            Some(value) => {
                assert_eq!(value, "true", "{self}");
                true
            }
            None => false,
        }
    }

    /// The error of this status, to the letter; 400 has fields on top and is judged by [`Self::refuses`].
    #[track_caller]
    pub fn is_error(&self, status: u16) {
        let message = match status {
            401 => "Unauthorized",
            404 => "Not Found",
            405 => "Method Not Allowed",
            413 => "Payload Too Large",
            422 => "Idempotency Key Reused",
            429 => "Too Many Requests",
            503 => "Service Unavailable",
            _ => panic!("no such error: {status}"),
        };
        assert_eq!(self.status, status, "{self}");
        assert_eq!(self.json(), json!({ "status": status, "errors": [{ "message": message }] }), "{self}");
        assert!(
            self.header("content-type").is_some_and(|kind| kind.starts_with("application/json")),
            "{self}"
        );
    }

    /// A refusal of the desk API with this status and code (RFC 9457).
    #[track_caller]
    pub fn is_problem(&self, status: u16, code: &str) {
        assert_eq!(self.status, status, "{self}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self}");
        let body = self.json();
        assert_eq!((&body["status"], &body["code"]), (&json!(status), &json!(code)), "{self}");
    }

    /// A 400 with exactly these fields, in any order, each with its sentence.
    #[track_caller]
    pub fn refuses(&self, fields: &[&str]) {
        let mut told = self.problems();
        let mut expected: Vec<String> = fields.iter().map(|field| field.to_ascii_lowercase()).collect();
        told.iter_mut().for_each(|field| field.make_ascii_lowercase());
        told.sort();
        expected.sort();
        assert_eq!(told, expected, "{self}");
    }

    /// A 400 in its documented shape; which fields it names is not judged, since the fault is not in a field.
    #[track_caller]
    pub fn is_refused(&self) {
        assert!(!self.problems().is_empty(), "{self}");
    }

    /// The fields that a 400 names.
    #[track_caller]
    pub fn problems(&self) -> Vec<String> {
        assert_eq!(self.status, 400, "{self}");
        let body = self.json();
        assert_eq!(body["status"], 400, "{self}");
        let members: Vec<&String> = body.as_object().expect("an object").keys().collect();
        assert_eq!(members.len(), 2, "only status and errors: {self}");
        let errors = body["errors"].as_array().unwrap_or_else(|| panic!("no errors in {self}"));
        errors.iter().map(|error| self.problem(error)).collect()
    }

    #[track_caller]
    fn problem(&self, error: &Value) -> String {
        assert_eq!(error["message"], "Invalid payload!", "{self}");
        assert!(error["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{self}");
        assert_eq!(error.as_object().map(serde_json::Map::len), Some(3), "{self}");
        error["field"].as_str().unwrap_or_else(|| panic!("no field in {self}")).to_owned()
    }

    /// The names in `Rota-Ignored-Fields`, decoded.
    #[track_caller]
    pub fn ignored_fields(&self) -> Vec<String> {
        let Some(header) = self.header("rota-ignored-fields") else { return Vec::new() };
        assert!(header.len() <= 1024, "1 KiB: {self}");
        header
            .split(", ")
            .map(|name| percent_decoded(name).unwrap_or_else(|| panic!("{name} in {self}")))
            .collect()
    }
}

fn percent_decoded(name: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = name.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        match first {
            b'%' => {
                let code = std::str::from_utf8(after.get(..2)?).ok()?;
                bytes.push(u8::from_str_radix(code, 16).ok()?);
                rest = &after[2..];
            }
            0x21..=0x7E if first != b',' => bytes.push(first),
            _ => return None,
        }
    }
    String::from_utf8(bytes).ok()
}
