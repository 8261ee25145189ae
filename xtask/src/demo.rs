//! `cargo xtask demo`

use std::{os::unix::process::CommandExt, process::Command};

use crate::{console, tools};

#[derive(clap::Args)]
pub struct Options {
    /// Build it optimized: slower to start the first time
    #[arg(long)]
    release: bool,
    /// Passed on to `rota demo`, e.g. `--listen 127.0.0.1:8080`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub fn run(options: &Options) -> anyhow::Result<()> {
    console::run()?;
    let profile = if options.release { "release" } else { "dev" };
    tools::run(tools::cargo().args(["build", "--locked", "--package", "rota", "--profile", profile]))?;
    let folder = if options.release { "release" } else { "debug" };
    let rota = tools::target()?.join(folder).join("rota");
    // It takes this process's place, so that Ctrl-C is its own and its exit code is ours.
    let error = Command::new(&rota).arg("demo").args(&options.arguments).exec();
    Err(anyhow::Error::new(error).context(format!("cannot run {}", rota.display())))
}
