//! A server with one store and a key, for the length of a test.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};

use anyhow::{Context, bail};

use crate::tools;

/// The id in `store.toml`.
const STORE: &str = "p60HYv5wjgQaOrPdqT5NjbpkroD2";

pub struct Server {
    child: Child,
    /// Held open: a server whose output nobody holds would die of its next line.
    _stdout: BufReader<ChildStdout>,
    pub url: String,
    pub token: String,
}

impl Server {
    /// Empties `folder` and keeps the database and the log there.
    pub fn start(folder: &Path, store: &Path) -> anyhow::Result<Self> {
        if folder.exists() {
            fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
        }
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let database = format!("sqlite:{}", folder.join("rota.db").display());
        tools::run(rota(&database)?.arg("apply").arg(store))?;
        let token = tools::output(
            rota(&database)?
                .args(["key", "create", "--store", STORE, "--scope", "intake", "--scope", "desk"]),
        )?;
        Self::serve(rota(&database)?, &folder.join("serve.log"), token.trim_end())
    }

    fn serve(mut rota: Command, log: &Path, token: &str) -> anyhow::Result<Self> {
        rota.args(["serve", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).stderr(fs::File::create(log)?);
        let mut child = rota.spawn().context("cannot run rota serve")?;
        let mut stdout = BufReader::new(child.stdout.take().context("stdout is piped")?);
        let mut line = String::new();
        stdout.read_line(&mut line)?;
        let url = line.trim_end().strip_prefix("listening on ").unwrap_or_default().to_owned();
        let server = Self { child, _stdout: stdout, url, token: token.to_owned() };
        if server.url.is_empty() {
            bail!("rota serve did not start; see {}:\n{}", log.display(), fs::read_to_string(log)?);
        }
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, and then there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The workspace's own build.
fn rota(database: &str) -> anyhow::Result<Command> {
    let mut rota = tools::command(tools::target()?.join("debug/rota"));
    rota.env("ROTA_DATABASE", database);
    Ok(rota)
}
