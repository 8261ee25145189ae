//! `rota floor`.

use super::change::Of;
use super::no_such_store;
use super::output::print;
use crate::clock::{Clock, SystemClock};
use crate::floor;
use crate::store::StoreError;
use anyhow::Result;
use clap::Args;
use rota_core::access::Actor;
use serde_json::Value;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub struct FloorArgs {
    /// Print JSON, as the API does
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    of: Of,
}

pub async fn run(args: FloorArgs) -> Result<ExitCode> {
    let store = &args.of.store.store;
    let row = match args.of.database.open().await?.floor(store).await {
        Ok(row) => row,
        Err(StoreError::NotFound) => return Err(no_such_store(store)),
        Err(error) => return Err(error.into()),
    };
    let floor = floor::shown(&row, &Actor::Operator, SystemClock.now()).unwrap_or_default();
    print(&if args.json { serde_json::to_string_pretty(&floor)? } else { table(&floor) })?;
    Ok(ExitCode::SUCCESS)
}

fn table(floor: &Value) -> String {
    let mut lines =
        vec![format!("{:<8} {:<8} {:<8} {:<11} {:<15} POOL", "WAITING", "NEXT", "FREE", "POLICY", "OLDEST")];
    lines.extend(list(&floor["pools"]).map(pool));
    lines.push(String::new());
    lines.push(format!("{:<8} {:<14} {:<10} {:<21} NAME", "AGENT", "STATE", "OPEN", "UNTIL"));
    lines.extend(list(&floor["agents"]).map(agent));
    lines.join("\n")
}

fn list(values: &Value) -> impl Iterator<Item = &Value> {
    values.as_array().into_iter().flatten()
}

fn pool(pool: &Value) -> String {
    let name = match &pool["pool"]["id"] {
        Value::Null => "the store's".to_owned(),
        id => format!("team {id} {}", cell(&pool["pool"]["name"])),
    };
    let [waiting, next, free, policy, oldest] =
        ["waiting", "nextAgentId", "free", "policy", "oldestTicketId"].map(|key| cell(&pool[key]));
    format!("{waiting:<8} {next:<8} {free:<8} {policy:<11} {oldest:<15} {name}")
}

fn agent(agent: &Value) -> String {
    let [id, state, open, limit, until, name] =
        ["agentId", "state", "open", "limit", "until", "name"].map(|key| cell(&agent[key]));
    let open = if limit == "-" { open } else { format!("{open} of {limit}") };
    format!("{id:<8} {state:<14} {open:<10} {until:<21} {name}")
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".into(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
