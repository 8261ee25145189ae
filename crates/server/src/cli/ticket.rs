//! `rota ticket …`.

use super::output::{Output, print};
use super::{DatabaseArg, StoreArg};
use crate::clock::{Clock, SystemClock};
use crate::store::StoreError;
use crate::store::types::{FloorRow, TicketRow, Work, Worked};
use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use rota_core::access::Actor;
use rota_core::floor;
use rota_core::ids::TicketId;
use rota_core::life::{Command, Expected, Order, Outcome};
use rota_core::receipt::ReceiptView;
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
        last = end.ticket.id;
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

fn json_line(store: &StoreArg, row: &TicketRow) -> String {
    let TicketRow { ticket, contact, .. } = row;
    json!({
        "id": ticket.id,
        "customerId": ticket.customer,
        "storeId": store.store,
        "agentId": ticket.owner(),
        "teamId": ticket.team,
        "channelName": contact.channel(),
        "stage": ticket.kind(),
        "state": ticket.state.name(),
        "labelIds": ticket.labels,
        "taskTitle": contact.task_title(),
        "context": row.context,
        "brandAddress": contact.brand_address(),
        "customerAddress": contact.customer_address(),
        "createdAt": format!("{:.3}", ticket.created_at),
        "receipt": ReceiptView::new(&row.receipt, &row.names),
    })
    .to_string()
}

fn text_line(row: &TicketRow) -> String {
    let TicketRow { ticket, contact, .. } = row;
    let agent = ticket.owner().map_or_else(|| "-".into(), |agent| agent.to_string());
    let (channel, state) = (contact.channel().name(), ticket.state.name());
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
    let timeline = database.timeline(&store.store, ticket.ticket.id).await?;
    let mut text = shown(&ticket);
    for entry in timeline.map(|timeline| timeline.entries).unwrap_or_default() {
        text.push_str(&format!("{:<9} {:.3} by {}\n", entry.what.kind(), entry.at, entry.by));
        if let Some(receipt) = &entry.receipt {
            let names = database.receipt_names(&store.store, receipt).await?;
            text.push_str(&format!("{:<9} {}\n", "", ReceiptView::new(receipt, &names).text));
        }
    }
    if let Some(pool) = ticket.ticket.state.waiting() {
        let FloorRow { roster, pools, loads, .. } = database.floor(&store.store).await?;
        let mut assigner = floor::assigner(&roster, &pools, &loads, SystemClock.now());
        let ways = floor::ways_out(&mut assigner, pool, &ticket.ticket.passed);
        let name = |agent| {
            roster.agent(agent).map_or_else(|| format!("agent {agent}"), |agent| agent.name.to_string())
        };
        for line in ways.lines(name, |_, reason| reason) {
            text.push_str(&format!("{:<9} {line}\n", "waits for"));
        }
    }
    print(text.trim_end())?;
    Ok(ExitCode::SUCCESS)
}

fn shown(row: &TicketRow) -> String {
    let TicketRow { ticket, contact, .. } = row;
    let receipt = ReceiptView::new(&row.receipt, &row.names);
    let number = |number: Option<i64>| number.map_or_else(|| "-".into(), |number| number.to_string());
    let text_or = |text: Option<&str>| text.unwrap_or("-").to_owned();
    let labels: Vec<String> = ticket.labels.iter().map(ToString::to_string).collect();
    let mut text = format!("ticket    {}\n", ticket.id);
    for (name, value) in [
        ("state", ticket.state.name().to_owned()),
        ("channel", contact.channel().name().to_owned()),
        ("customer", ticket.customer.to_string()),
        ("agent", number(ticket.owner().map(|agent| agent.0))),
        ("team", number(ticket.team.map(|team| team.0))),
        ("priority", ticket.priority.name().to_owned()),
        ("labels", if labels.is_empty() { "-".into() } else { labels.join(", ") }),
        ("from", text_or(contact.customer_address())),
        ("to", text_or(contact.brand_address())),
        ("title", text_or(contact.task_title())),
        ("context", text_or(row.context.as_deref())),
        ("why", receipt.text),
    ] {
        text.push_str(&format!("{name:<9} {value}\n"));
    }
    text.push_str(&format!("{:<9} {:.3} by {}\n", "created", ticket.created_at, row.created_by));
    text
}

async fn close(store: &StoreArg, numbers: &[i64], database: &DatabaseArg) -> Result<ExitCode> {
    let database = database.open().await?;
    let mut ids: Vec<TicketId> = numbers.iter().copied().map(TicketId).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut all_closed = true;
    for ids in ids.chunks(CLOSED_AT_ONCE) {
        let command = Command::Close { expected: Expected::Anybody };
        let orders = ids.iter().map(|ticket| Order { ticket: *ticket, command: command.clone() }).collect();
        let work = Work { by: Actor::Operator, orders, keep: None };
        let done = database.work(&store.store, work).await.map_err(|error| store.explain(error))?;
        let Worked::Now(outcomes) = done else { bail!("a command has no key that could have come before") };
        for (id, outcome) in ids.iter().zip(outcomes) {
            if matches!(outcome, Ok(Outcome::Done { .. })) {
                print(&format!("closed {id}"))?;
            } else {
                all_closed = false;
                eprintln!("{id} is not an open ticket of this store; `rota ticket list` shows them");
            }
        }
    }
    Ok(if all_closed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
