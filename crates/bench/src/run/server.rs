//! A server under measurement, as a process of its own.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};

use super::{site::Site, tools::Tools};

pub struct Server {
    child: Child,
    /// Held open: a server whose output nobody holds would die of its next line.
    _stdout: BufReader<ChildStdout>,
    pub url: String,
    /// From the spawn to the line that says where it listens.
    pub started_in: Duration,
}

/// Resident memory in MiB.
pub struct Memory {
    pub peak: f64,
    pub now: f64,
}

impl Server {
    pub fn ceiling(tools: &Tools, site: &Site) -> anyhow::Result<Self> {
        let mut command = Command::new(&tools.bench);
        command.args(["ceiling", "--listen", "127.0.0.1:0", "--token-file"]).arg(&site.tokens);
        Self::start(command, &site.folder.join("ceiling.log"))
    }

    pub fn rota(tools: &Tools, site: &Site, more: &[&str]) -> anyhow::Result<Self> {
        let mut command = Command::new(&tools.rota);
        command.args(["serve", "--listen", "127.0.0.1:0", "--database", &site.database]).args(more);
        command.current_dir(&site.folder);
        Self::start(command, &site.folder.join("serve.log"))
    }

    fn start(mut command: Command, log: &Path) -> anyhow::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(File::create(log)?);
        let spawned = Instant::now();
        let mut child = command.spawn().with_context(|| format!("cannot run {command:?}"))?;
        let mut stdout = BufReader::new(child.stdout.take().context("stdout is piped")?);
        let mut line = String::new();
        stdout.read_line(&mut line)?;
        let started_in = spawned.elapsed();
        let mut server = Self { child, _stdout: stdout, url: String::new(), started_in };
        let Some(url) = line.trim_end().strip_prefix("listening on ") else {
            server.kill();
            bail!("{command:?} did not start; see {}:\n{}", log.display(), std::fs::read_to_string(log)?);
        };
        server.url = url.to_owned();
        Ok(server)
    }

    pub fn memory(&self) -> anyhow::Result<Memory> {
        let file = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(&file).with_context(|| format!("cannot read {file}"))?;
        let mebibytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            Some(line.split_whitespace().next()?.parse::<f64>().ok()? / 1024.0)
        };
        let both = mebibytes("VmHWM:").zip(mebibytes("VmRSS:"));
        let (peak, now) = both.with_context(|| format!("{file} does not tell the resident memory"))?;
        Ok(Memory { peak, now })
    }

    /// Asks it to end, and waits until it has.
    pub fn stop(mut self) -> anyhow::Result<()> {
        let pid = Pid::from_raw(self.child.id() as i32).context("a process has an id")?;
        kill_process(pid, Signal::TERM)?;
        let status = self.child.wait()?;
        if !status.success() {
            bail!("the server at {} ended with {status} when it was asked to end", self.url);
        }
        Ok(())
    }

    fn kill(&mut self) {
        // It may have ended by itself, and then there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
