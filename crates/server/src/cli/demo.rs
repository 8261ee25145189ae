//! `rota demo`: a store to try things on, a sign-in for each role, and the sample call for it.

mod live;

use super::serve;
use crate::clock::{Clock, SystemClock, SystemEntropy};
use crate::config::Settings;
use crate::keys::{DESK, INTAKE, letters, new_key};
use crate::provision::demo::Person;
use crate::provision::{self, demo};
use crate::settings::{self, Asked};
use crate::sign_in::{Refused, SignIn, Visitor};
use crate::store::sqlite::{Place, Sqlite};
use crate::store::{Provisioned, Role, Store};
use anyhow::{Context, Result, bail};
use clap::Args;
use live::Door;
use rota_core::access::{self, Actor};
use rota_core::ids::StoreId;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Address to listen on; port 0 picks a free one
    #[arg(long, env = "ROTA_LISTEN", default_value = "127.0.0.1:7070", value_name = "ADDR")]
    listen: String,
    /// Folder for the demo's database; it must not hold one yet [default: a new one for temporary files]
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Have customers write every few seconds, until the demo ends
    #[arg(long)]
    live: bool,
}

/// What the demo shows once.
struct Shown {
    store: StoreId,
    people: Vec<Person>,
    token: String,
    /// For customers who write by themselves.
    live: Option<String>,
}

pub async fn run(args: DemoArgs) -> Result<ExitCode> {
    let data = args.data.unwrap_or_else(fresh_folder);
    std::fs::create_dir_all(&data)
        .with_context(|| format!("cannot make the folder {}; name another one", data.display()))?;
    let path = data.join("rota.db");
    if path.exists() {
        bail!("{} is there already; name a fresh folder with --data", path.display());
    }
    let Shown { store, people, token, live } = prepare(&Place::file(&path), args.live).await?;
    let database = Some(format!("sqlite:{}", path.display()));
    let settings = Settings { listen: Some(args.listen), database, ..Settings::default() };
    serve::run(settings, |address| {
        println!("{}", demo::welcome(&format!("http://{address}"), &store, &people, &token));
        if let Some(token) = live {
            tokio::spawn(async move { Door { address, token }.keep_writing(&SystemEntropy).await });
        }
        Ok(())
    })
    .await
}

/// The first folder of its name that is not there yet.
fn fresh_folder() -> PathBuf {
    let mut folders = (1..).map(|number| std::env::temp_dir().join(format!("rota-demo-{number}")));
    folders.find(|folder| !folder.exists()).unwrap_or_default()
}

/// Applies the demo store, and makes what opens it.
async fn prepare(place: &Place, live: bool) -> Result<Shown> {
    let clock = Arc::new(SystemClock);
    let store: Arc<dyn Store> = Arc::new(Sqlite::open(place, Role::Command, clock.clone())?);
    let file = provision::read(demo::STORE_FILE).map_err(|problems| anyhow::anyhow!(problems.join("\n")))?;
    let id = file.id.clone();
    let options = provision::Options { yes: false, prune: false, now: clock.now() };
    let key = |name: &str, scopes: &[&str]| {
        let scopes = scopes.iter().map(ToString::to_string).collect();
        new_key(id.clone(), name.into(), scopes, clock.as_ref(), &SystemEntropy)
    };
    let (callers, token) = key("demo", &[INTAKE.name]);
    let (customers, live_token) = key("live", &[INTAKE.name, DESK.name]);
    let add = |key| settings::keys::add(Asked::operator(), key);
    let mut changes = vec![provision::decision(file, options), add(callers)];
    if live {
        changes.push(add(customers));
    }
    for decide in changes {
        if let Provisioned::Refused(refusal) = settings::change(store.as_ref(), &id, decide).await? {
            bail!("the demo store does not apply: {refusal}");
        }
    }
    let people = people(&store, &id).await?;
    Ok(Shown { store: id, people, token, live: live.then_some(live_token) })
}

/// The first agent of each role, with a password.
async fn people(store: &Arc<dyn Store>, id: &StoreId) -> Result<Vec<Person>> {
    let sign_in = SignIn::new(store.clone(), Arc::new(SystemClock), Arc::new(SystemEntropy));
    let agents = store.agents(id).await?;
    let mut people = Vec::new();
    for role in access::Role::ALL {
        let Some(agent) = agents.iter().find(|agent| agent.role == role.name()) else { continue };
        let (_, invitation) = sign_in.invite(id, &Actor::Operator, agent.id).await?;
        let password = letters(&SystemEntropy);
        let visitor = Visitor { client: Ipv4Addr::LOCALHOST.into(), browser: "rota demo".into() };
        let begun = sign_in.by_invitation(id, &invitation.to_string(), &password, visitor).await;
        let begun = begun.map_err(|refused| refused_to(&agent.email, &refused))?;
        store.end_session(id, agent.id, begun.token.id()).await?;
        people.push(Person { role, email: agent.email.clone(), password });
    }
    Ok(people)
}

fn refused_to(email: &str, refused: &Refused) -> anyhow::Error {
    anyhow::anyhow!("{email} of the demo store gets no password: {refused:?}")
}
