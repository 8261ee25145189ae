//! `rota apply`.

use super::DatabaseArg;
use crate::clock::{Clock, SystemClock};
use crate::provision::{self, Options};
use crate::store::Provisioned;
use crate::store::types::{Change, SettingsChange};
use anyhow::{Context, Result, bail};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub struct ApplyArgs {
    /// The store file, see docs/store-files.md
    file: PathBuf,
    /// Print what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Archive even more than a tenth of a kind
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    database: DatabaseArg,
}

pub async fn run(args: ApplyArgs) -> Result<ExitCode> {
    let name = args.file.display().to_string();
    let text =
        std::fs::read_to_string(&args.file).with_context(|| format!("cannot read {name}; check its name"))?;
    let file = match provision::read(&text) {
        Ok(file) => file,
        Err(problems) => return refused(&name, &problems),
    };
    let store = args.database.open().await?;
    let id = file.id.clone();
    let options = Options { yes: args.yes || args.dry_run, now: SystemClock.now() };
    let decide = Box::new(move |current: &_| provision::decide(&file, options, current));
    match store.provision(&id, decide, args.dry_run).await? {
        Provisioned::Refused(problems) => refused(&name, &problems),
        Provisioned::Changed(changes) => {
            told(&changes, args.dry_run);
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn refused(name: &str, problems: &[String]) -> Result<ExitCode> {
    for problem in problems {
        eprintln!("{name}: {problem}");
    }
    bail!("nothing was changed; mend {name} and apply it again")
}

fn told(changes: &[Change], dry_run: bool) {
    let shown: Vec<&Change> =
        changes.iter().filter(|change| !matches!(change.what, SettingsChange::Counter { .. })).collect();
    for change in &shown {
        println!("{}", change.told);
    }
    match (shown.len(), dry_run) {
        (0, _) => println!("no changes"),
        (count, true) => println!("{count} changes; nothing was written (dry run)"),
        (count, false) => println!("{count} changes"),
    }
}
