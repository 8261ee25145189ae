//! `rota backup`, `rota restore`, `rota check`.

use super::DatabaseArg;
use super::output::{Output, print, tell_percent};
use crate::clock::SystemClock;
use crate::config;
use crate::plural::counted;
use crate::store::database::Database;
use crate::store::sqlite::{self, Place};
use crate::store::{copy, postgres};
use anyhow::Result;
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, Args)]
pub struct BackupArgs {
    /// The file to write; it must not be there yet
    file: PathBuf,
    #[command(flatten)]
    database: DatabaseArg,
}

#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// A file that `rota backup` wrote
    file: PathBuf,
    #[command(flatten)]
    database: DatabaseArg,
}

pub async fn backup(args: BackupArgs) -> Result<ExitCode> {
    let database = args.database.open().await?;
    database.backup(&args.file, &tell_percent()).await?;
    print(&format!("wrote and checked {}", args.file.display()))?;
    Ok(ExitCode::SUCCESS)
}

pub async fn restore(args: RestoreArgs) -> Result<ExitCode> {
    match config::database(&args.database.database)? {
        Database::Sqlite(place) => to_sqlite(&args.file, &place)?,
        Database::Postgres(address) => to_postgres(&args.file, &address).await?,
    }
    Ok(ExitCode::SUCCESS)
}

fn to_sqlite(file: &Path, place: &Place) -> Result<()> {
    let kept = sqlite::restore(file, place)?;
    print(&format!("restored {} from {}", place.path.display(), file.display()))?;
    if let Some(kept) = kept {
        print(&format!("what was there before is kept as {}", kept.display()))?;
    }
    Ok(())
}

async fn to_postgres(file: &Path, address: &postgres::Address) -> Result<()> {
    let rows = copy::restore(file, address, &SystemClock, &tell_percent()).await?;
    print(&format!("restored and verified {rows} rows from {}", file.display()))
}

pub async fn check(database: DatabaseArg) -> Result<ExitCode> {
    let findings = database.open().await?.check().await?;
    let mut output = Output::new();
    for finding in &findings {
        let store = finding.store.as_ref().map(|store| format!("{store}: ")).unwrap_or_default();
        output.line(&format!("{store}{}", finding.text))?;
    }
    output.finish()?;
    if findings.is_empty() {
        print("nothing wrong")?;
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!(
        "{}; keep a copy of the database, and restore the last sound backup if it matters",
        counted(findings.len(), "finding")
    );
    Ok(ExitCode::FAILURE)
}
