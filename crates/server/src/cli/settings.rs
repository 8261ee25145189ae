//! `rota settings …`.

use super::change::Of;
use super::no_such_store;
use super::output::print;
use crate::duration::Span;
use crate::settings::store::{self, RampPatch, StorePatch};
use crate::settings::{Asked, Given, Viewer};
use anyhow::Result;
use clap::{Args, Subcommand};
use rota_core::access::Actor;
use rota_core::holidays::{Holiday, Holidays};
use rota_core::roster::Policy;
use rota_core::text::{Name, Title};
use std::collections::BTreeSet;
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub enum SettingsCommand {
    /// Print a store's settings as JSON
    Show(Of),
    /// Change settings of a store
    Set(Box<SetArgs>),
}

#[derive(Debug, Args)]
pub struct SetArgs {
    #[arg(long, value_parser = Title::new)]
    name: Option<Title>,
    /// Such as Asia/Kolkata
    #[arg(long, value_name = "ZONE")]
    timezone: Option<String>,
    /// round_robin, balanced or unassigned
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
    /// Whether the bodies of rejected create calls are kept, for 7 days: true or false
    #[arg(long, value_name = "BOOL")]
    keep_rejected_values: Option<bool>,
    /// How long a ticket waits until `ticket.waiting_too_long` is told, or never
    #[arg(long, value_name = "SPAN", value_parser = span_or_never)]
    waiting_too_long: Option<Given<Span>>,
    /// Whether mails to agents have a ticket's title, customer and text: true or false
    #[arg(long, value_name = "BOOL")]
    mail_content: Option<bool>,
    /// For how long a customer's tickets go to the agent who had the last one, or never
    #[arg(long, value_name = "SPAN", value_parser = span_or_never)]
    sticky: Option<Given<Span>>,
    /// How many tickets of a queue each agent takes in which time, such as 3/1m, or never
    #[arg(long, value_name = "TICKETS/SPAN", value_parser = ramp)]
    ramp: Option<Given<RampPatch>>,
    /// How long an agent is offline when tickets that they have not touched are given on, or never
    #[arg(long, value_name = "SPAN", value_parser = span_or_never)]
    give_on_after: Option<Given<Span>>,
    /// How long an agent who is signed in does nothing until they go offline, or never
    #[arg(long, value_name = "SPAN", value_parser = span_or_never)]
    idle_after: Option<Given<Span>>,
    /// Adds a day on which everybody is off, such as 2026-12-25=Christmas; may be given again
    #[arg(long, value_name = "DAY=NAME", value_parser = holiday)]
    holiday: Vec<Holiday>,
    /// Forgets the holidays that are there, teams' ones too
    #[arg(long)]
    no_holidays: bool,
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
            let holidays = holidays(&args).await?;
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
                keep_rejected_values: args.keep_rejected_values,
                waiting_too_long: args.waiting_too_long.unwrap_or_default(),
                mail_content: args.mail_content,
                holidays,
                sticky: args.sticky.unwrap_or_default(),
                ramp: args.ramp.unwrap_or_default(),
                give_on_after: args.give_on_after.unwrap_or_default(),
                idle_after: args.idle_after.unwrap_or_default(),
            };
            args.of.change(store::set(Asked::operator(), patch)).await
        }
    }
}

/// All holidays, where some come or go.
async fn holidays(args: &SetArgs) -> Result<Option<Holidays>> {
    if args.holiday.is_empty() && !args.no_holidays {
        return Ok(None);
    }
    let (_, current) = args.of.current().await?;
    let kept = current.store.iter().filter(|_| !args.no_holidays);
    let kept = kept.flat_map(|store| store.routing.holidays.iter());
    Ok(Some(Holidays::new(kept.chain(&args.holiday).cloned().collect())?))
}

fn holiday(text: &str) -> Result<Holiday, String> {
    let (date, name) = text.split_once('=').ok_or("is of the form DAY=NAME, such as 2026-12-25=Christmas")?;
    let date = date.parse().map_err(|_| format!("\"{date}\" is not a day such as 2026-12-25"))?;
    let name = Name::new(name).map_err(|rule| format!("the holiday's name {rule}"))?;
    Ok(Holiday { date, name, teams: BTreeSet::new() })
}

fn span(text: &str) -> Result<Span, String> {
    Span::try_from(text.to_owned())
}

fn span_or_never(text: &str) -> Result<Given<Span>, String> {
    if text == "never" { Ok(Given::Nothing) } else { span(text).map(Given::Value) }
}

fn ramp(text: &str) -> Result<Given<RampPatch>, String> {
    if text == "never" {
        return Ok(Given::Nothing);
    }
    let wrong =
        || format!("\"{text}\" is not a number of tickets and a span of time such as 3/1m, nor never");
    let (tickets, every) = text.split_once('/').ok_or_else(wrong)?;
    let per_agent = tickets.parse().map_err(|_| wrong())?;
    Ok(Given::Value(RampPatch { per_agent, every: span(every)? }))
}

fn policy(text: &str) -> Result<Policy, String> {
    Policy::from_name(text).ok_or_else(|| "is round_robin, balanced or unassigned".into())
}
