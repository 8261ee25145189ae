//! The command line. Commands work on the database itself, also while a server runs on it.

mod agent;
mod apply;
mod audit;
mod backup;
mod change;
mod channel;
mod copy;
mod customer;
mod demo;
mod export;
mod floor;
mod jobs;
mod key;
mod label;
mod ledger;
mod mail;
mod output;
mod probe;
mod rejections;
mod replay;
mod rules;
mod serve;
mod settings;
mod stage;
mod team;
mod ticket;
mod webhook;

use crate::clock::SystemClock;
use crate::config::{self, Settings};
use crate::store::postgres::Options;
use crate::store::{Role, Store, StoreError};
use crate::telemetry::{LogFormat, start_logging};
use anyhow::{Context, Result, anyhow};
use clap::{Args, Parser, Subcommand};
use rota_core::ids::StoreId;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// Gets a ticket from any outside system to the right support agent.
#[derive(Debug, Parser)]
#[command(name = "rota", version, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API
    Serve {
        #[command(flatten)]
        settings: Settings,
        /// TOML file with any of these settings
        #[arg(long, env = "ROTA_CONFIG", value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Serve a demo store on a fresh database, with a ready sample call
    Demo(demo::DemoArgs),
    /// Make the database agree with a store file
    Apply(apply::ApplyArgs),
    /// API keys
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Agents
    #[command(subcommand)]
    Agent(agent::AgentCommand),
    /// Teams
    #[command(subcommand)]
    Team(team::TeamCommand),
    /// Labels
    #[command(subcommand)]
    Label(label::LabelCommand),
    /// Stages of tickets
    #[command(subcommand)]
    Stage(stage::StageCommand),
    /// The store's own numbers and mail addresses
    #[command(subcommand)]
    Channel(channel::ChannelCommand),
    /// The store's settings
    #[command(subcommand)]
    Settings(settings::SettingsCommand),
    /// Routing rules
    #[command(subcommand)]
    Rules(rules::RulesCommand),
    /// Print who is there, how loaded, what waits, and whose turn is next
    Floor(floor::FloorArgs),
    /// Print who changed what of people and settings, newest first
    Audit(audit::AuditArgs),
    /// Print create calls that were refused in the last 7 days, newest first
    Rejections(rejections::RejectionsArgs),
    /// Print who was given what out of a pool, and what would have been their part
    Ledger(ledger::LedgerArgs),
    /// Print a store file of what is there; applied, it changes nothing
    ExportStore(export::ExportArgs),
    /// Customers
    #[command(subcommand)]
    Customer(customer::CustomerCommand),
    /// Tickets
    #[command(subcommand)]
    Ticket(ticket::TicketCommand),
    /// Endpoints that are told of events
    #[command(subcommand)]
    Webhook(webhook::WebhookCommand),
    /// Mail to agents
    #[command(subcommand)]
    Mail(mail::MailCommand),
    /// Try a draft of the settings on the recorded past: load, waiting time and overflow, before and after
    Replay(replay::ReplayArgs),
    /// List timed work that is due, late or failing
    Jobs(jobs::JobsArgs),
    /// Write a consistent copy of the database to a new file
    Backup(backup::BackupArgs),
    /// Replace a SQLite database by a backup, or bring one to an empty PostgreSQL database
    Restore(backup::RestoreArgs),
    /// Copy a whole installation to another database
    Copy(copy::CopyArgs),
    /// Look for anything in the database that contradicts itself
    Check(DatabaseArg),
    /// Bring the database's schema up to this release, as every other command does at its start
    Migrate(DatabaseArg),
    /// Ask a server of this machine whether it is ready; for health checks
    Probe(probe::ProbeArgs),
}

/// The database a command works on.
#[derive(Debug, Args)]
struct DatabaseArg {
    /// Database, such as sqlite:/var/lib/rota/rota.db or postgresql://rota@db.example/rota
    #[arg(long, env = "ROTA_DATABASE", value_name = "URL", default_value = config::DEFAULT_DATABASE)]
    database: String,
}

impl DatabaseArg {
    /// Opens the database; makes and migrates it where needed.
    async fn open(&self) -> Result<Arc<dyn Store>> {
        let database = config::database(&self.database)?;
        Ok(database.open(Role::Command, Options::default(), Arc::new(SystemClock)).await?)
    }
}

/// The store a command is about.
#[derive(Debug, Args)]
struct StoreArg {
    /// The store's id
    #[arg(long, value_name = "ID", value_parser = store_id)]
    store: StoreId,
}

impl StoreArg {
    /// Says what to do when the store is not there.
    fn explain(&self, error: StoreError) -> anyhow::Error {
        match error {
            StoreError::NotFound => no_such_store(&self.store),
            other => other.into(),
        }
    }
}

fn no_such_store(store: &StoreId) -> anyhow::Error {
    anyhow!("there is no store {store}; make it with `rota apply FILE`, or check --store and --database")
}

fn store_id(text: &str) -> Result<StoreId, String> {
    StoreId::new(text).ok_or_else(|| "a store's id has 1 to 128 characters".into())
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli.command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("rota: {error:#}{}", advice(&error));
            ExitCode::FAILURE
        }
    }
}

/// What to do about an error that does not say so itself.
fn advice(error: &anyhow::Error) -> &'static str {
    match error.downcast_ref() {
        Some(StoreError::Away(_)) => {
            "; check that the database can be reached and is writable for this user (with SQLite, the file and its folder), \
             that the disk has room, and that no other program holds the file"
        }
        Some(StoreError::Backend(_)) => "; run `rota check`, and report this if it finds nothing",
        _ => "",
    }
}

fn run(command: Command) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("no runtime")?;
    runtime.block_on(async {
        match command {
            Command::Serve { settings, config } => {
                let settings = match config {
                    Some(path) => settings.with_file(&path)?,
                    None => settings,
                };
                serve::run(settings, |_| Ok(())).await
            }
            Command::Demo(args) => demo::run(args).await,
            Command::Apply(args) => apply::run(args).await,
            Command::Key(command) => key::run(command).await,
            Command::Agent(command) => agent::run(command).await,
            Command::Team(command) => team::run(command).await,
            Command::Label(command) => label::run(command).await,
            Command::Stage(command) => stage::run(command).await,
            Command::Channel(command) => channel::run(command).await,
            Command::Settings(command) => settings::run(command).await,
            Command::Rules(command) => rules::run(command).await,
            Command::Floor(args) => floor::run(args).await,
            Command::Audit(args) => audit::run(args).await,
            Command::Rejections(args) => rejections::run(args).await,
            Command::Ledger(args) => ledger::run(args).await,
            Command::ExportStore(args) => export::run(args).await,
            Command::Customer(command) => customer::run(command).await,
            Command::Ticket(command) => ticket::run(command).await,
            Command::Webhook(command) => webhook::run(command).await,
            Command::Mail(command) => mail::run(command).await,
            Command::Replay(args) => replay::run(args).await,
            Command::Jobs(args) => jobs::run(args).await,
            Command::Backup(args) => backup::backup(args).await,
            Command::Restore(args) => backup::restore(args).await,
            Command::Copy(args) => copy::run(args).await,
            Command::Check(database) => backup::check(database).await,
            Command::Probe(args) => probe::run(&args),
            Command::Migrate(database) => {
                // What is in a migration's way is told while it waits.
                start_logging(LogFormat::Text);
                database.open().await?;
                println!("the schema is this release's");
                Ok(ExitCode::SUCCESS)
            }
        }
    })
}
