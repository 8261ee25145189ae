//! `cargo xtask test`: all that has to hold before a change goes in.

use crate::{check, packages, schemathesis, tools};

pub fn run() -> anyhow::Result<()> {
    install_nextest()?;
    packages::install(&[packages::POSTGRESQL, packages::PGBOUNCER])?;
    schemathesis::install()?;
    check::run()?;
    tools::run(tools::cargo().args(["build", "--locked", "--workspace"]))?;
    tools::run(tools::cargo().args(["test", "--doc", "--locked", "--workspace"]))?;
    let document = schemathesis::run();
    // Last, and whatever the document's test found: CI reads this runner's closing lines.
    tools::run(tools::cargo().args(["nextest", "run", "--locked", "--workspace", "--no-fail-fast"]))?;
    document
}

fn install_nextest() -> anyhow::Result<()> {
    if tools::works(tools::cargo().args(["nextest", "--version"])) {
        return Ok(());
    }
    eprintln!("installing cargo-nextest; this takes some minutes, once");
    tools::run(tools::cargo().args(["install", "cargo-nextest", "--locked"]))
}
