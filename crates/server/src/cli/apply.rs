//! `rota apply`.

use super::DatabaseArg;
use super::output::print;
use crate::clock::{Clock, SystemClock};
use crate::plural::counted;
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
    match store.provision(&id, provision::decision(file, options), args.dry_run).await? {
        Provisioned::Refused(problems) => refused(&name, &problems),
        Provisioned::Changed(changes) => {
            print(&told(&changes, args.dry_run))?;
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

/// The changes, a line each, and how many they are.
fn told(changes: &[Change], dry_run: bool) -> String {
    let shown = changes.iter().filter(|change| !matches!(change.what, SettingsChange::Counter { .. }));
    let mut lines: Vec<String> = shown.map(|change| change.told.clone()).collect();
    let end = match (lines.len(), dry_run) {
        (0, _) => "no changes".to_owned(),
        (count, true) => format!("{}; nothing was written (dry run)", counted(count, "change")),
        (count, false) => counted(count, "change"),
    };
    lines.push(end);
    lines.join("\n")
}
