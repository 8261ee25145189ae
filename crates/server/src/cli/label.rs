//! `rota label …`.

use super::change::Of;
use super::output::print;
use crate::settings::Asked;
use crate::settings::labels::{self, NewLabel};
use anyhow::Result;
use clap::Subcommand;
use rota_core::ids::LabelId;
use rota_core::text::Title;
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub enum LabelCommand {
    /// Add a label
    Add {
        #[arg(value_parser = Title::new)]
        name: Title,
        #[command(flatten)]
        of: Of,
    },
    /// Archive a label; it stays on its tickets
    Archive {
        /// The label's number
        label: i64,
        #[command(flatten)]
        of: Of,
    },
    /// List a store's labels
    List(Of),
}

pub async fn run(command: LabelCommand) -> Result<ExitCode> {
    match command {
        LabelCommand::Add { name, of } => of.change(labels::add(Asked::operator(), NewLabel { name })).await,
        LabelCommand::Archive { label, of } => {
            of.change(labels::archive(Asked::operator(), LabelId(label))).await
        }
        LabelCommand::List(of) => {
            let mut table = format!("{:<8} {:<9} NAME", "ID", "STATE");
            for row in of.current().await?.1.labels {
                let state = if row.active { "active" } else { "archived" };
                table += &format!("\n{:<8} {state:<9} {}", row.id, row.name);
            }
            print(&table)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}
