//! The OpenAPI document against the running server: what it promises is sent, and what comes back is compared
//! with it.

mod server;

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, bail};

use crate::tools;
use server::Server;

const VERSION: &str = "4.32.5";

pub fn install() -> anyhow::Result<()> {
    if installed()? {
        return Ok(());
    }
    eprintln!("installing schemathesis {VERSION} into {}", environment()?.display());
    make_environment(&environment()?)?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    tools::run(Command::new(program("python")?).args(pip).arg(format!("schemathesis=={VERSION}")))
        .context("schemathesis comes from PyPI, through pip's own settings; it needs Python 3.10 or newer")
}

/// Tests a server of its own, on an empty database with one store.
pub fn run() -> anyhow::Result<()> {
    let work = tools::target()?.join("schemathesis");
    let server = Server::start(&work, &folder().join("store.toml"))?;
    let mut run = Command::new(program("schemathesis")?);
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

fn environment() -> anyhow::Result<PathBuf> {
    Ok(tools::target()?.join("tools/schemathesis"))
}

fn program(name: &str) -> anyhow::Result<PathBuf> {
    Ok(environment()?.join("bin").join(name))
}

fn installed() -> anyhow::Result<bool> {
    let version = tools::output(Command::new(program("schemathesis")?).arg("--version"));
    Ok(version.is_ok_and(|version| version.trim_end().ends_with(&format!(" {VERSION}"))))
}

/// Anew, whatever was there: an environment does not outlive its Python.
fn make_environment(folder: &Path) -> anyhow::Result<()> {
    if make_venv(folder) {
        return Ok(());
    }
    eprintln!("`python3 -m venv` does not work here; trying apt-get install python3-venv");
    let apt = tools::run(Command::new("apt-get").args(["install", "--yes", "python3-venv"]));
    if apt.is_err() || !make_venv(folder) {
        bail!("install Python 3.10 or newer with its venv module (on Debian: apt-get install python3-venv)");
    }
    Ok(())
}

fn make_venv(folder: &Path) -> bool {
    tools::works(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder))
}
