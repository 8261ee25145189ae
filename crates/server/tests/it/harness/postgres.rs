//! A PostgreSQL cluster of the tests' own: made by the first test of a run that needs one, used by all of them, and
//! gone with the run's own process.

use super::until;
use rota_cluster::{is_running, owner, program, tool, unprivileged};
use std::fs::File;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::parent_id;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

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
        let cluster = start(&folder);
        std::fs::write(folder.join("port"), cluster.port().to_string()).expect("the port is noted");
        cluster.end_after(parent_id()).expect("a watcher starts");
        Self { port: cluster.port() }
    }

    /// A new, empty database: a schema of its own, since to make and drop a whole database takes a second.
    pub fn database(&self) -> Database {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("rota_{}_{number}", std::process::id());
        psql(&self.url(), &format!("DROP SCHEMA IF EXISTS {name} CASCADE; CREATE SCHEMA {name}"));
        Database { port: self.port, reached_at: self.port, name }
    }

    fn url(&self) -> String {
        url(self.port)
    }
}

fn start(folder: &Path) -> rota_cluster::Cluster {
    // A language that sorts unlike bytes shows where the schema leans on the server's.
    let language = ["--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en"];
    let initdb = [&["--no-sync"], &language[..]].concat();
    rota_cluster::Cluster::start(folder, &initdb, "max_connections = 300\n")
        .expect("tests need PostgreSQL: apt-get install postgresql, or cargo xtask test")
}

fn url(port: u16) -> String {
    rota_cluster::url(port, "postgres")
}

/// A cluster that one test may do with as it likes.
pub struct OwnCluster {
    cluster: rota_cluster::Cluster,
}

impl OwnCluster {
    pub fn start() -> Self {
        let folder = std::env::temp_dir().join(format!("rota-postgres-own-{}", std::process::id()));
        Self { cluster: start(&folder) }
    }

    pub fn database(&self) -> Database {
        Cluster { port: self.cluster.port() }.database()
    }

    /// The cluster's first database as it is, for what cannot be told of a schema.
    pub fn database_itself(&self) -> Database {
        let port = self.cluster.port();
        Database { port, reached_at: port, name: "public".into() }
    }

    /// As a crash would: nothing is finished.
    pub fn stop_at_once(&self) {
        self.cluster.stop_at_once().expect("the server stops");
    }

    /// Puts a file into the data folder, readable for the server alone.
    pub fn put(&self, name: &str, content: &str) {
        let source = self.cluster.folder().with_extension("file");
        std::fs::write(&source, content).expect("the file is written");
        let mut install = Command::new("install");
        succeeded(install.args(["-m", "600"]).args(owner()).arg(&source).arg(self.cluster.data().join(name)));
        std::fs::remove_file(source).expect("the file is moved");
    }

    /// Stops every process of the server's where it is.
    pub fn pause(&self) {
        self.signal("-STOP");
    }

    pub fn go_on(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, name: &str) {
        let pid =
            std::fs::read_to_string(self.cluster.data().join("postmaster.pid")).expect("the server runs");
        let postmaster = pid.lines().next().expect("its process id");
        let children = Command::new("pgrep").args(["--parent", postmaster]).output().expect("pgrep runs");
        let children = String::from_utf8(children.stdout).expect("process ids");
        succeeded(Command::new("kill").arg(name).arg(postmaster).args(children.lines()));
    }

    pub fn sql(&self, sql: &str) -> String {
        psql(&url(self.cluster.port()), sql)
    }

    pub fn start_again(&self) {
        self.cluster.start_again().expect("the server starts");
    }
}

impl Drop for OwnCluster {
    fn drop(&mut self) {
        if is_running(self.cluster.folder()) {
            self.stop_at_once();
        }
        let _ = std::fs::remove_dir_all(self.cluster.folder());
    }
}

/// Debian's pgbouncer before a cluster, in transaction mode, with few connections to it.
pub struct Pooler {
    process: Child,
    port: u16,
    folder: PathBuf,
}

impl Pooler {
    pub fn start(cluster: &OwnCluster) -> Self {
        let folder = cluster.cluster.folder().with_extension("pooler");
        let _ = std::fs::remove_dir_all(&folder);
        succeeded(Command::new("install").args(["-d", "-m", "700"]).args(owner()).arg(&folder));
        let port = free_port();
        let settings = format!(
            "[databases]\n* = host=127.0.0.1 port={} user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir =\nauth_type = any\npool_mode = transaction\n\
             default_pool_size = 6\nmax_client_conn = 200\n",
            cluster.cluster.port()
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
    /// The port in the URL: another one where something stands between.
    reached_at: u16,
    name: String,
}

impl Database {
    pub fn new() -> Self {
        Cluster::of_this_run().database()
    }

    /// The same database, reached at another address of this machine.
    pub fn through(mut self, address: SocketAddr) -> Self {
        self.reached_at = address.port();
        self
    }

    /// Where its server listens.
    pub fn address(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }

    pub fn url(&self) -> String {
        self.url_at(self.reached_at)
    }

    fn url_at(&self, port: u16) -> String {
        match self.name.as_str() {
            "public" => url(port),
            name => format!("{}?options=-c%20search_path%3D{name}", url(port)),
        }
    }

    /// What a statement answers: a line per row, columns separated by bars.
    pub fn sql(&self, sql: &str) -> String {
        psql(&self.url_at(self.port), sql)
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
        session.args(["--command", "SELECT pg_sleep(60)", &self.url_at(self.port)]);
        session.stdout(Stdio::null()).stderr(Stdio::null());
        let held = Held { database: self, session: session.spawn().expect("psql runs") };
        until(Duration::from_secs(10), || (held.sleeping("*") != "0").then_some(()));
        held
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // Nobody can drop what a killed cluster had; it goes with the cluster.
        let drop = format!("DROP SCHEMA {} CASCADE", self.name);
        let _ = tool("psql").args(["--quiet", "--command", &drop, &url(self.port)]).output();
    }
}

#[track_caller]
fn psql(url: &str, sql: &str) -> String {
    rota_cluster::sql(url, sql).expect("the statement succeeds")
}

pub fn free_port() -> u16 {
    rota_cluster::free_port().expect("a free port")
}

#[track_caller]
fn succeeded(command: &mut Command) {
    rota_cluster::output(command).expect("the program succeeds");
}
