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
        if let Err(error) = self.put_off(store, agent, now).await {
            tracing::warn!(%error, "an agent's activity could not be written down");
        }
    }

    fn is_noted(&self, store: &StoreId, agent: AgentId, now: Timestamp) -> bool {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.len() >= REMEMBERED {
            noted.clear();
        }
        let last = noted.insert((store.clone(), agent), now);
        match last.filter(|last| now.duration_since(*last) < NOTED_EVERY) {
            Some(last) => {
                noted.insert((store.clone(), agent), last);
                true
            }
            None => false,
        }
    }

    async fn put_off(&self, store: &StoreId, agent: AgentId, now: Timestamp) -> Result<(), StoreError> {
        let roster = self.store.roster(store).await?;
        match roster.routing().idle_after {
            Some(after) => self.store.put_due(store, Kind::Idle, agent.0, later(now, after)).await,
            None => Ok(()),
        }
    }
}
