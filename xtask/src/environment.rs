//! Programs that come from PyPI, each in a Python environment of its own under the target folder.

use std::{path::PathBuf, process::Command};

use anyhow::{Context, bail};

use crate::tools;

pub struct Environment {
    folder: PathBuf,
}

impl Environment {
    pub fn named(name: &str) -> anyhow::Result<Self> {
        Ok(Self { folder: tools::target()?.join("tools").join(name) })
    }

    /// Where its programs are.
    pub fn programs(&self) -> PathBuf {
        self.folder.join("bin")
    }

    pub fn program(&self, name: &str) -> Command {
        Command::new(self.programs().join(name))
    }

    /// Makes it anew, whatever was there, with this package: an environment does not outlive its Python.
    pub fn install(&self, package: &str, version: &str) -> anyhow::Result<()> {
        eprintln!("installing {package} {version} into {}", self.folder.display());
        self.make()?;
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        tools::run(self.program("python").args(pip).arg(format!("{package}=={version}"))).with_context(|| {
            format!("{package} comes from PyPI, through pip's own settings; it needs Python 3.10 or newer")
        })
    }

    fn make(&self) -> anyhow::Result<()> {
        if self.try_make() {
            return Ok(());
        }
        eprintln!("`python3 -m venv` does not work here; trying apt-get install python3-venv");
        let apt = tools::run(Command::new("apt-get").args(["install", "--yes", "python3-venv"]));
        if apt.is_err() || !self.try_make() {
            bail!(
                "install Python 3.10 or newer with its venv module (on Debian: apt-get install python3-venv)"
            );
        }
        Ok(())
    }

    fn try_make(&self) -> bool {
        tools::works(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&self.folder))
    }
}
