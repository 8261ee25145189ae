//! JSON in and out of the desk API.

use super::problem::Problem;
use crate::http::admission::judge_content_type;
use crate::http::answer;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use rota_core::problem::Problems;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Reads a body as `T`; what does not fit is told with the field's path. An empty body is an empty object.
pub fn read<T: DeserializeOwned>(headers: &HeaderMap, body: &[u8]) -> Result<T, Problem> {
    if body.is_empty() {
        return from(b"{}");
    }
    let mut problems = Problems::default();
    judge_content_type(headers, &mut problems);
    if let Some(problem) = problems.iter().next() {
        return Err(Problem::field(problem.field, problem.detail.clone()));
    }
    from(body)
}

fn from<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    // A list would be taken for the members in their order.
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(Problem::field("body", "must be a JSON object"));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let field = if path == "." { "body".to_owned() } else { path };
        Problem::field(field, error.into_inner().to_string())
    })?;
    deserializer.end().map_err(|error| Problem::field("body", error.to_string()))?;
    Ok(value)
}

/// A member that is an object of its own, as `T`.
pub fn value<T: DeserializeOwned>(member: &str, value: serde_json::Value) -> Result<T, Problem> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        let field = if path == "." { member.to_owned() } else { format!("{member}.{path}") };
        Problem::field(field, error.into_inner().to_string())
    })
}

/// 200 with a body.
pub fn ok(body: &impl Serialize) -> Response {
    told(StatusCode::OK, body)
}

pub fn told(status: StatusCode, body: &impl Serialize) -> Response {
    answer::json(status, serde_json::to_vec(body).expect("a view has only string keys"))
}
