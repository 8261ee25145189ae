//! Clusters that one test may do with as it likes: crash them, pause them, fail over from one to the other.

use super::{Cluster, Database, NEEDED, free_port, is_running, owner, psql, succeeded, tool, url};
use crate::harness::until;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// What a cluster may take for something that it was told to do.
const DONE: Duration = Duration::from_secs(30);

pub struct OwnCluster {
    cluster: Cluster,
    folder: PathBuf,
}

impl OwnCluster {
    pub fn start() -> Self {
        let folder = folder();
        Self { cluster: Cluster::start(&folder), folder }
    }

    /// A standby of this cluster's, at a port of its own.
    pub fn standby(&self) -> Self {
        self.standby_at(free_port())
    }

    /// A standby that streams through a slot, so that nothing which it still needs is removed.
    pub fn standby_at(&self, port: u16) -> Self {
        let folder = folder();
        let _ = std::fs::remove_dir_all(&folder);
        succeeded(Command::new("install").args(["-d", "-m", "700"]).args(owner()).arg(&folder));
        self.sql("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots");
        let copy =
            ["--write-recovery-conf", "--create-slot", "--slot=standby", "--checkpoint=fast", "--no-sync"];
        let data = folder.join("data");
        let primary = url(&[self.port()]);
        succeeded(tool("pg_basebackup").args(copy).arg("--pgdata").arg(&data).args(["--dbname", &primary]));
        let settings = data.join("postgresql.auto.conf");
        let mut text = std::fs::read_to_string(&settings).expect("the settings are copied");
        text += &format!("port = {port}\nunix_socket_directories = '{}'\n", folder.display());
        // Once it is the primary, it has no standby at first.
        text += "synchronous_standby_names = ''\n";
        // Else it begins by syncing each of the copied files, which a busy disk makes a minute of.
        text += "fsync = off\n";
        std::fs::write(settings, text).expect("the settings are written");
        rota_cluster::start_server(&folder).expect(NEEDED);
        let standby = Self { cluster: Cluster { port }, folder };
        standby.set("fsync", "on");
        standby
    }

    /// From now on a commit is answered once the standby has it as well.
    pub fn wait_for_its_standby(&self) {
        self.set("synchronous_standby_names", "*");
        let synchronous = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'";
        until(DONE, || (self.sql(synchronous) == "1").then_some(()));
    }

    /// Makes a standby the primary; it takes writes when this returns.
    pub fn promote(&self) {
        let promote = ["promote", "--silent", "--no-wait", "--pgdata"];
        succeeded(tool("pg_ctl").args(promote).arg(self.folder.join("data")));
        until(DONE, || (self.sql("SELECT pg_is_in_recovery()") == "f").then_some(()));
    }

    pub fn port(&self) -> u16 {
        self.cluster.port
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn database(&self) -> Database {
        self.cluster.database()
    }

    /// The cluster's first database as it is, for what cannot be told of a schema.
    pub fn database_itself(&self) -> Database {
        Database { port: self.port(), reached_at: vec![self.port()], name: "public".into() }
    }

    /// As a crash would: nothing is finished.
    pub fn stop_at_once(&self) {
        let stop = ["stop", "--silent", "--mode=immediate", "--pgdata"];
        succeeded(tool("pg_ctl").args(stop).arg(self.folder.join("data")));
    }

    /// Puts a file into the data folder, readable for the server alone.
    pub fn put(&self, name: &str, content: &str) {
        let source = self.folder.with_extension("file");
        std::fs::write(&source, content).expect("the file is written");
        let mut install = Command::new("install");
        succeeded(
            install.args(["-m", "600"]).args(owner()).arg(&source).arg(self.folder.join("data").join(name)),
        );
        std::fs::remove_file(source).expect("the file is moved");
    }

    /// Stops every process of the server's where it is.
    pub fn pause(&self) {
        let postmaster = self.postmaster();
        signal("-STOP", [postmaster.as_str()]);
        // From now on there are no more of them.
        signal("-STOP", children(&postmaster).lines());
    }

    pub fn go_on(&self) {
        let postmaster = self.postmaster();
        signal("-CONT", children(&postmaster).lines().chain([postmaster.as_str()]));
    }

    /// SIGKILL for every process of the server's: nobody sees another one go.
    pub fn kill(&self) {
        self.pause();
        let postmaster = self.postmaster();
        signal("-KILL", children(&postmaster).lines().chain([postmaster.as_str()]));
        // Nobody may have collected the dead: they don't count as running. Nor did they clear up.
        let noted = self.folder.join("data/postmaster.pid");
        let text = std::fs::read_to_string(&noted).unwrap_or_default();
        if let Some(shared_memory) = text.lines().nth(6).and_then(|line| line.split_whitespace().last()) {
            let _ = Command::new("ipcrm").args(["--shmem-id", shared_memory]).status();
        }
        let _ = std::fs::remove_file(noted);
    }

    fn postmaster(&self) -> String {
        let pid = std::fs::read_to_string(self.folder.join("data/postmaster.pid")).expect("the server runs");
        pid.lines().next().expect("its process id").to_owned()
    }

    pub fn sql(&self, sql: &str) -> String {
        psql(&self.cluster.url(), sql)
    }

    /// Changes a setting of the server's; it is in effect when this returns.
    pub fn set(&self, name: &str, value: &str) {
        self.sql(&format!("ALTER SYSTEM SET {name} = '{value}'"));
        self.sql("SELECT pg_reload_conf()");
        until(DONE, || (self.sql(&format!("SHOW {name}")) == value).then_some(()));
    }

    pub fn start_again(&self) {
        rota_cluster::start_server(&self.folder).expect("the server starts");
    }
}

impl Drop for OwnCluster {
    fn drop(&mut self) {
        if is_running(&self.folder) {
            self.go_on();
            self.stop_at_once();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn children(process: &str) -> String {
    let children = Command::new("pgrep").args(["--parent", process]).output().expect("pgrep runs");
    String::from_utf8(children.stdout).expect("process ids")
}

/// A backend that has gone meanwhile needs no signal.
fn signal<'a>(name: &str, processes: impl IntoIterator<Item = &'a str>) {
    let _ = Command::new("kill").arg(name).args(processes).stderr(Stdio::null()).status();
}

fn folder() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    std::env::temp_dir().join(format!("rota-postgres-own-{}-{number}", std::process::id()))
}
