//! `rota copy`.

use super::output::{print, tell_percent};
use crate::clock::SystemClock;
use crate::config;
use crate::store::copy;
use anyhow::Result;
use clap::Args;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub struct CopyArgs {
    /// Database to copy from; nothing may serve it
    #[arg(long, value_name = "URL")]
    from: String,
    /// Database to copy to: an empty one, or one that an earlier copy did not finish
    #[arg(long, value_name = "URL")]
    to: String,
}

pub async fn run(args: CopyArgs) -> Result<ExitCode> {
    let (from, to) = (config::database(&args.from)?, config::database(&args.to)?);
    let copied = copy::run(&from, &to, &SystemClock, &tell_percent()).await?;
    if copied.found > 0 {
        print(&format!("went on after {} rows that were there already", copied.found))?;
    }
    print(&format!("copied and verified {} rows", copied.rows))?;
    Ok(ExitCode::SUCCESS)
}
