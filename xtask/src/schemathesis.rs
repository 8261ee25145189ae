//! The OpenAPI document against the running server: what it promises is sent, and what comes back is compared
//! with it.

mod server;

use std::path::PathBuf;

use crate::{environment::Environment, tools};
use server::Server;

const VERSION: &str = "4.32.5";

pub fn install() -> anyhow::Result<()> {
    if installed()? {
        return Ok(());
    }
    environment()?.install("schemathesis", VERSION)
}

/// Tests a server of its own, on an empty database with one store.
pub fn run() -> anyhow::Result<()> {
    let work = tools::target()?.join("schemathesis");
    let server = Server::start(&work, &folder().join("store.toml"))?;
    let mut run = environment()?.program("schemathesis");
    // It keeps a cache where it runs.
    run.current_dir(work);
    run.arg("--config-file").arg(folder().join("schemathesis.toml"));
    run.arg("run").arg(format!("{}/openapi.json", server.url));
    run.env("ROTA_TOKEN", &server.token);
    tools::run(&mut run)
}

fn folder() -> PathBuf {
    tools::root().join("xtask/schemathesis")
}

fn environment() -> anyhow::Result<Environment> {
    Environment::named("schemathesis")
}

fn installed() -> anyhow::Result<bool> {
    let version = tools::output(environment()?.program("schemathesis").arg("--version"));
    Ok(version.is_ok_and(|version| version.trim_end().ends_with(&format!(" {VERSION}"))))
}
