//! A PostgreSQL cluster of the tests' own: made by the first test of a run that needs one, used by all of them, and
//! gone with the run's own process.

mod own;

use super::until;
use rota_cluster::{is_running, owner, program, tool, unprivileged};
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::parent_id;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

pub use own::OwnCluster;

/// A running cluster, reached at a port of this machine.
pub struct Cluster {
    port: u16,
}

impl Cluster {
    /// The run's cluster; the run is the process that started this test.
    pub fn of_this_run() -> Self {
        let folder = std::env::temp_dir().join(format!("rota-postgres-{}", parent_id()));
        let lock = File::create(folder.with_extension("lock")).expect("a lock file");
        lock.lock().expect("the lock is taken");
        let noted = std::fs::read_to_string(folder.join("port")).ok().and_then(|port| port.parse().ok());
        if let Some(port) = noted
            && is_running(&folder)
        {
            return Self { port };
        }
        let cluster = Self::start(&folder);
        std::fs::write(folder.join("port"), cluster.port.to_string()).expect("the port is noted");
        rota_cluster::end_after(parent_id(), &folder).expect("a watcher starts");
        cluster
    }

    fn start(folder: &Path) -> Self {
        // A language that sorts unlike bytes shows where the schema leans on the server's.
        let language = ["--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en"];
        let initdb = [&["--no-sync"], &language[..]].concat();
        let made = rota_cluster::Cluster::start(folder, &initdb, "max_connections = 300\n");
        Self { port: made.expect(NEEDED).port() }
    }

    /// A new, empty database: a schema of its own, since to make and drop a whole database takes a second.
    pub fn database(&self) -> Database {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("rota_{}_{number}", std::process::id());
        psql(&self.url(), &format!("DROP SCHEMA IF EXISTS {name} CASCADE; CREATE SCHEMA {name}"));
        Database { port: self.port, reached_at: vec![self.port], name }
    }

    fn url(&self) -> String {
        url(&[self.port])
    }
}

const NEEDED: &str = "tests need PostgreSQL: apt-get install postgresql, or cargo xtask test";

fn url(ports: &[u16]) -> String {
    let hosts: Vec<String> = ports.iter().map(|port| format!("127.0.0.1:{port}")).collect();
    format!("postgresql://postgres@{}/postgres", hosts.join(","))
}

/// Debian's pgbouncer before a cluster, in transaction mode, with few connections to it.
pub struct Pooler {
    process: Child,
    port: u16,
    folder: PathBuf,
}

impl Pooler {
    pub fn start(cluster: &OwnCluster) -> Self {
        let folder = cluster.folder().with_extension("pooler");
        let _ = std::fs::remove_dir_all(&folder);
        succeeded(Command::new("install").args(["-d", "-m", "700"]).args(owner()).arg(&folder));
        let port = free_port();
        let settings = format!(
            "[databases]\n* = host=127.0.0.1 port={} user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir =\nauth_type = any\npool_mode = transaction\n\
             default_pool_size = 6\nmax_client_conn = 200\n",
            cluster.port()
        );
        let file = folder.join("pgbouncer.ini");
        std::fs::write(&file, settings).expect("the settings are written");
        succeeded(Command::new("chmod").arg("644").arg(&file));
        let mut command = unprivileged("/usr/sbin/pgbouncer");
        let process = command.arg("--quiet").arg(file).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let process = process.expect("pgbouncer runs; apt-get install pgbouncer, or cargo xtask test");
        let pooler = Self { process, port, folder };
        until(Duration::from_secs(10), || TcpStream::connect(pooler.address()).ok());
        pooler
    }

    pub fn address(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A database of a test's own; it is dropped with this.
pub struct Database {
    port: u16,
    /// The ports in the URL: another one where something stands between, several where there are standbys.
    reached_at: Vec<u16>,
    name: String,
}

impl Database {
    pub fn new() -> Self {
        Cluster::of_this_run().database()
    }

    /// The same database, reached at another address of this machine.
    pub fn through(mut self, address: SocketAddr) -> Self {
        self.reached_at = vec![address.port()];
        self
    }

    /// Where its server listens.
    pub fn address(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }

    /// The same database, which one of two servers has.
    pub fn on_either(mut self, one: &OwnCluster, other: &OwnCluster) -> Self {
        self.reached_at = vec![one.port(), other.port()];
        self
    }

    pub fn url(&self) -> String {
        self.url_at(&self.reached_at)
    }

    fn url_at(&self, ports: &[u16]) -> String {
        let schema = (self.name != "public").then(|| format!("options=-c%20search_path%3D{}", self.name));
        let writes = (ports.len() > 1).then(|| "target_session_attrs=read-write".to_owned());
        let parameters: Vec<String> = schema.into_iter().chain(writes).collect();
        format!("{}?{}", url(ports), parameters.join("&"))
    }

    /// What a statement answers: a line per row, columns separated by bars.
    pub fn sql(&self, sql: &str) -> String {
        psql(&self.url_at(&[self.port]), sql)
    }
}

/// Somebody's transaction that stays open; it ends when dropped.
pub struct Held<'a> {
    database: &'a Database,
    session: Child,
}

impl Held<'_> {
    /// What of the sessions that sleep with a lock on this database's routing rows.
    fn sleeping(&self, what: &str) -> String {
        let name = &self.database.name;
        self.database.sql(&format!(
            "SELECT count({what}) FROM pg_stat_activity JOIN pg_locks USING (pid)
             WHERE wait_event = 'PgSleep' AND relation = '{name}.routing'::regclass"
        ))
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        // The server would not notice before the end of the sleep that its client has gone.
        self.sleeping("pg_terminate_backend(pid)");
        let _ = self.session.wait();
    }
}

impl Database {
    /// Runs a statement in a transaction that is then held open.
    pub fn hold(&self, sql: &str) -> Held<'_> {
        let mut session = Command::new(program("psql"));
        session.args(["--no-psqlrc", "--quiet", "--single-transaction", "--command", sql]);
        session.args(["--command", "SELECT pg_sleep(60)", &self.url_at(&[self.port])]);
        session.stdout(Stdio::null()).stderr(Stdio::null());
        let held = Held { database: self, session: session.spawn().expect("psql runs") };
        until(Duration::from_secs(10), || (held.sleeping("*") != "0").then_some(()));
        held
    }
}

/// Somebody's sessions, of which each takes a connection and one can be asked.
pub struct Crowd {
    sessions: Vec<Child>,
    answers: BufReader<ChildStdout>,
}

impl Crowd {
    /// Takes every connection that the cluster has to give, also the ones that others have now.
    pub fn take_all(cluster: &OwnCluster) -> Self {
        let mut first = session(cluster);
        let answers = BufReader::new(first.stdout.take().expect("stdout is piped"));
        let mut crowd = Self { sessions: vec![first], answers };
        let all = crowd.ask("SHOW max_connections");
        let end =
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'rota'";
        let taken = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'psql'";
        until(Duration::from_secs(30), || {
            crowd.ask(end);
            crowd.sessions.push(session(cluster));
            (crowd.ask(taken) == all).then_some(())
        });
        crowd
    }

    /// What the first session is answered, in a line.
    fn ask(&mut self, sql: &str) -> String {
        let mut line = String::new();
        writeln!(self.sessions[0].stdin.as_ref().expect("stdin is piped"), "{sql};").expect("psql listens");
        self.answers.read_line(&mut line).expect("psql answers");
        line.trim_end().to_owned()
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        for session in &mut self.sessions {
            let _ = session.kill();
            let _ = session.wait();
        }
    }
}

/// A session that does nothing until it is told; it ends by itself where the server has no connection for it.
fn session(cluster: &OwnCluster) -> Child {
    let mut psql = Command::new(program("psql"));
    psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]).arg(url(&[cluster.port()]));
    psql.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("psql runs")
}

impl Drop for Database {
    fn drop(&mut self) {
        // Nobody can drop what a killed cluster had; it goes with the cluster.
        let drop = format!("DROP SCHEMA {} CASCADE", self.name);
        let _ = tool("psql").args(["--quiet", "--command", &drop, &url(&[self.port])]).output();
    }
}

fn psql(url: &str, sql: &str) -> String {
    let flags =
        ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", "--command"];
    succeeded(tool("psql").args(flags).args([sql, url]))
}

#[track_caller]
fn succeeded(command: &mut Command) -> String {
    let output = command.output();
    let output = output.unwrap_or_else(|error| {
        panic!("{command:?}: {error}; tests need PostgreSQL: apt-get install postgresql, or cargo xtask test")
    });
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8").trim_end().to_owned()
}

pub fn free_port() -> u16 {
    rota_cluster::free_port().expect("a free port")
}
