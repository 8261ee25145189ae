//! Changes of people and settings: the one way that the API, the command line and store files go. Each change is a function
//! of all that is there and who asks; storage runs it under the store's lock and writes what it says.

pub mod agents;
pub mod channels;
pub mod customers;
mod draft;
pub mod keys;
pub mod labels;
mod log;
mod patch;
mod roster;
pub mod rules;
mod shown;
pub mod stages;
pub mod store;
pub mod teams;
pub mod webhooks;

use crate::store::types::{CurrentSettings, Keep};
use crate::store::{
    Customers, DecideSettings, Decided, SettingsDecision, SettingsStore, StoreError, TicketStore,
};
use crate::store::{Provisioned, Store};
use rota_core::access::Actor;
use rota_core::ids::StoreId;
use serde_json::Value;

pub use draft::Draft;
pub use log::{customer_logged, import_logged, invitation_logged, logged, sign_out_logged};
pub use patch::Given;
pub use roster::roster;
pub use shown::{Viewer, etag};

/// Which state of a thing its change is meant for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// Whatever it is: who works on the machine sees what there is.
    Any,
    /// Not said, though it has to be.
    Missing,
    /// The one with one of these ETags.
    Matches(Vec<String>),
}

impl Condition {
    /// Whether `shown` is the state that is meant.
    pub fn fits(&self, shown: &Value) -> bool {
        match self {
            Self::Any => true,
            Self::Missing => false,
            Self::Matches(tags) => {
                let now = etag(shown);
                tags.iter().any(|tag| *tag == now || tag == "*")
            }
        }
    }
}

/// Who asks for a change, and how.
#[derive(Debug, Clone)]
pub struct Asked {
    pub by: Actor,
    pub condition: Condition,
    /// Where the answer is kept, for a call that may be repeated.
    pub keep: Option<Keep>,
}

impl Asked {
    /// Who works on the machine itself, by the command line.
    pub fn operator() -> Self {
        Self { by: Actor::Operator, condition: Condition::Any, keep: None }
    }

    /// The decision as storage takes it.
    pub fn decision(
        self,
        customers: Customers,
        decide: impl Fn(&mut Draft<'_>) -> Result<Value, crate::store::Refused> + Send + Sync + 'static,
    ) -> DecideSettings {
        let Self { by, condition, keep } = self;
        let asked_by = by.clone();
        let decide = move |current: &CurrentSettings| -> SettingsDecision {
            let mut draft = Draft::new(current, &asked_by, &condition)?;
            let answer = decide(&mut draft)?;
            draft.decided(answer)
        };
        DecideSettings { by, customers, keep, decide: Box::new(decide) }
    }
}

/// Makes a change and hands out all that somebody can take since.
pub async fn change(
    database: &dyn Store,
    store: &StoreId,
    decide: DecideSettings,
) -> Result<Provisioned, StoreError> {
    let done = SettingsStore::provision(database, store, decide, false).await?;
    if matches!(&done, Provisioned::Changed(changed) if changed.unfinished) {
        while TicketStore::hand_out(database, store).await? {}
    }
    Ok(done)
}

impl Decided {
    /// Changes of which nobody is told anything but the lines.
    pub fn silent(changes: Vec<crate::store::types::Change>) -> Self {
        Self { changes, ..Self::default() }
    }
}

#[cfg(test)]
mod tests;
