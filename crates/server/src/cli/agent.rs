//! `rota agent …`.

use super::output::print;
use super::{DatabaseArg, StoreArg};
use crate::clock::{SystemClock, SystemEntropy};
use crate::sign_in::new_invitation;
use crate::site::PublicUrl;
use crate::store::StoreError;
use crate::store::types::AgentRow;
use anyhow::{Result, anyhow};
use clap::{Args, Subcommand};
use rota_core::address::email_key;
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub enum AgentCommand {
    /// Let an agent take turns
    Online(AgentArgs),
    /// Take an agent out of the rotation
    Offline(AgentArgs),
    /// Print the link by which an agent sets a password, the only time it is shown; earlier links end
    Invite {
        #[command(flatten)]
        agent: AgentArgs,
        /// Where people reach the server
        #[arg(long, env = "ROTA_PUBLIC_URL", value_name = "URL", default_value = "http://127.0.0.1:7070")]
        public_url: PublicUrl,
    },
    /// List a store's agents
    List {
        #[command(flatten)]
        store: StoreArg,
        #[command(flatten)]
        database: DatabaseArg,
    },
}

#[derive(Debug, Args)]
pub struct AgentArgs {
    #[command(flatten)]
    store: StoreArg,
    /// The agent's mail address
    email: String,
    #[command(flatten)]
    database: DatabaseArg,
}

pub async fn run(command: AgentCommand) -> Result<ExitCode> {
    match command {
        AgentCommand::Online(args) => set(&args, true).await,
        AgentCommand::Offline(args) => set(&args, false).await,
        AgentCommand::Invite { agent, public_url } => invite(&agent, &public_url).await,
        AgentCommand::List { store, database } => list(&store, &database).await,
    }
}

async fn set(args: &AgentArgs, online: bool) -> Result<ExitCode> {
    let database = args.database.open().await?;
    let (store, state) = (&args.store, if online { "online" } else { "offline" });
    if !database.store_exists(&store.store).await? {
        return Err(store.explain(StoreError::NotFound));
    }
    match database.set_online(&store.store, &email_key(&args.email), online).await {
        Ok(true) => print(&format!("{} is {state}", args.email))?,
        Ok(false) => print(&format!("{} was {state} already", args.email))?,
        Err(StoreError::NotFound) => return Err(nobody(args)),
        Err(error) => return Err(error.into()),
    }
    Ok(ExitCode::SUCCESS)
}

async fn invite(args: &AgentArgs, public_url: &PublicUrl) -> Result<ExitCode> {
    let database = args.database.open().await?;
    let store = &args.store;
    let roster = database.roster(&store.store).await.map_err(|error| store.explain(error))?;
    let Some(agent) = roster.agent_by_email(&email_key(&args.email)) else { return Err(nobody(args)) };
    let (invitation, token) = new_invitation(agent.id, &SystemClock, &SystemEntropy);
    match database.invite(&store.store, invitation).await {
        Ok(()) => print(&public_url.invitation(&store.store, &token.to_string()))?,
        Err(StoreError::NotFound) => return Err(nobody(args)),
        Err(error) => return Err(error.into()),
    }
    Ok(ExitCode::SUCCESS)
}

fn nobody(args: &AgentArgs) -> anyhow::Error {
    let (email, store) = (&args.email, &args.store.store);
    anyhow!("{email} is no active agent of {store}; `rota agent list` shows them")
}

async fn list(store: &StoreArg, database: &DatabaseArg) -> Result<ExitCode> {
    let agents = database.open().await?.agents(&store.store).await.map_err(|error| store.explain(error))?;
    let mut table = format!("{:<8} {:<9} {:<10} {:<13} EMAIL NAME", "ID", "STATE", "OPEN", "ROLE");
    for agent in agents {
        let state = match (agent.active, agent.online) {
            (false, _) => "archived",
            (true, true) => "online",
            (true, false) => "offline",
        };
        let open =
            agent.max_open.map_or_else(|| agent.open.to_string(), |most| format!("{} of {most}", agent.open));
        let AgentRow { id, role, email, name, .. } = agent;
        table += &format!("\n{id:<8} {state:<9} {open:<10} {role:<13} {email} {name}");
    }
    print(&table)?;
    Ok(ExitCode::SUCCESS)
}
