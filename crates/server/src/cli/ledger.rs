//! `rota ledger`.

use super::change::Of;
use super::output::print;
use crate::clock::{Clock, SystemClock};
use crate::ledger::shown::{Period, Shown};
use crate::store::Store;
use crate::store::ledger::LedgerRow;
use crate::store::types::CurrentSettings;
use anyhow::{Context, Result, anyhow};
use clap::Args;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rota_core::ids::{StoreId, TeamId};
use rota_core::ticket::Pool;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub struct LedgerArgs {
    /// The pool of this team, by its number, in place of the store's
    #[arg(long, value_name = "TEAM")]
    team: Option<i64>,
    /// The first day, such as 2026-11-01; 30 days in all where it is left out
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
    /// The last day; today where it is left out
    #[arg(long, value_name = "DATE")]
    to: Option<Date>,
    /// One JSON object, as the API answers it
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    of: Of,
}

pub async fn run(args: LedgerArgs) -> Result<ExitCode> {
    let (database, current) = args.of.current().await?;
    let period = Period::new(args.from, args.to, today(&current)?);
    let period = period.map_err(|(field, rule)| anyhow!("--{field} {rule}"))?;
    let pool = args.team.map_or(Pool::Store, |team| Pool::Team(TeamId(team)));
    let row = counted(&*database, &args.of.store.store, pool, period).await?;
    let shown = Shown::new(&row, pool, period, &current)
        .with_context(|| format!("there is no team {}; see `rota team list`", pool.number()))?;
    print(&if args.json { shown.json().to_string() } else { shown.table() })?;
    Ok(ExitCode::SUCCESS)
}

fn today(current: &CurrentSettings) -> Result<Date> {
    let store = current.store.as_ref().context("the store has settings")?;
    Ok(TimeZone::get(&store.timezone)?.to_datetime(SystemClock.now()).date())
}

/// The ledger with everything in it that had happened when the command began, whether or not a server is running.
async fn counted(database: &dyn Store, store: &StoreId, pool: Pool, period: Period) -> Result<LedgerRow> {
    let mut row = database.ledger(store, pool, period.from, period.to).await?;
    let until = row.last_event;
    while row.events_to < until {
        database.count_decisions().await?;
        row = database.ledger(store, pool, period.from, period.to).await?;
    }
    Ok(row)
}
