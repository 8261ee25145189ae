//! `rota ticket …`.

use super::output::{Output, print};
use super::{DatabaseArg, StoreArg};
use crate::store::StoreError;
use crate::store::types::{TicketRow, TimelineRow};
use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use rota_core::ids::TicketId;
use rota_core::receipt::ReceiptView;
use rota_core::ticket::Stage;
use serde_json::json;
use std::process::ExitCode;

/// Tickets read at a time.
const PAGE: u32 = 1000;
/// Tickets closed in one transaction: small enough that intake waits for it only some milliseconds.
const CLOSED_AT_ONCE: usize = 500;

#[derive(Debug, Subcommand)]
pub enum TicketCommand {
    /// List every ticket in the order of their numbers
    List(ListArgs),
    /// Show one ticket, with its receipt in words
    Show {
        #[command(flatten)]
        store: StoreArg,
        /// The ticket's number
        number: i64,
        #[command(flatten)]
        database: DatabaseArg,
    },
    /// Close tickets
    Close {
        #[command(flatten)]
        store: StoreArg,
        /// The tickets' numbers
        #[arg(required = true)]
        numbers: Vec<i64>,
        #[command(flatten)]
        database: DatabaseArg,
    },
}

#[derive(Debug, Args)]
pub struct ListArgs {
    #[command(flatten)]
    store: StoreArg,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
    /// Only tickets that wait for somebody to become eligible
    #[arg(long)]
    waiting: bool,
    #[command(flatten)]
    database: DatabaseArg,
}

pub async fn run(command: TicketCommand) -> Result<ExitCode> {
    match command {
        TicketCommand::List(args) => list(args).await,
        TicketCommand::Show { store, number, database } => show(&store, number, &database).await,
        TicketCommand::Close { store, numbers, database } => close(&store, &numbers, &database).await,
    }
}

async fn list(args: ListArgs) -> Result<ExitCode> {
    let database = args.database.open().await?;
    let store = &args.store.store;
    if !database.store_exists(store).await? {
        return Err(args.store.explain(StoreError::NotFound));
    }
    let mut output = Output::new();
    let mut last = TicketId(0);
    loop {
        let page = database.tickets(store, last, PAGE, args.waiting).await?;
        let Some(end) = page.last() else { break };
        last = end.id;
        for ticket in &page {
            let line = if args.json { json_line(&args.store, ticket) } else { text_line(ticket) };
            if !output.line(&line)? {
                return Ok(ExitCode::SUCCESS);
            }
        }
    }
    output.finish()?;
    Ok(ExitCode::SUCCESS)
}

fn json_line(store: &StoreArg, ticket: &TicketRow) -> String {
    json!({
        "id": ticket.id,
        "customerId": ticket.customer,
        "storeId": store.store,
        "agentId": ticket.agent,
        "teamId": ticket.team,
        "channelName": ticket.channel,
        "stage": ticket.stage,
        "state": state(ticket),
        "labelIds": ticket.labels,
        "taskTitle": ticket.task_title,
        "context": ticket.context,
        "brandAddress": ticket.brand_address,
        "customerAddress": ticket.customer_address,
        "createdAt": format!("{:.3}", ticket.created_at),
        "receipt": ReceiptView::new(&ticket.receipt, &ticket.names),
    })
    .to_string()
}

/// Who has an open ticket; a snoozed or closed one has its stage's name.
fn state(ticket: &TicketRow) -> &'static str {
    match (ticket.stage, ticket.agent, ticket.waiting) {
        (Stage::Open, Some(_), _) => "owned",
        (Stage::Open, None, Some(_)) => "waiting",
        (Stage::Open, None, None) => "unclaimed",
        (stage, ..) => stage.name(),
    }
}

fn text_line(ticket: &TicketRow) -> String {
    let agent = ticket.agent.map_or_else(|| "-".into(), |agent| agent.to_string());
    let (channel, state) = (ticket.channel.name(), state(ticket));
    format!(
        "{:<10} {:.0} {channel:<9} {state:<10} {agent:<8} {}",
        ticket.id, ticket.created_at, ticket.customer
    )
}

async fn show(store: &StoreArg, number: i64, database: &DatabaseArg) -> Result<ExitCode> {
    let database = database.open().await?;
    let Some(ticket) = database.ticket(&store.store, TicketId(number)).await? else {
        bail!("there is no ticket {number} in store {}; `rota ticket list` shows them", store.store);
    };
    let timeline = database.timeline(&store.store, ticket.id).await?;
    print(shown(&ticket, &timeline).trim_end())?;
    Ok(ExitCode::SUCCESS)
}

fn shown(ticket: &TicketRow, timeline: &[TimelineRow]) -> String {
    let receipt = ReceiptView::new(&ticket.receipt, &ticket.names);
    let number = |number: Option<i64>| number.map_or_else(|| "-".into(), |number| number.to_string());
    let labels: Vec<String> = ticket.labels.iter().map(ToString::to_string).collect();
    let mut text = format!("ticket    {}\n", ticket.id);
    for (name, value) in [
        ("state", state(ticket).to_owned()),
        ("channel", ticket.channel.name().to_owned()),
        ("customer", ticket.customer.to_string()),
        ("agent", number(ticket.agent.map(|agent| agent.0))),
        ("team", number(ticket.team.map(|team| team.0))),
        ("labels", if labels.is_empty() { "-".into() } else { labels.join(", ") }),
        ("from", ticket.customer_address.clone().unwrap_or_else(|| "-".into())),
        ("to", ticket.brand_address.clone().unwrap_or_else(|| "-".into())),
        ("title", ticket.task_title.clone().unwrap_or_else(|| "-".into())),
        ("context", ticket.context.clone().unwrap_or_else(|| "-".into())),
        ("why", receipt.text),
    ] {
        text.push_str(&format!("{name:<9} {value}\n"));
    }
    for entry in timeline {
        text.push_str(&format!("{:<9} {:.3} by {}\n", entry.kind, entry.at, entry.actor));
    }
    text
}

async fn close(store: &StoreArg, numbers: &[i64], database: &DatabaseArg) -> Result<ExitCode> {
    let database = database.open().await?;
    let mut ids: Vec<TicketId> = numbers.iter().copied().map(TicketId).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut all_closed = true;
    for ids in ids.chunks(CLOSED_AT_ONCE) {
        let closed = database.close_tickets(&store.store, ids, "cli").await;
        let closed = closed.map_err(|error| store.explain(error))?;
        for id in ids {
            if closed.contains(id) {
                print(&format!("closed {id}"))?;
            } else {
                all_closed = false;
                eprintln!("{id} is not an open ticket of this store; `rota ticket list` shows them");
            }
        }
    }
    Ok(if all_closed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
