//! `rota apply`.

use super::DatabaseArg;
use super::output::print;
use crate::clock::{Clock, SystemClock, SystemEntropy};
use crate::config::WebhookSettings;
use crate::plural::counted;
use crate::provision::{self, Options, StoreFile};
use crate::settings;
use crate::store::types::{Change, SettingsChange};
use crate::store::{Changed, Provisioned, Refused, Store};
use crate::webhooks::Webhooks;
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
    /// Archive also what no store file made, in the sections that this file has; tells what that is, and needs --yes
    #[arg(long)]
    prune: bool,
    #[command(flatten)]
    webhooks: WebhookSettings,
    #[command(flatten)]
    database: DatabaseArg,
}

pub async fn run(args: ApplyArgs) -> Result<ExitCode> {
    let name = args.file.display().to_string();
    let text =
        std::fs::read_to_string(&args.file).with_context(|| format!("cannot read {name}; check its name"))?;
    let store = args.database.open().await?;
    // What is pruned is looked at first: no file ever had it, so the file does not tell.
    if args.prune && !args.yes && !args.dry_run && prunes(&*store, &text).await? {
        bail!("nothing was changed; look at the lines with -, and add --yes if that is meant");
    }
    let file = match provision::read(&text) {
        Ok(file) => file,
        Err(problems) => return refused(&name, &problems),
    };
    let id = file.id.clone();
    let webhooks = args.webhooks.webhooks(&args.database.database);
    let problems = unreachable(&file, &webhooks);
    if !problems.is_empty() {
        return refused(&name, &problems);
    }
    if !args.dry_run && file.webhooks.as_ref().is_some_and(|all| !all.is_empty()) {
        webhooks.ready(&*store, &SystemEntropy).await?;
    }
    let options = Options { yes: args.yes || args.dry_run, prune: args.prune, now: SystemClock.now() };
    let decide = provision::decision(file, options);
    let done = if args.dry_run {
        store.provision(&id, decide, true).await?
    } else {
        settings::change(&*store, &id, decide).await?
    };
    match done {
        Provisioned::Refused(Refused::File(problems)) => refused(&name, &problems),
        Provisioned::Refused(refusal) => refused(&name, &[refusal.to_string()]),
        Provisioned::Changed(Changed { changes, .. }) => {
            print(&told(&changes, args.dry_run))?;
            Ok(ExitCode::SUCCESS)
        }
        Provisioned::Before(_) | Provisioned::KeyReused => {
            bail!("a file has no key that could have come before")
        }
    }
}

/// Whether anything would be archived by pruning; what that is, is printed. A file that is refused prunes nothing.
async fn prunes(store: &dyn Store, text: &str) -> Result<bool> {
    let Ok(file) = provision::read(text) else { return Ok(false) };
    let id = file.id.clone();
    let options = Options { yes: true, prune: true, now: SystemClock.now() };
    match store.provision(&id, provision::decision(file, options), true).await? {
        Provisioned::Changed(Changed { changes, .. })
            if changes.iter().any(|change| change.told.starts_with('-')) =>
        {
            print(&told(&changes, true))?;
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// The endpoints' addresses that no request could go to.
fn unreachable(file: &StoreFile, webhooks: &Webhooks) -> Vec<String> {
    let judged = file.webhooks.iter().flatten().map(|entry| &entry.value.url);
    let judged = judged.filter_map(|url| Some((url.line, webhooks.network.judge_url(&url.value).err()?)));
    judged.map(|(line, rule)| format!("line {line}: webhooks.url {rule}")).collect()
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
