//! `rota stage …`.

use super::change::Of;
use super::output::print;
use crate::settings::Asked;
use crate::settings::stages::{self, StageEntry, StageList};
use anyhow::Result;
use clap::Subcommand;
use rota_core::stages::Stages;
use rota_core::text::Name;
use rota_core::ticket::Stage as Kind;
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub enum StageCommand {
    /// List a store's stages in their order
    List(Of),
    /// Set all of them in their order; one of a known name keeps its number and its tickets
    Set {
        /// KIND:NAME, such as open:"In progress"; kinds are open, snoozed, closed
        #[arg(required = true, value_name = "KIND:NAME", value_parser = entry)]
        stages: Vec<(Kind, Name)>,
        #[command(flatten)]
        of: Of,
    },
}

pub async fn run(command: StageCommand) -> Result<ExitCode> {
    match command {
        StageCommand::List(of) => {
            let mut table = format!("{:<8} {:<9} NAME", "ID", "KIND");
            for stage in of.current().await?.1.stages.iter() {
                table += &format!("\n{:<8} {:<9} {}", stage.id, stage.kind.name(), stage.name.as_str());
            }
            print(&table)?;
            Ok(ExitCode::SUCCESS)
        }
        StageCommand::Set { stages, of } => {
            let known = of.current().await?.1.stages;
            let stages = stages.into_iter().map(|(kind, name)| named(&known, kind, name)).collect();
            of.change(stages::set(Asked::operator(), StageList { stages })).await
        }
    }
}

fn named(known: &Stages, kind: Kind, name: Name) -> StageEntry {
    let key = name.as_str().to_lowercase();
    let same = known.iter().find(|stage| stage.name.as_str().to_lowercase() == key);
    StageEntry { id: same.map(|stage| stage.id), name, kind }
}

fn entry(text: &str) -> Result<(Kind, Name), String> {
    let (kind, name) = text.split_once(':').ok_or("is of the form KIND:NAME")?;
    let kind = Kind::from_name(kind).ok_or("has a kind of open, snoozed or closed")?;
    Ok((kind, Name::new(name).map_err(|rule| rule.to_string())?))
}
