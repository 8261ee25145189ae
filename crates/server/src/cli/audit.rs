//! `rota audit`.

use super::change::Of;
use super::output::Output;
use crate::store::types::AuditRow;
use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use std::process::ExitCode;

/// Entries read at a time.
const PAGE: u32 = 1000;

#[derive(Debug, Args)]
pub struct AuditArgs {
    /// Only of one subject, such as agent:17 or settings
    #[arg(long, value_name = "SUBJECT")]
    subject: Option<String>,
    /// One JSON object a line, with the values before and after
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    of: Of,
}

pub async fn run(args: AuditArgs) -> Result<ExitCode> {
    let (database, _) = args.of.current().await?;
    let (store, subject) = (&args.of.store.store, args.subject.as_deref());
    let mut output = Output::new();
    let mut before = None;
    loop {
        let page = database.audit(store, subject, before, PAGE).await?;
        let Some(last) = page.last() else { break };
        before = Some(last.position);
        for row in &page {
            let line = if args.json { json_line(row) } else { text_line(row) };
            if !output.line(&line)? {
                return Ok(ExitCode::SUCCESS);
            }
        }
    }
    output.finish()?;
    Ok(ExitCode::SUCCESS)
}

fn json_line(row: &AuditRow) -> String {
    json!({
        "position": row.position,
        "at": row.at,
        "by": row.by.to_string(),
        "subject": row.entry.subject,
        "before": row.entry.before,
        "after": row.entry.after,
    })
    .to_string()
}

fn text_line(row: &AuditRow) -> String {
    let (before, after) = (&row.entry.before, &row.entry.after);
    format!(
        "{:<8} {:.0} {:<20} {} {}",
        row.position,
        row.at,
        row.by.to_string(),
        row.entry.subject,
        what(before, after)
    )
}

/// The members that differ.
fn what(before: &Option<Value>, after: &Option<Value>) -> String {
    match (before, after) {
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            let differ = after.iter().filter(|(name, value)| before.get(*name) != Some(value));
            let nothing = Value::Null;
            let told: Vec<String> = differ
                .map(|(name, value)| format!("{name} {} -> {value}", before.get(name).unwrap_or(&nothing)))
                .collect();
            told.join(", ")
        }
        (None, Some(_)) => "new".into(),
        _ => "gone".into(),
    }
}
