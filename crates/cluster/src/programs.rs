//! PostgreSQL's programs: where they are, and who may run them.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

/// The user of Debian's package: PostgreSQL refuses to run as root.
const USER: &str = "postgres";

/// A program of PostgreSQL's, run by a user that it accepts.
pub fn tool(name: &str) -> Command {
    unprivileged(program(name))
}

/// The program as somebody other than root.
pub fn unprivileged(program: impl Into<PathBuf>) -> Command {
    let program = program.into();
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", USER, "--regid", USER, "--init-groups", "--"]).arg(program).current_dir("/");
    command
}

/// Arguments of `install` that give a file to whoever runs the server.
pub fn owner() -> &'static [&'static str] {
    if is_root() { &["-o", USER, "-g", USER] } else { &[] }
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// Debian keeps the server's programs apart by version; the newest is taken. Elsewhere they are in the PATH.
pub fn program(name: &str) -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let programs = versions.filter_map(|version| {
        let number: u32 = version.file_name().to_str()?.parse().ok()?;
        let program = version.path().join("bin").join(name);
        program.exists().then_some((number, program))
    });
    programs.max().map_or_else(|| name.into(), |(_, program)| program)
}

/// What a program prints. Fails with what it says where it fails.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command.output();
    let output = output.with_context(|| {
        format!("cannot run {command:?}; is PostgreSQL there? apt-get install postgresql")
    })?;
    if !output.status.success() {
        bail!("{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?.trim_end().to_owned())
}
