//! Domain values in and out of the databases' columns, which both have alike.

use super::StoreError;
use jiff::Timestamp;
use rota_core::assign::{PoolState, Pools};
use rota_core::ids::AgentId;
use rota_core::ticket::Pool;
use std::fmt::Display;

/// Milliseconds since the epoch.
pub fn ms(at: Timestamp) -> i64 {
    at.as_millisecond()
}

pub fn time(ms: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(ms).map_err(|error| corrupt("time", error))
}

pub fn time_or_null(ms: Option<i64>) -> Result<Option<Timestamp>, StoreError> {
    ms.map(time).transpose()
}

/// A value that no version of this program wrote.
pub fn corrupt(what: &str, why: impl Display) -> StoreError {
    StoreError::Unusable(format!(
        "{what} cannot be read: {why}; run `rota check`, restore a backup if it persists"
    ))
}

/// A value that should be there.
pub fn known<T>(what: &str, value: Option<T>) -> Result<T, StoreError> {
    value.ok_or_else(|| corrupt(what, "unknown value"))
}

pub fn hash(bytes: Vec<u8>) -> Result<[u8; 32], StoreError> {
    bytes.try_into().map_err(|_| corrupt("hash", "not 32 bytes"))
}

/// Pools as the routing row has them: `[[pool, last, waiting], …]`.
pub fn pools_to_text(pools: &Pools) -> String {
    let rows: Vec<_> = pools.iter().map(|(pool, state)| (pool.number(), state.last, state.waiting)).collect();
    serde_json::to_string(&rows).expect("numbers serialize")
}

pub fn pools_from_text(text: &str) -> Result<Pools, StoreError> {
    let rows: Vec<(i64, Option<AgentId>, u64)> =
        serde_json::from_str(text).map_err(|error| corrupt("routing.pools", error))?;
    Ok(rows
        .into_iter()
        .map(|(pool, last, waiting)| (Pool::from_number(pool), PoolState { last, waiting }))
        .collect())
}
