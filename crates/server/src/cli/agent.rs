//! `rota agent …`.

use super::change::Of;
use super::output::print;
use crate::clock::{SystemClock, SystemEntropy};
use crate::settings::agents::{self, AgentPatch, NewAgent, Which};
use crate::settings::{self, Asked, Given};
use crate::sign_in::new_invitation;
use crate::site::PublicUrl;
use crate::store::types::AgentRow;
use crate::store::{Provisioned, StoreError};
use anyhow::{Result, anyhow};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rota_core::access::{Actor, Role};
use rota_core::address::{EmailAddress, email_key};
use rota_core::availability::{Availability, Limit};
use rota_core::leave::{Leave, Leaves};
use rota_core::mail::{Choice, Occasion};
use rota_core::text::Title;
use std::process::ExitCode;
use std::str::FromStr;

#[derive(Debug, Subcommand)]
pub enum AgentCommand {
    /// Let an agent take turns
    Online(AgentArgs),
    /// Take an agent out of the rotation
    Offline {
        #[command(flatten)]
        agent: AgentArgs,
        /// Give what they have not touched to others
        #[arg(long)]
        give_on: bool,
    },
    /// Print the link by which an agent sets a password, the only time it is shown; earlier links end
    Invite {
        #[command(flatten)]
        agent: AgentArgs,
        /// Where people reach the server
        #[arg(long, env = "ROTA_PUBLIC_URL", value_name = "URL", default_value = "http://127.0.0.1:7070")]
        public_url: PublicUrl,
    },
    /// Add an agent
    Add(AddArgs),
    /// Change an agent, or bring an archived one back
    Set(SetArgs),
    /// Add a time at which an agent is not there
    Leave(LeaveArgs),
    /// Choose what an agent is mailed about
    Mail(MailArgs),
    /// Archive an agent; the open tickets wait again
    Archive(AgentArgs),
    /// List a store's agents
    List(Of),
}

#[derive(Debug, Args)]
pub struct AgentArgs {
    /// The agent's mail address
    email: String,
    #[command(flatten)]
    of: Of,
}

#[derive(Debug, Args)]
pub struct AddArgs {
    /// The agent's mail address
    #[arg(value_parser = email)]
    email: EmailAddress,
    #[arg(long, value_parser = Title::new)]
    name: Title,
    #[arg(long, value_name = "ROLE", default_value = "agent", value_parser = role)]
    role: Role,
    /// At how many open tickets turns pass the agent by; no limit when left out
    #[arg(long, value_name = "N")]
    max_open: Option<Limit>,
    #[command(flatten)]
    of: Of,
}

#[derive(Debug, Args)]
pub struct SetArgs {
    /// The agent's mail address
    email: String,
    /// Another mail address
    #[arg(long, value_name = "EMAIL", value_parser = email)]
    new_email: Option<EmailAddress>,
    #[arg(long, value_parser = Title::new)]
    name: Option<Title>,
    #[arg(long, value_name = "ROLE", value_parser = role)]
    role: Option<Role>,
    /// At how many open tickets turns pass the agent by
    #[arg(long, value_name = "N", conflicts_with = "no_limit")]
    max_open: Option<Limit>,
    /// No limit of open tickets
    #[arg(long)]
    no_limit: bool,
    /// Bring an archived agent back
    #[arg(long)]
    restore: bool,
    #[command(flatten)]
    of: Of,
}

#[derive(Debug, Args)]
pub struct LeaveArgs {
    /// The agent's mail address
    email: String,
    /// Its beginning: a day in the store's time zone, or a time such as 2026-12-20T09:00:00Z
    #[arg(long, value_name = "TIME", required_unless_present = "clear", requires = "to")]
    from: Option<Moment>,
    /// When the agent is back, likewise
    #[arg(long, value_name = "TIME", requires = "from")]
    to: Option<Moment>,
    /// Forget all leave that is there
    #[arg(long)]
    clear: bool,
    #[command(flatten)]
    of: Of,
}

#[derive(Debug, Args)]
#[group(id = "what", args = ["about", "nothing", "usual"], required = true, multiple = false)]
pub struct MailArgs {
    #[command(flatten)]
    agent: AgentArgs,
    /// assigned, mentioned or waitingTooLong; may be repeated
    #[arg(long, value_name = "OCCASION", value_delimiter = ',', value_parser = occasion)]
    about: Vec<Occasion>,
    /// No mail at all
    #[arg(long)]
    nothing: bool,
    /// What the role is mailed about that has not chosen
    #[arg(long)]
    usual: bool,
}

/// A moment as it is written: a day is its midnight.
#[derive(Debug, Clone, Copy)]
enum Moment {
    Day(Date),
    At(Timestamp),
}

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // A day's parser would take a time without a zone, and forget the time.
        let day = || text.parse().ok().filter(|_| text.len() == "2026-12-20".len()).map(Self::Day);
        text.parse().ok().map(Self::At).or_else(day).ok_or_else(|| {
            format!("\"{text}\" is neither a day such as 2026-12-20 nor a time such as 2026-12-20T09:00:00Z")
        })
    }
}

impl Moment {
    fn within(self, zone: &TimeZone) -> Result<Timestamp> {
        match self {
            Self::Day(day) => Ok(day.to_zoned(zone.clone())?.timestamp()),
            Self::At(at) => Ok(at),
        }
    }
}

pub async fn run(command: AgentCommand) -> Result<ExitCode> {
    match command {
        AgentCommand::Online(args) => go(&args, true, false).await,
        AgentCommand::Offline { agent, give_on } => go(&agent, false, give_on).await,
        AgentCommand::Invite { agent, public_url } => invite(&agent, &public_url).await,
        AgentCommand::Add(AddArgs { email, name, role, max_open, of }) => {
            let new = NewAgent { email, name, role: Some(role), max_open };
            of.change(agents::add(Asked::operator(), new)).await
        }
        AgentCommand::Set(args) => set(args).await,
        AgentCommand::Leave(args) => leave(args).await,
        AgentCommand::Mail(args) => choose_mail(&args).await,
        AgentCommand::Archive(args) => {
            args.of.change(agents::archive(Asked::operator(), which(&args.email))).await
        }
        AgentCommand::List(of) => list(&of).await,
    }
}

async fn set(args: SetArgs) -> Result<ExitCode> {
    let max_open = match args.max_open {
        Some(limit) => Given::Value(limit),
        None if args.no_limit => Given::Nothing,
        None => Given::Absent,
    };
    let active = args.restore.then_some(true);
    let patch =
        AgentPatch { email: args.new_email, name: args.name, role: args.role, max_open, leave: None, active };
    args.of.change(agents::set(Asked::operator(), which(&args.email), patch)).await
}

async fn leave(args: LeaveArgs) -> Result<ExitCode> {
    let (_, current) = args.of.current().await?;
    let zone = current.store.as_ref().map_or("UTC", |store| &store.timezone);
    let zone = TimeZone::get(zone)?;
    let key = email_key(&args.email);
    let old = current.agents.iter().filter(|row| !args.clear && email_key(&row.email) == key);
    let mut all: Vec<Leave> = old.flat_map(|row| row.leave.iter().copied()).collect();
    if let (Some(from), Some(to)) = (args.from, args.to) {
        all.push(Leave::new(from.within(&zone)?, to.within(&zone)?).map_err(|why| anyhow!("leave {why}"))?);
    }
    let leave = Leaves::new(all).map_err(|why| anyhow!("leave {why}"))?;
    let patch = AgentPatch { leave: Some(leave), ..AgentPatch::default() };
    args.of.change(agents::set(Asked::operator(), which(&args.email), patch)).await
}

fn which(email: &str) -> Which {
    Which::Address(email_key(email))
}

fn email(text: &str) -> Result<EmailAddress, String> {
    EmailAddress::of_customer(text).ok_or_else(|| "is not a mail address".into())
}

fn role(text: &str) -> Result<Role, String> {
    Role::from_name(text).ok_or_else(|| "is one of agent, team_manager, admin".into())
}

async fn go(args: &AgentArgs, online: bool, give_on: bool) -> Result<ExitCode> {
    let (database, _) = args.of.current().await?;
    let (store, state) = (&args.of.store.store, if online { "online" } else { "offline" });
    let availability =
        if online { Availability::Online } else { Availability::Away { reason: None, until: None } };
    let decide = agents::make_available(Asked::operator(), which(&args.email), availability, give_on);
    match settings::change(&*database, store, decide).await? {
        Provisioned::Changed(changed) if changed.changes.is_empty() => {
            print(&format!("{} was {state} already", args.email))?;
        }
        Provisioned::Changed(_) => print(&format!("{} is {state}", args.email))?,
        _ => return Err(nobody(args)),
    }
    Ok(ExitCode::SUCCESS)
}

async fn invite(args: &AgentArgs, public_url: &PublicUrl) -> Result<ExitCode> {
    let database = args.of.database.open().await?;
    let store = &args.of.store;
    let roster = database.roster(&store.store).await.map_err(|error| store.explain(error))?;
    let Some(agent) = roster.agent_by_email(&email_key(&args.email)) else { return Err(nobody(args)) };
    let (invitation, token) = new_invitation(agent.id, &SystemClock, &SystemEntropy);
    match database.invite(&store.store, &Actor::Operator, invitation).await {
        Ok(()) => print(&public_url.invitation(&store.store, &token.to_string()))?,
        Err(StoreError::NotFound) => return Err(nobody(args)),
        Err(error) => return Err(error.into()),
    }
    Ok(ExitCode::SUCCESS)
}

fn occasion(text: &str) -> Result<Occasion, String> {
    Occasion::from_name(text).ok_or_else(|| "is one of assigned, mentioned, waitingTooLong".into())
}

async fn choose_mail(args: &MailArgs) -> Result<ExitCode> {
    let AgentArgs { email, of } = &args.agent;
    let (database, store) = (of.database.open().await?, &of.store);
    let roster = database.roster(&store.store).await.map_err(|error| store.explain(error))?;
    let agent = roster.agent_by_email(&email_key(email)).ok_or_else(|| nobody(&args.agent))?;
    let choice: Option<Choice> = (!args.usual).then(|| args.about.iter().copied().collect());
    database.choose_mail(&store.store, agent.id, choice.as_ref()).await?;
    let names: Option<Vec<&str>> = choice.map(|choice| choice.into_iter().map(Occasion::name).collect());
    let told = names.map(|names| if names.is_empty() { "nothing".into() } else { names.join(", ") });
    print(&format!("{email} is mailed about {}", told.unwrap_or_else(|| "what is usual".into())))?;
    Ok(ExitCode::SUCCESS)
}

fn nobody(args: &AgentArgs) -> anyhow::Error {
    let (email, store) = (&args.email, &args.of.store.store);
    anyhow!("{email} is no active agent of {store}; `rota agent list` shows them")
}

async fn list(of: &Of) -> Result<ExitCode> {
    let explain = |error: StoreError| of.store.explain(error);
    let agents = of.database.open().await?.agents(&of.store.store).await.map_err(explain)?;
    let mut table = format!("{:<8} {:<9} {:<10} {:<13} EMAIL NAME", "ID", "STATE", "OPEN", "ROLE");
    for agent in agents {
        let state = match (agent.active, agent.online) {
            (false, _) => "archived",
            (true, true) => "online",
            (true, false) => "offline",
        };
        let open =
            agent.max_open.map_or_else(|| agent.open.to_string(), |most| format!("{} of {most}", agent.open));
        let AgentRow { id, role, email, name, .. } = agent;
        table += &format!("\n{id:<8} {state:<9} {open:<10} {role:<13} {email} {name}");
    }
    print(&table)?;
    Ok(ExitCode::SUCCESS)
}
