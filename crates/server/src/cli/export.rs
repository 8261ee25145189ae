//! `rota export-store`.

use super::change::Of;
use super::no_such_store;
use super::output::print;
use crate::provision;
use anyhow::Result;
use clap::Args;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub struct ExportArgs {
    #[command(flatten)]
    of: Of,
}

pub async fn run(args: ExportArgs) -> Result<ExitCode> {
    let (_, current) = args.of.current().await?;
    let store = &args.of.store.store;
    let text = provision::export(store, &current).ok_or_else(|| no_such_store(store))?;
    print(text.trim_end())?;
    Ok(ExitCode::SUCCESS)
}
