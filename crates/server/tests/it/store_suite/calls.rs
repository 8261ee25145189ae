//! Create calls as the server hands them to a store, and their answers in words.

use super::database::{store, usual};
use rota::store::{Answers, Batch, IntakeFailure, Store, StoreError};
use rota_core::ids::KeyId;
use rota_core::intake::{Answer, Call};
use rota_core::request::parse;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A call to the usual store.
pub fn call(body: &Value) -> Call {
    let bytes = body.to_string().into_bytes();
    Call {
        store: usual(),
        by: key_id("key1"),
        idempotency_key: None,
        body_hash: Sha256::digest(&bytes).into(),
        request: parse(&bytes).request,
        dry_run: false,
        rules: None,
    }
}

pub fn call_to(id: &str, body: &Value) -> Call {
    Call { store: store(id), ..call(body) }
}

pub fn with_key(key: &str, call: Call) -> Call {
    Call { idempotency_key: Some(key.into()), ..call }
}

pub fn key_id(text: &str) -> KeyId {
    KeyId::new(text).expect("a key's id")
}

/// A batch that is settled from the start.
pub struct Calls {
    calls: Vec<Call>,
    /// The places of calls whose callers were told already that nothing was written.
    abandoned: HashSet<usize>,
}

impl Calls {
    pub fn new(calls: impl IntoIterator<Item = Call>) -> Arc<Self> {
        Self::abandoned(calls, [])
    }

    pub fn abandoned(
        calls: impl IntoIterator<Item = Call>,
        places: impl IntoIterator<Item = usize>,
    ) -> Arc<Self> {
        Arc::new(Self { calls: calls.into_iter().collect(), abandoned: places.into_iter().collect() })
    }
}

impl Calls {
    /// The answers. A busy machine's database may be too late for the batch: nothing was written then, and it is handed over
    /// again.
    pub async fn answered_by(self: Arc<Self>, store: &dyn Store) -> Answers {
        let begun = Instant::now();
        loop {
            match store.intake(self.clone()).await {
                Ok(answers) => return answers,
                Err(IntakeFailure::NotWritten(StoreError::Away(why))) => {
                    assert!(begun.elapsed() < Duration::from_secs(60), "{why}");
                }
                Err(failure) => panic!("{failure:?}"),
            }
        }
    }
}

impl Batch for Calls {
    fn calls(&self) -> &[Call] {
        &self.calls
    }

    fn claim(&self, index: usize) -> bool {
        !self.abandoned.contains(&index)
    }

    /// There is no next one.
    fn pass_on(&self) {}
}

/// An answer in words: what became of the call, the ticket's number, and whose it is.
pub fn told(answer: &Option<Answer>) -> String {
    let owner =
        |agent: Option<rota_core::ids::AgentId>| agent.map_or("nobody".into(), |agent| agent.to_string());
    match answer {
        None => "left out".into(),
        Some(Answer::Created(created, _)) => {
            format!("created {} for {}", created.id, owner(created.agent_id))
        }
        Some(Answer::Replayed(created)) => format!("replayed {} for {}", created.id, owner(created.agent_id)),
        Some(Answer::DryRun(created, _)) => format!("would be for {}", owner(created.agent_id)),
        Some(Answer::KeyReused) => "key reused".into(),
        Some(Answer::Invalid(problems)) => {
            let fields: Vec<&str> = problems.iter().map(|problem| problem.field).collect();
            format!("invalid {}", fields.join(" "))
        }
    }
}
