//! `rota key …`.

use super::change::change;
use super::output::print;
use super::{DatabaseArg, StoreArg, no_such_store, store_id};
use crate::clock::{Clock, SystemClock, SystemEntropy};
use crate::duration;
use crate::keys::{INTAKE, SCOPES, new_key};
use crate::settings::{self, Asked};
use crate::store::types::ApiKey;
use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use rota_core::ids::{KeyId, StoreId};
use std::process::ExitCode;
use std::time::Duration;

#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Make a key and print its AUTH_TOKEN, the only time it is shown
    Create(CreateArgs),
    /// List keys with their last use
    List {
        /// Only this store's
        #[arg(long, value_name = "ID", value_parser = store_id)]
        store: Option<StoreId>,
        #[command(flatten)]
        database: DatabaseArg,
    },
    /// Revoke a key, within two seconds everywhere
    Revoke {
        /// The part of the token before the colon, as `rota key list` shows it
        key: String,
        #[command(flatten)]
        database: DatabaseArg,
    },
}

#[derive(Debug, Args)]
pub struct CreateArgs {
    #[command(flatten)]
    store: StoreArg,
    /// What the key is for
    #[arg(long, default_value = "")]
    name: String,
    /// What the key may do; may be repeated
    #[arg(long, value_name = "SCOPE", default_value = INTAKE.name, value_parser = SCOPES)]
    scope: Vec<String>,
    /// When the key ends, counted from now, such as 90d
    #[arg(long, value_name = "SPAN", value_parser = duration::parse)]
    expires: Option<Duration>,
    /// Requests a second, per node; unlimited when left out
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rate: Option<u32>,
    #[command(flatten)]
    database: DatabaseArg,
}

pub async fn run(command: KeyCommand) -> Result<ExitCode> {
    match command {
        KeyCommand::Create(args) => create(args).await,
        KeyCommand::List { store, database } => list(store.as_ref(), &database).await,
        KeyCommand::Revoke { key, database } => revoke(&key, &database).await,
    }
}

async fn create(args: CreateArgs) -> Result<ExitCode> {
    let store = args.database.open().await?;
    let mut scopes = args.scope;
    scopes.sort();
    scopes.dedup();
    let (mut key, token) = new_key(args.store.store.clone(), args.name, scopes, &SystemClock, &SystemEntropy);
    key.rate = args.rate;
    key.expires_at = args.expires.map(|span| key.created_at.saturating_add(span)).transpose()?;
    let decide = settings::keys::add(Asked::operator(), key);
    change(&*store, &args.store.store, decide).await?;
    print(&token)?;
    Ok(ExitCode::SUCCESS)
}

async fn list(store: Option<&StoreId>, database: &DatabaseArg) -> Result<ExitCode> {
    let database = database.open().await?;
    if let Some(store) = store
        && !database.store_exists(store).await?
    {
        return Err(no_such_store(store));
    }
    let keys = database.keys(store).await?;
    let mut table = format!(
        "{:<18} {:<10} {:<22} {:<22} {:<22} {:<8} {:<10} STORE NAME",
        "KEY", "STATE", "CREATED", "LAST USED", "EXPIRES", "RATE", "SCOPES"
    );
    for key in keys {
        let (created, used) = (shown(Some(key.created_at)), shown(key.last_used_at));
        let (expires, scopes) = (shown(key.expires_at), key.scopes.join(","));
        let rate = key.rate.map_or_else(|| "-".into(), |rate| format!("{rate}/s"));
        let state = state(&key, SystemClock.now());
        let (id, of, name) = (&key.id, &key.store, &key.name);
        table += &format!(
            "\n{id:<18} {state:<10} {created:<22} {used:<22} {expires:<22} {rate:<8} {scopes:<10} {of} {name}"
        );
    }
    print(&table)?;
    Ok(ExitCode::SUCCESS)
}

fn state(key: &ApiKey, now: Timestamp) -> &'static str {
    match (key.revoked_at, key.expires_at) {
        (Some(_), _) => "revoked",
        (None, Some(end)) if end <= now => "expired",
        _ => "live",
    }
}

fn shown(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "never".into(), |at| format!("{at:.0}"))
}

async fn revoke(key: &str, database: &DatabaseArg) -> Result<ExitCode> {
    let unknown =
        || format!("there is no key {key}; `rota key list` shows them, KEY is the part before the colon");
    let Some(id) = KeyId::new(key) else { bail!(unknown()) };
    let database = database.open().await?;
    let Some(known) = database.key(&id).await? else { bail!(unknown()) };
    let decide = settings::keys::revoke(Asked::operator(), id, SystemClock.now());
    change(&*database, &known.store, decide).await?;
    print(&format!("revoked {key}"))?;
    Ok(ExitCode::SUCCESS)
}
