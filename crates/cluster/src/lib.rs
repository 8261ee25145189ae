//! PostgreSQL clusters that are made for a purpose and thrown away: for the tests and for the bench.

mod programs;

use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

pub use programs::{output, owner, program, tool, unprivileged};

/// A cluster of this machine: its folder has its `data` and its `log`.
pub struct Cluster {
    folder: PathBuf,
    port: u16,
}

impl Cluster {
    /// Makes a cluster in this folder, in place of what was there, and starts it. `initdb` are arguments for that
    /// program, `settings` lines for the server's configuration; the port is chosen here, and everybody on this
    /// machine is let in as `postgres`.
    pub fn start(folder: &Path, initdb: &[&str], settings: &str) -> Result<Self> {
        // Process ids come round again: what a killed run left behind goes first.
        let _ = std::fs::remove_dir_all(folder);
        output(Command::new("install").args(["-d", "-m", "700"]).args(owner()).arg(folder))?;
        let cluster = Self { folder: folder.to_owned(), port: free_port()? };
        let data = cluster.data();
        let access = ["--auth=trust", "--username=postgres"];
        output(tool("initdb").args(access).args(initdb).arg("--pgdata").arg(&data))?;
        let mut configuration = format!("port = {}\nlisten_addresses = '127.0.0.1'\n", cluster.port);
        configuration += &format!("unix_socket_directories = '{}'\n{settings}", folder.display());
        std::fs::write(data.join("postgresql.auto.conf"), configuration)?;
        start_server(folder)?;
        Ok(cluster)
    }

    /// Stops it as a crash would: nothing is finished.
    pub fn stop_at_once(&self) -> Result<()> {
        output(tool("pg_ctl").args(["stop", "--silent", "--mode=immediate", "--pgdata"]).arg(self.data()))?;
        Ok(())
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    pub fn port(&self) -> u16 {
        self.port
    }
}

/// Starts the server of a cluster's folder.
pub fn start_server(folder: &Path) -> Result<()> {
    let log = folder.join("log");
    let mut start = tool("pg_ctl");
    start.args(["start", "--silent", "--wait", "--pgdata"]).arg(folder.join("data")).arg("--log").arg(&log);
    // The server keeps its streams open, so they are no pipes that somebody waits for.
    let status = start.stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !status.with_context(|| format!("cannot run {start:?}"))?.success() {
        bail!("PostgreSQL did not start:\n{}", std::fs::read_to_string(log).unwrap_or_default());
    }
    Ok(())
}

/// Whatever way that process ends, the cluster of this folder ends after it, and its folder and its lock go.
pub fn end_after(process: u32, folder: &Path) -> Result<()> {
    let script = "(tail --pid=$0 -f /dev/null
                   kill -QUIT $(head -n 1 $1/data/postmaster.pid)
                   rm -rf $1 $1.lock) &";
    let mut watcher = Command::new("sh");
    watcher.args(["-c", script, &process.to_string()]).arg(folder).process_group(0);
    watcher.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    output(&mut watcher)?;
    Ok(())
}

/// Whether a cluster of this folder runs.
pub fn is_running(folder: &Path) -> bool {
    let status = tool("pg_ctl").args(["status", "--pgdata"]).arg(folder.join("data")).output();
    status.is_ok_and(|output| output.status.success())
}

/// The address of a cluster's database.
pub fn url(port: u16, database: &str) -> String {
    format!("postgresql://postgres@127.0.0.1:{port}/{database}")
}

/// The same by the server's socket in the file system, for whoever may enter the cluster's folder.
pub fn socket_url(cluster: &Cluster, database: &str) -> String {
    let folder = cluster.folder.display().to_string().replace('/', "%2F");
    format!("postgresql://postgres@{folder}:{}/{database}", cluster.port)
}

/// What a statement answers: a line per row, columns separated by bars.
pub fn sql(url: &str, statement: &str) -> Result<String> {
    let flags =
        ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", "--command"];
    output(tool("psql").args(flags).args([statement, url]))
}

/// Loads a file into a table, in the form that COPY reads.
pub fn load(url: &str, table: &str, file: &Path) -> Result<()> {
    let rows = std::fs::File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    let copy = format!("COPY {table} FROM STDIN");
    let flags = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--command"];
    output(tool("psql").args(flags).args([&copy, url]).stdin(rows)).map(drop)
}

/// A port of this machine that nobody listens on.
pub fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
