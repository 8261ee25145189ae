//! `cargo xtask fill`

use std::process::Command;

use crate::tools;

#[derive(clap::Args)]
pub struct Options {
    /// Passed on to `rota-bench fill`; `--help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    arguments: Vec<String>,
}

pub fn run(options: &Options) -> anyhow::Result<()> {
    tools::run(tools::cargo().args(["build", "--release", "--locked", "--package", "rota-bench"]))?;
    tools::run(Command::new(tools::target()?.join("release/rota-bench")).arg("fill").args(&options.arguments))
}
