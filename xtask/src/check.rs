//! `cargo xtask check`: what needs no running server.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};

use crate::{console::Console, tools};

/// A longer file has more than one subject.
const MAX_LINES: usize = 500;

pub fn run() -> anyhow::Result<()> {
    Console::ready()?.check()?;
    of_the_program()
}

fn of_the_program() -> anyhow::Result<()> {
    tools::run(tools::cargo().args(["fmt", "--all", "--check"]))
        .context("`cargo fmt --all` puts it right")?;
    let clippy = ["clippy", "--workspace", "--all-targets", "--locked", "--", "--deny", "warnings"];
    tools::run(tools::cargo().args(clippy))?;
    file_lengths()?;
    show_duplicates()
}

fn file_lengths() -> anyhow::Result<()> {
    let mut files = Vec::new();
    for folder in ["crates", "xtask"] {
        rust_files(&tools::root().join(folder), &mut files)?;
    }
    let mut long = Vec::new();
    for file in files {
        let lines = fs::read_to_string(&file).with_context(|| unreadable(&file))?.lines().count();
        if lines > MAX_LINES {
            long.push(format!("{} has {lines} lines", file.display()));
        }
    }
    if !long.is_empty() {
        bail!("files over {MAX_LINES} lines; split them by meaning:\n{}", long.join("\n"));
    }
    Ok(())
}

fn rust_files(folder: &Path, into: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder).with_context(|| unreadable(folder))? {
        let path = entry?.path();
        if path.is_dir() {
            rust_files(&path, into)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
    Ok(())
}

fn unreadable(path: &Path) -> String {
    format!("cannot read {}", path.display())
}

/// For information: what two versions of a package cost is time to build, and that is often not ours to change.
fn show_duplicates() -> anyhow::Result<()> {
    let tree = ["tree", "--workspace", "--locked", "--duplicates", "--depth", "0", "--prefix", "none"];
    let printed = tools::output(tools::cargo().args(tree))?;
    let packages: BTreeSet<_> = printed.lines().filter_map(|line| line.split_whitespace().next()).collect();
    if !packages.is_empty() {
        let names = packages.into_iter().collect::<Vec<_>>().join(", ");
        eprintln!("\nin more than one version (`cargo tree --duplicates` shows why): {names}");
    }
    Ok(())
}
