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
    let is_there = |programs: &str| tools::works(tools::command("sh").args(["-c", programs]));
    let mut missing = Vec::new();
    if !is_there("ls /usr/lib/postgresql/*/bin/initdb || command -v initdb") {
        missing.push("postgresql");
    }
    if !is_there("ls /usr/sbin/pgbouncer || command -v pgbouncer") {
        missing.push("pgbouncer");
    }
    if missing.is_empty() {
        return Ok(());
    }
    eprintln!("installing {} for the tests, by Debian's packages", missing.join(" and "));
    let install = ["install", "--yes", "--no-install-recommends"];
    tools::run(tools::command("apt-get").arg("update"))
        .and_then(|()| tools::run(tools::command("apt-get").args(install).args(missing)))
        .context("install PostgreSQL 15 or newer and pgbouncer by hand where apt-get cannot")
}
