//! Somebody's transaction that keeps its view of the database, as a dump does while it runs.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, Command, Stdio},
};

use anyhow::{Context, ensure};

use super::site::Site;

pub struct Snapshot {
    session: Child,
}

impl Snapshot {
    /// Returns once the view is taken; from then on the transaction does nothing.
    pub fn take(site: &Site) -> anyhow::Result<Self> {
        let mut psql = Command::new(rota_cluster::program("psql"));
        psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--set=ON_ERROR_STOP=1", &site.database]);
        let mut session = psql.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let stdin = session.stdin.as_mut().context("stdin is piped")?;
        writeln!(stdin, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM tickets;")?;
        let mut answer = String::new();
        BufReader::new(session.stdout.as_mut().context("stdout is piped")?).read_line(&mut answer)?;
        ensure!(!answer.is_empty(), "the long transaction did not begin; psql's lines above say why");
        Ok(Self { session })
    }

    /// Ends the transaction; fails if it had ended before.
    pub fn release(mut self) -> anyhow::Result<()> {
        let mut stdin = self.session.stdin.take().context("stdin is piped")?;
        writeln!(stdin, "SELECT pg_current_snapshot(); COMMIT;")?;
        drop(stdin);
        let status = self.session.wait()?;
        ensure!(status.success(), "the long transaction did not last; psql's lines above say why");
        Ok(())
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        // After `release` there is nothing to do.
        let _ = self.session.kill();
        let _ = self.session.wait();
    }
}
