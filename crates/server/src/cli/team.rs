//! `rota team …`.

use super::change::Of;
use super::output::print;
use crate::settings::teams::{self, NewTeam, TeamPatch};
use crate::settings::{Asked, Given};
use crate::store::types::CurrentSettings;
use anyhow::{Result, anyhow};
use clap::{Args, Subcommand};
use rota_core::address::email_key;
use rota_core::hours::Hours;
use rota_core::ids::{AgentId, TeamId};
use rota_core::roster::Policy;
use rota_core::text::Title;
use rota_core::ticket::Pool;
use std::collections::BTreeSet;
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub enum TeamCommand {
    /// Add a team
    Add(AddArgs),
    /// Change a team, or bring an archived one back
    Set(SetArgs),
    /// Archive a team; its open tickets move
    Archive {
        /// The team's number
        team: i64,
        /// Where its open tickets go: a team's number, or store
        #[arg(long, value_name = "TEAM", value_parser = pool)]
        move_to: Pool,
        #[command(flatten)]
        of: Of,
    },
    /// List a store's teams
    List(Of),
}

#[derive(Debug, Args)]
pub struct AddArgs {
    #[arg(value_parser = Title::new)]
    name: Title,
    /// round_robin, balanced or unassigned; the store's when left out
    #[arg(long, value_parser = policy)]
    policy: Option<Policy>,
    /// Working hours as JSON, such as {"mon":["09:00-18:00"]}; always when left out
    #[arg(long, value_name = "JSON", value_parser = hours)]
    hours: Option<Hours>,
    /// Mail address of a member; may be repeated
    #[arg(long, value_name = "EMAIL")]
    member: Vec<String>,
    #[command(flatten)]
    of: Of,
}

#[derive(Debug, Args)]
pub struct SetArgs {
    /// The team's number
    team: i64,
    #[arg(long, value_parser = Title::new)]
    name: Option<Title>,
    /// round_robin, balanced or unassigned
    #[arg(long, value_parser = policy, conflicts_with = "store_policy")]
    policy: Option<Policy>,
    /// Follow the store's policy
    #[arg(long)]
    store_policy: bool,
    /// Working hours as JSON, such as {"mon":["09:00-18:00"]}
    #[arg(long, value_name = "JSON", value_parser = hours, conflicts_with = "always")]
    hours: Option<Hours>,
    /// No hours: always open
    #[arg(long)]
    always: bool,
    /// Mail address of a member; may be repeated, and replaces all
    #[arg(long, value_name = "EMAIL", conflicts_with = "nobody")]
    member: Vec<String>,
    /// No members
    #[arg(long)]
    nobody: bool,
    /// Bring an archived team back
    #[arg(long)]
    restore: bool,
    #[command(flatten)]
    of: Of,
}

pub async fn run(command: TeamCommand) -> Result<ExitCode> {
    match command {
        TeamCommand::Add(AddArgs { name, policy, hours, member, of }) => {
            let members = members(&of.current().await?.1, &member)?;
            of.change(teams::add(Asked::operator(), NewTeam { name, policy, hours, members })).await
        }
        TeamCommand::Set(args) => set(args).await,
        TeamCommand::Archive { team, move_to, of } => {
            of.change(teams::archive(Asked::operator(), TeamId(team), move_to)).await
        }
        TeamCommand::List(of) => list(&of).await,
    }
}

async fn set(args: SetArgs) -> Result<ExitCode> {
    let given = !args.member.is_empty() || args.nobody;
    let members = if given { Some(members(&args.of.current().await?.1, &args.member)?) } else { None };
    let patch = TeamPatch {
        name: args.name,
        policy: or_cleared(args.policy, args.store_policy),
        hours: or_cleared(args.hours, args.always),
        members,
        active: args.restore.then_some(true),
    };
    args.of.change(teams::set(Asked::operator(), TeamId(args.team), patch)).await
}

fn or_cleared<T>(value: Option<T>, cleared: bool) -> Given<T> {
    match value {
        Some(value) => Given::Value(value),
        None if cleared => Given::Nothing,
        None => Given::Absent,
    }
}

fn members(current: &CurrentSettings, emails: &[String]) -> Result<BTreeSet<AgentId>> {
    let find = |email: &String| {
        let key = email_key(email);
        let found = current.agents.iter().find(|row| row.active && email_key(&row.email) == key);
        found
            .map(|row| row.id)
            .ok_or_else(|| anyhow!("{email} is no active agent; `rota agent list` shows them"))
    };
    emails.iter().map(find).collect()
}

fn policy(text: &str) -> Result<Policy, String> {
    Policy::from_name(text).ok_or_else(|| "is round_robin, balanced or unassigned".into())
}

fn hours(text: &str) -> Result<Hours, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

fn pool(text: &str) -> Result<Pool, String> {
    if text == "store" {
        return Ok(Pool::Store);
    }
    text.parse().map(|team| Pool::Team(TeamId(team))).map_err(|_| "is a team's number, or store".into())
}

async fn list(of: &Of) -> Result<ExitCode> {
    let (_, current) = of.current().await?;
    let mut table = format!("{:<8} {:<9} {:<12} {:<8} NAME", "ID", "STATE", "POLICY", "MEMBERS");
    for row in current.teams {
        let state = if row.active { "active" } else { "archived" };
        let policy = row.policy.map_or("store's", Policy::name);
        table += &format!("\n{:<8} {state:<9} {policy:<12} {:<8} {}", row.id, row.members.len(), row.name);
    }
    print(&table)?;
    Ok(ExitCode::SUCCESS)
}
