//! `cargo xtask test`: all that has to hold before a change goes in.

use anyhow::Context;

use crate::{check, schemathesis, tools};

pub fn run() -> anyhow::Result<()> {
    install_nextest()?;
    install_postgres()?;
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

/// The tests start clusters and poolers of their own; all they need is the programs.
fn install_postgres() -> anyhow::Result<()> {
    let present = "(ls /usr/lib/postgresql/*/bin/initdb || command -v initdb) && ls /usr/sbin/pgbouncer";
    if tools::works(tools::command("sh").args(["-c", present])) {
        return Ok(());
    }
    eprintln!("installing PostgreSQL and pgbouncer for the tests, by Debian's packages");
    let packages = ["install", "--yes", "--no-install-recommends", "postgresql", "pgbouncer"];
    tools::run(tools::command("apt-get").args(packages))
        .context("install PostgreSQL 15 or newer and pgbouncer by hand where apt-get cannot")
}
