//! Store files: reading them, finding out what they change, and writing one of what is there.

pub mod demo;
mod diff;
mod export;
mod store_file;
mod toml_reader;

use crate::settings;
use crate::store::types::{Change, CurrentSettings, Holder, Move, SettingsChange};
use crate::store::{Customers, DecideSettings, Decided, Refused};
use rota_core::access::Actor;
use rota_core::life::Recipient;
use rota_core::ticket::Pool;

pub use diff::{Options, decide};
pub use export::export;
pub use store_file::{StoreFile, read};

/// What a storage needs to make a store agree with its file.
pub fn decision(file: StoreFile, options: Options) -> DecideSettings {
    let customers = if file.customers.is_some() { Customers::All } else { Customers::None };
    let decide = move |current: &CurrentSettings| {
        let changes = decide(&file, options, current).map_err(Refused::File)?;
        let audit = settings::logged(current, &changes);
        let moves = moves(current, &changes);
        Ok(Decided { changes, audit, moves, ..Decided::default() })
    };
    DecideSettings { by: Actor::Operator, customers, keep: None, decide: Box::new(decide) }
}

/// Tickets of the archived: an agent's wait in their pools again, a team's move to the store's pool.
fn moves(current: &CurrentSettings, changes: &[Change]) -> Vec<Move> {
    let of = |change: &Change| match &change.what {
        SettingsChange::Agent(row) => {
            let leaves = !row.active && current.agents.iter().any(|old| old.id == row.id && old.active);
            leaves.then_some(Move { of: Holder::Agent(row.id), to: Recipient::Nobody })
        }
        SettingsChange::Team(row) => {
            let leaves = !row.active && current.teams.iter().any(|old| old.id == row.id && old.active);
            leaves.then_some(Move { of: Holder::Team(row.id), to: Recipient::Pool(Pool::Store) })
        }
        _ => None,
    };
    changes.iter().filter_map(of).collect()
}
