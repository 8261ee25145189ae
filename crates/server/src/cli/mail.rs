//! `rota mail …`.

use super::output::print;
use crate::clock::{Clock, Entropy, SystemClock, SystemEntropy};
use crate::config::MailSettings;
use crate::site::PublicUrl;
use anyhow::Result;
use clap::{Args, Subcommand};
use rota_core::mail::Mail;
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub enum MailCommand {
    /// Send a test from this machine, by the server's settings
    Test(TestArgs),
}

#[derive(Debug, Args)]
pub struct TestArgs {
    /// Whom to mail
    #[arg(long, value_name = "EMAIL")]
    to: String,
    /// Where people reach the server, which is what it calls itself
    #[arg(long, env = "ROTA_PUBLIC_URL", value_name = "URL", default_value = "http://127.0.0.1:7070")]
    public_url: PublicUrl,
    #[command(flatten)]
    mail: MailSettings,
}

pub async fn run(command: MailCommand) -> Result<ExitCode> {
    let MailCommand::Test(TestArgs { to, public_url, mail }) = command;
    let smtp = mail.smtp(public_url.host())?;
    let mut random = [0; 8];
    SystemEntropy.fill(&mut random);
    let id = format!("test.{:016x}", u64::from_le_bytes(random));
    let text = format!("This is a test. {public_url} can mail agents.\n");
    smtp.send(&to, &id, SystemClock.now(), Mail { subject: "Test".into(), text }).await?;
    print(&format!("{to} was mailed"))?;
    Ok(ExitCode::SUCCESS)
}
