//! Changes of people and settings by the command line: the same as the API's, by the operator.

use super::output::print;
use super::{DatabaseArg, StoreArg, no_such_store};
use crate::settings;
use crate::store::types::CurrentSettings;
use crate::store::{Customers, DecideSettings, Provisioned, Refused, Store};
use anyhow::{Result, bail};
use clap::Args;
use rota_core::ids::StoreId;
use std::process::ExitCode;
use std::sync::Arc;

/// The store and the database that a command is about.
#[derive(Debug, Args)]
pub struct Of {
    #[command(flatten)]
    pub store: StoreArg,
    #[command(flatten)]
    pub database: DatabaseArg,
}

impl Of {
    /// Opens the database and reads the store's people and settings.
    pub async fn current(&self) -> Result<(Arc<dyn Store>, CurrentSettings)> {
        let database = self.database.open().await?;
        let store = &self.store.store;
        let current = database.settings(store, Customers::None).await?;
        if current.store.is_none() {
            return Err(no_such_store(store));
        }
        Ok((database, current))
    }

    /// Makes a change and prints it.
    pub async fn change(&self, decide: DecideSettings) -> Result<ExitCode> {
        let told = change(&*self.database.open().await?, &self.store.store, decide).await?;
        print(&if told.is_empty() { "no changes".to_owned() } else { told.join("\n") })?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Makes a change and answers the lines that tell of it. A refusal is told as it stands.
pub async fn change(database: &dyn Store, store: &StoreId, decide: DecideSettings) -> Result<Vec<String>> {
    if !database.store_exists(store).await? {
        return Err(no_such_store(store));
    }
    match settings::change(database, store, decide).await? {
        Provisioned::Changed(changed) => {
            let told = changed.changes.into_iter().map(|change| change.told);
            Ok(told.filter(|told| !told.is_empty()).collect())
        }
        Provisioned::Refused(refused) => bail!(refusal(refused)),
        Provisioned::Before(_) | Provisioned::KeyReused => {
            bail!("a command has no key that could have come before")
        }
    }
}

/// A refusal as the command line tells it.
pub fn refusal(refused: Refused) -> String {
    let told = match refused {
        Refused::Unfit(fields) => {
            let told: Vec<String> =
                fields.into_iter().map(|(field, rule)| format!("{} {rule}", flag(&field))).collect();
            told.join("; ")
        }
        other => other.to_string(),
    };
    format!("{told}; nothing was changed")
}

/// A field as the command line calls it: `maxOpen` is `max-open`.
fn flag(field: &str) -> String {
    let mut flag = String::with_capacity(field.len() + 2);
    for letter in field.chars() {
        if letter.is_ascii_uppercase() {
            flag.push('-');
        }
        flag.push(letter.to_ascii_lowercase());
    }
    flag
}
