//! `cargo xtask bench`

use std::process::Command;

use anyhow::Context;

use crate::{console::Console, packages, tools};

#[derive(clap::Args)]
pub struct Options {
    /// Measure the console in a browser instead
    #[arg(long, conflicts_with = "arguments")]
    console: bool,
    /// Passed on to `rota-bench run`, e.g. `--quick` or `--database postgres`; `--help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub fn run(options: &Options) -> anyhow::Result<()> {
    if options.console {
        return of_the_console();
    }
    let on_postgres = options.arguments.iter().any(|argument| argument.ends_with("postgres"));
    if on_postgres {
        packages::install(&[packages::POSTGRESQL])?;
    }
    build()?;
    let target = tools::target()?;
    let folder = target.join("bench");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut bench = Command::new(target.join("release/rota-bench"));
    bench.arg("run").args(&options.arguments);
    if !options.arguments.iter().any(|argument| argument.starts_with("--out")) {
        let name = if on_postgres { "results-postgres.md" } else { "results.md" };
        bench.arg("--out").arg(folder.join(name));
    }
    tools::run(&mut bench)
}

fn build() -> anyhow::Result<()> {
    let packages = ["--package", "rota", "--package", "rota-bench"];
    tools::run(tools::cargo().args(["build", "--release", "--locked"]).args(packages))
}

/// The program as it is released, with the console in it, and a browser.
fn of_the_console() -> anyhow::Result<()> {
    packages::install(&[packages::CHROMIUM])?;
    let console = Console::ready()?;
    console.build()?;
    build()?;
    console.measure(&tools::target()?)
}
