//! `rota channel …`.

use super::change::Of;
use super::output::print;
use crate::settings::Asked;
use crate::settings::channels::{self, compared};
use anyhow::{Result, anyhow};
use clap::{Args, Subcommand};
use rota_core::ticket::Channel;
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub enum ChannelCommand {
    /// Connect a number or mail address of the store's own
    Add(ChannelArgs),
    /// Disconnect one: calls that come by it are refused
    Remove(ChannelArgs),
    /// List a store's numbers and mail addresses
    List(Of),
}

#[derive(Debug, Args)]
pub struct ChannelArgs {
    /// whatsapp or email
    #[arg(value_parser = channel)]
    channel: Channel,
    address: String,
    #[command(flatten)]
    of: Of,
}

fn channel(text: &str) -> Result<Channel, String> {
    let known = Channel::from_name(text).filter(|channel| *channel != Channel::Tasks);
    known.ok_or_else(|| "is whatsapp or email".into())
}

pub async fn run(command: ChannelCommand) -> Result<ExitCode> {
    match command {
        ChannelCommand::Add(ChannelArgs { channel, address, of }) => {
            let address = compared(channel, &address).map_err(|rule| anyhow!("{address} {rule}"))?;
            of.change(channels::add(Asked::operator(), channel, address)).await
        }
        ChannelCommand::Remove(ChannelArgs { channel, address, of }) => {
            let address = compared(channel, &address).map_err(|rule| anyhow!("{address} {rule}"))?;
            of.change(channels::archive(Asked::operator(), channel, address)).await
        }
        ChannelCommand::List(of) => {
            let mut table = format!("{:<9} {:<9} ADDRESS", "CHANNEL", "STATE");
            for row in of.current().await?.1.brands {
                let state = if row.active { "active" } else { "archived" };
                table += &format!("\n{:<9} {state:<9} {}", row.channel.name(), row.address);
            }
            print(&table)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}
