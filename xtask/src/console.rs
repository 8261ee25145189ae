//! `cargo xtask console`: the console's own chores, which are scripts of its package.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context;

use crate::{node::Node, tools};

/// The console with Node and its packages at hand.
pub struct Console {
    node: Node,
    folder: PathBuf,
}

/// Builds it, for the next build of the program to embed.
pub fn run() -> anyhow::Result<()> {
    let console = Console::ready()?;
    console.check()?;
    console.build()
}

impl Console {
    pub fn ready() -> anyhow::Result<Self> {
        let console = Self { node: Node::get()?, folder: tools::root().join("console") };
        console.install_packages()?;
        Ok(console)
    }

    /// Formatting, lints and types.
    pub fn check(&self) -> anyhow::Result<()> {
        self.script("check")
    }

    /// Tests without a browser.
    pub fn test(&self) -> anyhow::Result<()> {
        self.script("test")
    }

    pub fn build(&self) -> anyhow::Result<()> {
        self.script("build")
    }

    /// Tests in a browser, against the program that is built.
    pub fn test_in_browser(&self) -> anyhow::Result<()> {
        self.script("e2e")
    }

    /// Prints how fast and how small it is in a browser, with the released program of this target folder.
    pub fn measure(&self, target: &Path) -> anyhow::Result<()> {
        let mut bench = self.npm_run("bench");
        bench
            .env("ROTA_BINARY", target.join("release/rota"))
            .env("ROTA_BENCH", target.join("release/rota-bench"))
            .env("ROTA_BENCH_OUT", target.join("bench/console.md"));
        tools::run(&mut bench)
    }

    fn script(&self, name: &str) -> anyhow::Result<()> {
        tools::run(&mut self.npm_run(name))
    }

    fn npm_run(&self, name: &str) -> Command {
        let mut npm = self.node.npm(&self.folder);
        npm.args(["run", name]);
        npm
    }

    /// Only where others are asked for than were installed last: it takes a while.
    fn install_packages(&self) -> anyhow::Result<()> {
        let path = self.folder.join("package-lock.json");
        let asked = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let installed = self.folder.join("node_modules/.installed-lock.json");
        if fs::read(&installed).is_ok_and(|lock| lock == asked) {
            return Ok(());
        }
        tools::run(self.node.npm(&self.folder).arg("ci"))?;
        fs::write(&installed, asked).with_context(|| format!("cannot write {}", installed.display()))
    }
}
