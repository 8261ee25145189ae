//! `rota customer …`.

mod lines;

use super::change::{Of, refusal};
use super::output::print;
use super::{DatabaseArg, StoreArg};
use crate::clock::{Clock, SystemClock};
use crate::plural::counted;
use crate::settings::{Asked, customers};
use crate::store::types::ImportRow;
use crate::store::{Refused, Store, StoreError};
use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use lines::Lines;
use rota_core::access::Actor;
use rota_core::ids::CustomerId;
use std::path::PathBuf;
use std::process::ExitCode;

/// Customers written in one transaction: small enough that intake waits for it only some milliseconds.
const CHUNK: usize = 1000;
/// Lines between two reports of progress.
const REPORT: u64 = 50_000;

#[derive(Debug, Subcommand)]
pub enum CustomerCommand {
    /// Add or update customers from a CSV or JSON Lines file
    Import(ImportArgs),
    /// Blank for good all that is known of a customer; numbers and counts stay
    Erase {
        /// The customer's id
        customer: String,
        #[command(flatten)]
        of: Of,
    },
}

#[derive(Debug, Args)]
pub struct ImportArgs {
    #[command(flatten)]
    store: StoreArg,
    /// A .csv file with a header line, or a .jsonl file. Fields: id, partnerCustomerId, firstName (or name),
    /// lastName, phone, email, countryCode
    file: PathBuf,
    #[command(flatten)]
    database: DatabaseArg,
}

pub async fn run(command: CustomerCommand) -> Result<ExitCode> {
    match command {
        CustomerCommand::Import(args) => run_import(args).await,
        CustomerCommand::Erase { customer, of } => erase(&customer, &of).await,
    }
}

async fn erase(customer: &str, of: &Of) -> Result<ExitCode> {
    let (database, _) = of.current().await?;
    let store = &of.store.store;
    let id = CustomerId::new(customer).context("a customer's id has 1 to 128 characters")?;
    let asked = Asked::operator();
    match customers::erase_all(&*database, store, asked, &id, SystemClock.now()).await? {
        Ok(_) => print(&format!("erased {customer}"))?,
        Err(Refused::NotFound) => bail!("there is no customer {customer} in store {store}"),
        Err(refused) => bail!(refusal(refused)),
    }
    Ok(ExitCode::SUCCESS)
}

async fn run_import(args: ImportArgs) -> Result<ExitCode> {
    let database = args.database.open().await?;
    if !database.store_exists(&args.store.store).await? {
        return Err(args.store.explain(StoreError::NotFound));
    }
    let lines = Lines::open(&args.file)?;
    let report = import(&*database, &args, lines).await?;
    let (imported, refused) = (counted(report.imported, "customer"), counted(report.refused, "line"));
    print(&format!("imported {imported}, refused {refused}"))?;
    Ok(if report.refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[derive(Default)]
struct Report {
    imported: usize,
    refused: usize,
}

impl Report {
    fn refuse(&mut self, line: u64, why: &str) {
        self.refused += 1;
        eprintln!("line {line}: {why}");
    }
}

async fn import(database: &dyn Store, args: &ImportArgs, lines: Lines) -> Result<Report> {
    let mut report = Report::default();
    let mut chunk: Vec<(u64, ImportRow)> = Vec::with_capacity(CHUNK);
    let mut told = 0;
    for (line, row) in lines {
        match row {
            Ok(row) => chunk.push((line, row)),
            Err(why) => report.refuse(line, &why),
        }
        if chunk.len() == CHUNK {
            write(database, args, &mut chunk, &mut report).await?;
        }
        if line >= told + REPORT {
            told = line;
            eprintln!("{line} lines");
        }
    }
    write(database, args, &mut chunk, &mut report).await?;
    Ok(report)
}

async fn write(
    database: &dyn Store,
    args: &ImportArgs,
    chunk: &mut Vec<(u64, ImportRow)>,
    report: &mut Report,
) -> Result<()> {
    let (lines, rows): (Vec<u64>, Vec<ImportRow>) = std::mem::take(chunk).into_iter().unzip();
    let first = lines.first().copied().unwrap_or_default();
    let done = database.import_customers(&args.store.store, &Actor::Operator, rows).await;
    let done = done.with_context(|| format!("stopped before line {first}; what came before is imported"))?;
    for (line, result) in lines.into_iter().zip(done) {
        match result {
            Ok(()) => report.imported += 1,
            Err(why) => report.refuse(line, &why),
        }
    }
    Ok(())
}
