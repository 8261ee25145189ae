//! Calls that may be repeated: `Idempotency-Key` on POST (desk 2). The record is unique per caller and kept for a day.

use super::caller::Admitted;
use super::problem::Problem;
use crate::http::create_ticket::idempotency_key;
use crate::store::types::Keep;
use axum::http::{HeaderValue, Response};
use rota_core::intake::RecordKey;
use sha2::{Digest, Sha256};

/// What the call is kept under; `None` where it has no Idempotency-Key.
pub fn keep(call: &Admitted) -> Result<Option<Keep>, Problem> {
    let key = idempotency_key(&call.headers).map_err(|problems| {
        let told = problems.into_iter().map(|problem| (problem.field.into(), problem.detail.into()));
        Problem::malformed(told.collect())
    })?;
    let Some(key) = key else { return Ok(None) };
    let mut hash = Sha256::new();
    hash.update(call.uri.path());
    hash.update(b"\n");
    hash.update(&call.body);
    let caller = call.caller.actor.to_string().into();
    Ok(Some(Keep { key: RecordKey { caller, key }, hash: hash.finalize().into() }))
}

/// Marks the answer to a call that came before.
pub fn replayed<B>(mut response: Response<B>) -> Response<B> {
    response.headers_mut().insert("idempotent-replayed", HeaderValue::from_static("true"));
    response
}
