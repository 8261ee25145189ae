//! What is told of events is worked in rounds: whoever holds it under a lease goes on while there is something to do, each
//! in a task of its own, so that nothing waits for anything else. Webhooks and mail are worked alike.

use crate::clock::Entropy;
use crate::due::Stop;
use crate::store::StoreError;
use crate::store::due::Lease;
use async_trait::async_trait;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// How often is looked for something to do.
const LOOK: Duration = Duration::from_millis(250);
/// How long rounds under way have to end once the server stops.
const END: Duration = Duration::from_millis(700);

/// What is worked, as its storage and its rounds have it.
#[async_trait]
pub trait Rounds: Send + Sync + 'static {
    /// Which one of several.
    type Of: Debug + Send + Sync + 'static;
    /// What is said where it waits for the database.
    const NAME: &'static str;
    /// How long one is held. A node that dies holds it up for so long, and a round has to be over by then.
    const HELD: Duration;

    /// What a server before this one held is free again, where there is one server at a time.
    async fn free(&self) -> Result<(), StoreError>;
    /// Those that nobody holds and that there is something to do for.
    async fn with_work(&self) -> Result<Vec<Self::Of>, StoreError>;
    /// One round under the lease; answers whether there may be more to do.
    async fn round(&self, of: &Self::Of, lease: &Lease) -> Result<bool, String>;
    async fn leave(&self, of: &Self::Of, lease: &str) -> Result<(), StoreError>;
}

/// Works all there is until it is told to stop.
pub async fn keep_working<R: Rounds>(rounds: Arc<R>, entropy: Arc<dyn Entropy>, stop: Stop) {
    let (mut freed, mut failing) = (false, false);
    let mut working = JoinSet::new();
    while !stop.is_set() {
        let found = look(&*rounds, &mut freed).await;
        if let Err(error) = &found
            && !failing
        {
            tracing::warn!(%error, "{} for the database", R::NAME);
        }
        failing = found.is_err();
        for of in found.unwrap_or_default() {
            let lease = Lease { name: format!("{:016x}", random(&*entropy)), span: R::HELD };
            working.spawn(work(rounds.clone(), of, lease, stop.clone()));
        }
        while working.try_join_next().is_some() {}
        stop.or_after(LOOK).await;
    }
    // What does not end in time is cut off, and told again by whoever works it next.
    let ended = async { while working.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(END, ended).await;
}

async fn look<R: Rounds>(rounds: &R, freed: &mut bool) -> Result<Vec<R::Of>, StoreError> {
    if !*freed {
        rounds.free().await?;
        *freed = true;
    }
    rounds.with_work().await
}

/// Works one while there is something to do. One that could not be worked stays held: it is tried again once that is over.
async fn work<R: Rounds>(rounds: Arc<R>, of: R::Of, lease: Lease, stop: Stop) {
    while !stop.is_set() {
        match rounds.round(&of, &lease).await {
            Ok(true) => {}
            Ok(false) => break,
            Err(why) => {
                tracing::warn!(?of, why, "what is told of events could not be worked; trying on");
                return;
            }
        }
    }
    if let Err(error) = rounds.leave(&of, &lease.name).await {
        tracing::debug!(?of, %error, "what is told of events is left to its lease");
    }
}

pub fn random(entropy: &dyn Entropy) -> u64 {
    let mut bytes = [0; 8];
    entropy.fill(&mut bytes);
    u64::from_le_bytes(bytes)
}
