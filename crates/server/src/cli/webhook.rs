//! `rota webhook …`.

use super::change::{Of, change};
use super::output::{Output, print};
use crate::clock::{Clock, SystemClock, SystemEntropy};
use crate::config::WebhookSettings;
use crate::settings::webhooks::{self, NamedFormat, NewWebhook, Types, WebhookPatch};
use crate::settings::{Asked, Given};
use crate::store::types::CurrentSettings;
use crate::store::webhooks::{Attempt, Outcome, WebhookRow};
use crate::webhooks::{HookUrl, between, one, test};
use anyhow::{Result, anyhow, bail};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use rota_core::ids::WebhookId;
use std::process::ExitCode;
use std::sync::Arc;

/// The most attempts that are listed at a time.
const LISTED: u32 = 100;

#[derive(Debug, Subcommand)]
pub enum WebhookCommand {
    /// Add an endpoint and print its secret, the only time it is shown
    Add {
        url: HookUrl,
        /// Type of event that it is told of; may be repeated [default: all]
        #[arg(long = "type", value_name = "TYPE")]
        types: Vec<String>,
        /// What is sent: standard or assignedAgent
        #[arg(long, value_parser = NamedFormat::new)]
        format: Option<NamedFormat>,
        #[command(flatten)]
        webhooks: WebhookSettings,
        #[command(flatten)]
        of: Of,
    },
    /// List a store's endpoints and how they stand
    List(Of),
    /// Change an endpoint
    Set(SetArgs),
    /// Remove an endpoint with what was still to be told
    Remove(OneArgs),
    /// Give an endpoint another secret and print it; for a day the one before signs too
    Rotate {
        #[command(flatten)]
        webhooks: WebhookSettings,
        #[command(flatten)]
        one: OneArgs,
    },
    /// Print an endpoint's secret, for one that a store file made
    Secret {
        #[command(flatten)]
        webhooks: WebhookSettings,
        #[command(flatten)]
        one: OneArgs,
    },
    /// Send a test from this machine and print what came of it
    Test {
        #[command(flatten)]
        webhooks: WebhookSettings,
        #[command(flatten)]
        one: OneArgs,
    },
    /// Print the last attempts, newest first
    Attempts(OneArgs),
    /// Have one event, or those of a time, sent again by the server
    Resend(ResendArgs),
}

#[derive(Debug, Args)]
pub struct OneArgs {
    /// The endpoint's number
    webhook: i64,
    #[command(flatten)]
    of: Of,
}

#[derive(Debug, Args)]
pub struct SetArgs {
    #[command(flatten)]
    one: OneArgs,
    /// Where it is
    #[arg(long)]
    url: Option<HookUrl>,
    /// Type of event that it is told of; may be repeated
    #[arg(long = "type", value_name = "TYPE")]
    types: Vec<String>,
    /// It is told of every type
    #[arg(long, conflicts_with = "types")]
    all_types: bool,
    /// What is sent: standard or assignedAgent
    #[arg(long, value_parser = NamedFormat::new)]
    format: Option<NamedFormat>,
    /// Whether it is told at all; switched on again, it goes on where it was
    #[arg(long, value_name = "BOOL")]
    active: Option<bool>,
}

#[derive(Debug, Args)]
#[group(id = "which", args = ["event", "from"], required = true, multiple = false)]
pub struct ResendArgs {
    #[command(flatten)]
    one: OneArgs,
    /// The event's id
    #[arg(long, value_name = "ID")]
    event: Option<String>,
    /// Since when, such as 2026-11-25T10:00:00Z
    #[arg(long, value_name = "TIME")]
    from: Option<Timestamp>,
    /// Until when [default: now]
    #[arg(long, value_name = "TIME", requires = "from")]
    to: Option<Timestamp>,
}

pub async fn run(command: WebhookCommand) -> Result<ExitCode> {
    match command {
        WebhookCommand::Add { url, types, format, webhooks, of } => {
            add(NewWebhook { url, types: chosen(&types)?, format }, &webhooks, &of).await
        }
        WebhookCommand::List(of) => list(&of).await,
        WebhookCommand::Set(args) => set(args).await,
        WebhookCommand::Remove(OneArgs { webhook, of }) => {
            of.change(webhooks::remove(Asked::operator(), WebhookId(webhook))).await
        }
        WebhookCommand::Rotate { webhooks, one } => rotate(&webhooks, &one).await,
        WebhookCommand::Secret { webhooks, one } => secret(&webhooks, &one).await,
        WebhookCommand::Test { webhooks, one } => send_test(&webhooks, &one).await,
        WebhookCommand::Attempts(one) => attempts(&one).await,
        WebhookCommand::Resend(args) => resend(args).await,
    }
}

fn chosen(types: &[String]) -> Result<Option<Types>> {
    if types.is_empty() {
        return Ok(None);
    }
    Ok(Some(Types::new(types).map_err(anyhow::Error::msg)?))
}

async fn add(new: NewWebhook, settings: &WebhookSettings, of: &Of) -> Result<ExitCode> {
    let webhooks = settings.webhooks(&of.database.database);
    webhooks.network.judge_url(&new.url).map_err(|rule| anyhow!("the url {rule}"))?;
    let (database, current) = of.current().await?;
    webhooks.ready(&*database, &SystemEntropy).await?;
    let known: Vec<WebhookId> = current.webhooks.iter().map(|row| row.id).collect();
    let told =
        change(&*database, &of.store.store, webhooks::add(Asked::operator(), new, SystemClock.now())).await?;
    let (_, current) = of.current().await?;
    let row = current.webhooks.iter().rfind(|row| !known.contains(&row.id));
    let row = row.ok_or_else(|| anyhow!("the endpoint is gone again"))?;
    let secret = webhooks.secret(&of.store.store, row.id, row.generation)?;
    print(&format!("{}\n{secret}", told.join("\n")))?;
    Ok(ExitCode::SUCCESS)
}

async fn list(of: &Of) -> Result<ExitCode> {
    let (database, current) = of.current().await?;
    let states = database.webhook_states(&of.store.store).await?;
    let mut table = format!(
        "{:<6} {:<9} {:<8} {:<22} {:<14} URL TYPES",
        "ID", "STATE", "PENDING", "FAILING SINCE", "FORMAT"
    );
    for row in &current.webhooks {
        let state = states.get(&row.id).copied().unwrap_or_default();
        let since = state.failing_since.map_or_else(|| "-".into(), |at| format!("{at:.0}"));
        let kinds: Vec<&str> = row.kinds.iter().map(|kind| kind.name()).collect();
        let kinds = if kinds.is_empty() { "all".into() } else { kinds.join(",") };
        let (id, pending, format) = (row.id, state.pending, row.format.name());
        let active = match (row.active, &row.disabled_why) {
            (true, _) => "active",
            (false, None) => "off",
            (false, Some(_)) => "disabled",
        };
        let why = row.disabled_why.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
        table +=
            &format!("\n{id:<6} {active:<9} {pending:<8} {since:<22} {format:<14} {} {kinds}{why}", row.url);
    }
    print(&table)?;
    Ok(ExitCode::SUCCESS)
}

async fn set(args: SetArgs) -> Result<ExitCode> {
    let SetArgs { one: OneArgs { webhook, of }, url, types, all_types, format, active } = args;
    let types = match chosen(&types)? {
        Some(types) => Given::Value(types),
        None if all_types => Given::Nothing,
        None => Given::Absent,
    };
    let patch = WebhookPatch { url, types, format, active };
    of.change(webhooks::set(Asked::operator(), WebhookId(webhook), patch)).await
}

fn found(current: &CurrentSettings, webhook: i64) -> Result<&WebhookRow> {
    let found = current.webhooks.iter().find(|row| row.id.0 == webhook);
    found.ok_or_else(|| anyhow!("there is no webhook {webhook}; `rota webhook list` shows them"))
}

async fn rotate(settings: &WebhookSettings, one: &OneArgs) -> Result<ExitCode> {
    let OneArgs { webhook, of } = one;
    let webhooks = settings.webhooks(&of.database.database);
    let (database, current) = of.current().await?;
    found(&current, *webhook)?;
    webhooks.ready(&*database, &SystemEntropy).await?;
    let id = WebhookId(*webhook);
    let told =
        change(&*database, &of.store.store, webhooks::rotate(Asked::operator(), id, SystemClock.now()))
            .await?;
    let (_, current) = of.current().await?;
    let secret = webhooks.secret(&of.store.store, id, found(&current, *webhook)?.generation)?;
    print(&format!("{}\n{secret}", told.join("\n")))?;
    Ok(ExitCode::SUCCESS)
}

async fn secret(settings: &WebhookSettings, one: &OneArgs) -> Result<ExitCode> {
    let OneArgs { webhook, of } = one;
    let (_, current) = of.current().await?;
    let row = found(&current, *webhook)?;
    let webhooks = settings.webhooks(&of.database.database);
    print(&webhooks.secret(&of.store.store, row.id, row.generation)?)?;
    Ok(ExitCode::SUCCESS)
}

async fn send_test(settings: &WebhookSettings, one: &OneArgs) -> Result<ExitCode> {
    let OneArgs { webhook, of } = one;
    let webhooks = Arc::new(settings.webhooks(&of.database.database));
    let (database, current) = of.current().await?;
    let row = found(&current, *webhook)?;
    let (_, attempt) =
        test(&webhooks, &*database, (&of.store.store, row), (&SystemClock, &SystemEntropy)).await?;
    print(&line(&attempt))?;
    Ok(if attempt.outcome == Outcome::Delivered { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn attempts(one: &OneArgs) -> Result<ExitCode> {
    let OneArgs { webhook, of } = one;
    let (database, current) = of.current().await?;
    let row = found(&current, *webhook)?;
    let mut output = Output::new();
    for (_, attempt) in database.webhook_attempts(&of.store.store, row.id, None, LISTED).await? {
        if !output.line(&line(&attempt))? {
            break;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn line(attempt: &Attempt) -> String {
    let Attempt { position, part, kind, at, outcome, ms, .. } = attempt;
    let event = if *position > 0 { format!("evt_{position}_{part}") } else { "test".into() };
    let status = attempt.status.map_or_else(|| "-".into(), |status| status.to_string());
    let error = attempt.error.as_deref().unwrap_or_default();
    let number = attempt.attempt;
    format!("{at:.0} {event:<14} {kind:<22} #{number:<3} {:<10} {status:<4} {ms} ms {error}", outcome.name())
        .trim_end()
        .to_owned()
}

async fn resend(args: ResendArgs) -> Result<ExitCode> {
    let ResendArgs { one: OneArgs { webhook, of }, event, from, to } = args;
    let (database, current) = of.current().await?;
    let row = found(&current, webhook)?;
    let (which, now) = ((&of.store.store, row), SystemClock.now());
    let events = match (event, from) {
        (Some(event), _) => one_event(one(&*database, which, &event, now).await?, &event)?,
        (None, Some(from)) => between(&*database, which, (from, to.unwrap_or(now)), now).await??,
        (None, None) => bail!("name --event or --from"),
    };
    database.resend(&of.store.store, row.id, &events).await?;
    print(&format!("{} to be sent again", crate::plural::counted(events.len(), "event")))?;
    Ok(ExitCode::SUCCESS)
}

fn one_event<T>(found: Option<T>, event: &str) -> Result<T> {
    found.ok_or_else(|| anyhow!("{event} is no event of the last seven days that this endpoint is told of"))
}
