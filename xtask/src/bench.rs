//! `cargo xtask bench`

use std::process::Command;

use anyhow::Context;

use crate::{packages, tools};

#[derive(clap::Args)]
pub struct Options {
    /// Passed on to `rota-bench run`, e.g. `--quick` or `--database postgres`; `--help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub fn run(options: &Options) -> anyhow::Result<()> {
    let on_postgres = options.arguments.iter().any(|argument| argument.ends_with("postgres"));
    if on_postgres {
        packages::install(&[packages::POSTGRESQL])?;
    }
    let packages = ["--package", "rota", "--package", "rota-bench"];
    tools::run(tools::cargo().args(["build", "--release", "--locked"]).args(packages))?;
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
