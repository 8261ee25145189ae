//! `rota jobs`.

use super::output::Output;
use super::{DatabaseArg, no_such_store, store_id};
use crate::clock::{Clock, SystemClock};
use crate::store::due::Job;
use anyhow::Result;
use clap::Args;
use jiff::Timestamp;
use rota_core::due::LATE_AFTER;
use rota_core::ids::StoreId;
use std::process::ExitCode;

/// The most pieces that are listed: more of them say nothing more.
const LISTED: u32 = 1000;

#[derive(Debug, Args)]
pub struct JobsArgs {
    /// Only this store's
    #[arg(long, value_name = "ID", value_parser = store_id)]
    store: Option<StoreId>,
    #[command(flatten)]
    database: DatabaseArg,
}

pub async fn run(args: JobsArgs) -> Result<ExitCode> {
    let database = args.database.open().await?;
    if let Some(store) = &args.store
        && !database.store_exists(store).await?
    {
        return Err(no_such_store(store));
    }
    let jobs = database.jobs(args.store.as_ref(), LISTED).await?;
    let now = SystemClock.now();
    let mut output = Output::new();
    for job in &jobs {
        if !output.line(&line(job, now))? {
            return Ok(ExitCode::SUCCESS);
        }
    }
    if jobs.is_empty() {
        output.line("nothing is due and nothing has failed")?;
    }
    output.finish()?;
    Ok(ExitCode::SUCCESS)
}

fn line(job: &Job, now: Timestamp) -> String {
    let Job { store, kind, subject, at, failures, failure } = job;
    let subject = if *subject == 0 { "-".into() } else { subject.to_string() };
    let mut line = format!("{:<8} {kind:<10} {subject:<10} {at:.0} {store}", state(job, now));
    if let Some(why) = failure {
        let times = match failures {
            1 => "once".to_owned(),
            2 => "twice".to_owned(),
            more => format!("{more} times"),
        };
        line.push_str(&format!(" failed {times}: {why}"));
    }
    line
}

fn state(job: &Job, now: Timestamp) -> &'static str {
    if job.failures > 0 {
        "failing"
    } else if now.duration_since(job.at).unsigned_abs() > LATE_AFTER && job.at < now {
        "late"
    } else {
        "due"
    }
}
