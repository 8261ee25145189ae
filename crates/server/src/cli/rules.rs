//! `rota rules …`: the list as the API has it, in a file.

use super::change::Of;
use super::output::print;
use crate::settings::rules::{self, RuleList};
use crate::settings::{self, Asked, Viewer};
use crate::store::{Provisioned, Refused};
use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use rota_core::access::Actor;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// Print a store's routing rules as JSON, in the order in which they are looked at
    Show(Of),
    /// Set all of them from a file in the form that `show` prints; a rule without an id is new
    Set(FileArgs),
    /// Say what is wrong with such a file, and change nothing
    Check(FileArgs),
}

#[derive(Debug, Args)]
pub struct FileArgs {
    /// The file
    file: PathBuf,
    #[command(flatten)]
    of: Of,
}

pub async fn run(command: RulesCommand) -> Result<ExitCode> {
    match command {
        RulesCommand::Show(of) => {
            let (_, current) = of.current().await?;
            let shown = Viewer::of_everything(&Actor::Operator).rules(&current.rules);
            print(&serde_json::to_string_pretty(&shown)?)?;
            Ok(ExitCode::SUCCESS)
        }
        RulesCommand::Set(args) => set(&args).await,
        RulesCommand::Check(args) => check(&args).await,
    }
}

impl FileArgs {
    fn name(&self) -> String {
        self.file.display().to_string()
    }

    fn read(&self) -> Result<RuleList> {
        let name = self.name();
        let text = std::fs::read_to_string(&self.file)
            .with_context(|| format!("cannot read {name}; check its name"))?;
        let mut deserializer = serde_json::Deserializer::from_str(&text);
        serde_path_to_error::deserialize(&mut deserializer)
            .with_context(|| format!("{name} is not a list of rules such as `rota rules show` prints"))
    }

    fn refused(&self, refused: Refused) -> Result<ExitCode> {
        let name = self.name();
        let Refused::Unfit(faults) = refused else { bail!("{refused}; nothing was changed") };
        for (field, rule) in faults {
            eprintln!("{name}: {field} {rule}");
        }
        bail!("nothing was changed; mend {name}")
    }
}

async fn set(args: &FileArgs) -> Result<ExitCode> {
    let list = args.read()?;
    let (database, _) = args.of.current().await?;
    let decide = rules::set(Asked::operator(), list);
    match settings::change(&*database, &args.of.store.store, decide).await? {
        Provisioned::Changed(changed) => {
            let told = changed.changes.into_iter().map(|change| change.told).filter(|told| !told.is_empty());
            let told: Vec<String> = told.collect();
            print(&if told.is_empty() { "no changes".to_owned() } else { told.join("\n") })?;
            Ok(ExitCode::SUCCESS)
        }
        Provisioned::Refused(refused) => args.refused(refused),
        Provisioned::Before(_) | Provisioned::KeyReused => {
            bail!("a command has no key that could have come before")
        }
    }
}

async fn check(args: &FileArgs) -> Result<ExitCode> {
    let list = args.read()?;
    let (_, current) = args.of.current().await?;
    match rules::checked(&current, &list) {
        Ok(rules) => {
            print(&rules::told(&rules).replacen('~', "good:", 1))?;
            Ok(ExitCode::SUCCESS)
        }
        Err(refused) => args.refused(refused),
    }
}
