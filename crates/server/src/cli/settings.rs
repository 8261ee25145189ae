//! `rota settings …`.

use super::change::Of;
use super::no_such_store;
use super::output::print;
use crate::duration::Span;
use crate::settings::store::{self, StorePatch};
use crate::settings::{Asked, Given, Viewer};
use anyhow::Result;
use clap::{Args, Subcommand};
use rota_core::access::Actor;
use rota_core::roster::Policy;
use rota_core::text::Title;
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub enum SettingsCommand {
    /// Print a store's settings as JSON
    Show(Of),
    /// Change settings of a store
    Set(SetArgs),
}

#[derive(Debug, Args)]
pub struct SetArgs {
    #[arg(long, value_parser = Title::new)]
    name: Option<Title>,
    /// Such as Asia/Kolkata
    #[arg(long, value_name = "ZONE")]
    timezone: Option<String>,
    /// round_robin or unassigned
    #[arg(long, value_parser = policy)]
    policy: Option<Policy>,
    /// At most 24h; 0s is off
    #[arg(long, value_name = "SPAN", value_parser = span)]
    dedupe_window: Option<Span>,
    /// How long after its closing a customer's message opens a ticket again; 0s is never
    #[arg(long, value_name = "SPAN", value_parser = span)]
    reopen_within: Option<Span>,
    /// How long after its customer was last heard of an open ticket closes by itself
    #[arg(long, value_name = "SPAN", value_parser = span, conflicts_with = "never_close")]
    close_after: Option<Span>,
    /// Open tickets never close by themselves
    #[arg(long)]
    never_close: bool,
    /// Whether agents see all tickets: true or false
    #[arg(long, value_name = "BOOL")]
    agents_see_all: Option<bool>,
    /// How long the audit log is kept
    #[arg(long, value_name = "SPAN", value_parser = span)]
    keep_audit: Option<Span>,
    #[command(flatten)]
    of: Of,
}

pub async fn run(command: SettingsCommand) -> Result<ExitCode> {
    match command {
        SettingsCommand::Show(of) => {
            let (_, current) = of.current().await?;
            let row = current.store.as_ref().ok_or_else(|| no_such_store(&of.store.store))?;
            let shown = Viewer::of_everything(&Actor::Operator).store(row);
            print(&serde_json::to_string_pretty(&shown)?)?;
            Ok(ExitCode::SUCCESS)
        }
        SettingsCommand::Set(args) => {
            let close_after = match args.close_after {
                Some(span) => Given::Value(span),
                None if args.never_close => Given::Nothing,
                None => Given::Absent,
            };
            let patch = StorePatch {
                name: args.name,
                timezone: args.timezone,
                policy: args.policy,
                dedupe_window: args.dedupe_window,
                reopen_within: args.reopen_within,
                close_after,
                agents_see_all: args.agents_see_all,
                keep_audit: args.keep_audit,
            };
            args.of.change(store::set(Asked::operator(), patch)).await
        }
    }
}

fn span(text: &str) -> Result<Span, String> {
    Span::try_from(text.to_owned())
}

fn policy(text: &str) -> Result<Policy, String> {
    Policy::from_name(text).ok_or_else(|| "is round_robin or unassigned".into())
}
