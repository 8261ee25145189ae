//! `cargo xtask test`: all that has to hold before a change goes in.

use crate::{check, console::Console, packages, schemathesis, tools};

pub fn run() -> anyhow::Result<()> {
    install_nextest()?;
    packages::install(&[packages::POSTGRESQL, packages::PGBOUNCER, packages::AIOSMTPD, packages::CHROMIUM])?;
    schemathesis::install()?;
    check::run()?;
    let console = Console::ready()?;
    console.test()?;
    console.build()?;
    tools::run(tools::cargo().args(["build", "--locked", "--workspace"]))?;
    tools::run(tools::cargo().args(["test", "--doc", "--locked", "--workspace"]))?;
    let document = schemathesis::run();
    let tests =
        tools::run(tools::cargo().args(["nextest", "run", "--locked", "--workspace", "--no-fail-fast"]));
    // Each is run whatever the ones before it found.
    let in_browser = console.test_in_browser();
    document.and(tests).and(in_browser)
}

fn install_nextest() -> anyhow::Result<()> {
    if tools::works(tools::cargo().args(["nextest", "--version"])) {
        return Ok(());
    }
    eprintln!("installing cargo-nextest; this takes some minutes, once");
    tools::run(tools::cargo().args(["install", "cargo-nextest", "--locked"]))
}
