//! What agents do in their sessions puts off going offline for idleness (desk 4).

use crate::clock::Clock;
use crate::store::{Store, StoreError};
use jiff::{SignedDuration, Timestamp};
use rota_core::due::{Kind, later};
use rota_core::ids::{AgentId, StoreId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// How exact the time of the last activity is: noting it costs a commit.
const NOTED_EVERY: SignedDuration = SignedDuration::from_secs(15);
/// How many agents are remembered as noted; then all are forgotten, and noted once more.
const REMEMBERED: usize = 100_000;

pub struct Activity {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    noted: Mutex<HashMap<(StoreId, AgentId), Timestamp>>,
}

impl Activity {
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock, noted: Mutex::default() }
    }

    /// An agent has done something just now. That it cannot be noted keeps nobody from doing it.
    pub async fn note(&self, store: &StoreId, agent: AgentId) {
        let now = self.clock.now();
        if self.is_noted(store, agent, now) {
            return;
        }
        match self.put_off(store, agent, now).await {
            Ok(true) => self.remember(store, agent, now),
            // The store does not ask for it: it may from the next moment on.
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "an agent's activity could not be written down"),
        }
    }

    fn is_noted(&self, store: &StoreId, agent: AgentId, now: Timestamp) -> bool {
        let noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let last = noted.get(&(store.clone(), agent));
        last.is_some_and(|last| now.duration_since(*last) < NOTED_EVERY)
    }

    fn remember(&self, store: &StoreId, agent: AgentId, now: Timestamp) {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.len() >= REMEMBERED {
            noted.clear();
        }
        noted.insert((store.clone(), agent), now);
    }

    /// Answers whether there was anything to put off.
    async fn put_off(&self, store: &StoreId, agent: AgentId, now: Timestamp) -> Result<bool, StoreError> {
        let roster = self.store.roster(store).await?;
        let Some(after) = roster.routing().idle_after else { return Ok(false) };
        self.store.put_due(store, Kind::Idle, agent.0, later(now, after)).await?;
        Ok(true)
    }
}
