//! `rota demo`: a store to try things on, and the sample call for it.

use super::serve;
use crate::clock::{SystemClock, SystemEntropy};
use crate::config::Settings;
use crate::keys::{INTAKE, new_key};
use crate::provision::{self, demo};
use crate::settings::{self, Asked};
use crate::store::sqlite::{Place, Sqlite};
use crate::store::{Provisioned, Role};
use anyhow::{Context, Result, bail};
use clap::Args;
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
}

pub async fn run(args: DemoArgs) -> Result<ExitCode> {
    let data = args.data.unwrap_or_else(fresh_folder);
    std::fs::create_dir_all(&data)
        .with_context(|| format!("cannot make the folder {}; name another one", data.display()))?;
    let path = data.join("rota.db");
    if path.exists() {
        bail!("{} is there already; name a fresh folder with --data", path.display());
    }
    let token = prepare(&Place::file(&path)).await?;
    let database = Some(format!("sqlite:{}", path.display()));
    let settings = Settings { listen: Some(args.listen), database, ..Settings::default() };
    serve::run(settings, |address| {
        println!("{}", demo::welcome(&format!("http://{address}"), &token));
        Ok(())
    })
    .await
}

/// The first folder of its name that is not there yet.
fn fresh_folder() -> PathBuf {
    let mut folders = (1..).map(|number| std::env::temp_dir().join(format!("rota-demo-{number}")));
    folders.find(|folder| !folder.exists()).unwrap_or_default()
}

/// Applies the demo store and makes a key; answers with its token.
async fn prepare(place: &Place) -> Result<String> {
    let clock = Arc::new(SystemClock);
    let store = Sqlite::open(place, Role::Command, clock.clone())?;
    let file = provision::read(demo::STORE_FILE).map_err(|problems| anyhow::anyhow!(problems.join("\n")))?;
    let id = file.id.clone();
    let now = crate::clock::Clock::now(clock.as_ref());
    let options = provision::Options { yes: false, prune: false, now };
    let scopes = vec![INTAKE.name.into()];
    let (key, token) = new_key(id.clone(), "demo".into(), scopes, clock.as_ref(), &SystemEntropy);
    for decide in [provision::decision(file, options), settings::keys::add(Asked::operator(), key)] {
        if let Provisioned::Refused(refusal) = settings::change(&store, &id, decide).await? {
            bail!("the demo store does not apply: {refusal}");
        }
    }
    Ok(token)
}
