//! `rota rejections`.

use super::change::Of;
use super::output::Output;
use crate::rejections::shown;
use crate::store::rejections::{Broken, RejectionRow};
use anyhow::Result;
use clap::Args;
use rota_core::ids::KeyId;
use rota_core::ticket::Channel;
use std::process::ExitCode;

/// Entries read at a time.
const PAGE: u32 = 100;

#[derive(Debug, Args)]
pub struct RejectionsArgs {
    /// Only of one key
    #[arg(long, value_name = "ID", value_parser = key_id)]
    key: Option<KeyId>,
    /// One JSON object a line, with what is kept of the bodies
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    of: Of,
}

pub async fn run(args: RejectionsArgs) -> Result<ExitCode> {
    let (database, _) = args.of.current().await?;
    let (store, key) = (&args.of.store.store, args.key.as_ref());
    let mut output = Output::new();
    let mut before = None;
    loop {
        let page = database.rejections(store, key, before, PAGE).await?;
        let Some(last) = page.last() else { break };
        before = Some(last.position);
        for row in &page {
            let line = if args.json { shown(row).to_string() } else { text_line(row) };
            if !output.line(&line)? {
                return Ok(ExitCode::SUCCESS);
            }
        }
    }
    output.finish()?;
    Ok(ExitCode::SUCCESS)
}

fn text_line(row: &RejectionRow) -> String {
    let RejectionRow { position, rejection } = row;
    let told = |Broken { field, detail }: &Broken| format!("{field} {detail}");
    let mut what: Vec<String> = rejection.errors.iter().map(told).collect();
    what.extend(rejection.ignored.iter().map(|name| format!("{name} was ignored")));
    if rejection.dropped > 0 {
        what.push(format!("{} before it were not kept", rejection.dropped));
    }
    format!(
        "{position:<8} {:.0} {:<20} {} {:<8} {}",
        rejection.at,
        rejection.key,
        rejection.status,
        rejection.channel.map_or("-", Channel::name),
        what.join("; ")
    )
}

fn key_id(text: &str) -> Result<KeyId, String> {
    KeyId::new(text).ok_or_else(|| "a key's id has 1 to 64 characters".into())
}
