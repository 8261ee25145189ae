//! The binary as a process: commands that run to their end, and the server.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// A server's stop takes ten seconds at most; a busy machine adds to it, and one that hangs never ends.
const SHUTDOWN: Duration = Duration::from_secs(20);

/// A command's end.
#[derive(Debug)]
pub struct Output {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
    command: String,
}

impl Output {
    #[track_caller]
    pub fn succeeded(self) -> Self {
        assert!(self.status.success(), "{self}");
        self
    }

    /// Failed with a message on stderr; a panic is no message.
    #[track_caller]
    pub fn failed(self) -> Self {
        assert!(!self.status.success(), "should have been refused: {self}");
        assert!(self.status.code().is_some(), "ended by a signal: {self}");
        assert!(!self.stderr.trim().is_empty(), "says why: {self}");
        assert!(!self.stderr.contains("panicked at"), "{self}");
        self
    }

    /// Each text stands somewhere in what was printed.
    #[track_caller]
    pub fn tells(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(self.all().contains(text), "{text:?} is missing in: {self}");
        }
        self
    }

    /// The number stands alone somewhere in what was printed: a line number, a count.
    #[track_caller]
    pub fn tells_number(self, number: usize) -> Self {
        let number = number.to_string();
        let all = self.all();
        let mut numbers = all.split(|c: char| !c.is_ascii_digit());
        assert!(numbers.any(|found| found == number), "{number} is missing in: {self}");
        self
    }

    pub fn all(&self) -> String {
        format!("{}\n{}", self.stdout, self.stderr)
    }
}

impl std::fmt::Display for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { status, stdout, stderr, command } = self;
        write!(f, "{command}: {status}\n--- stdout\n{stdout}\n--- stderr\n{stderr}")
    }
}

/// The binary without settings from the developer's own environment.
pub fn binary() -> Command {
    program(Path::new(env!("CARGO_BIN_EXE_rota")))
}

/// A release after this one, which `cargo nextest run` builds with the other examples.
pub fn later(release: &str) -> Command {
    let examples = Path::new(env!("CARGO_BIN_EXE_rota")).with_file_name("examples");
    let mut command = program(&examples.join("later_release"));
    command.arg(release);
    command
}

fn program(path: &Path) -> Command {
    let mut command = Command::new(path);
    command.stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("ROTA_") {
            command.env_remove(name);
        }
    }
    command
}

pub fn run(args: &[&str], database: &str) -> Output {
    run_exactly(binary().args(args).args(["--database", database]))
}

pub fn run_exactly(command: &mut Command) -> Output {
    let output = command.output().expect("the binary runs");
    Output {
        status: output.status,
        stdout: String::from_utf8(output.stdout).expect("stdout is UTF-8"),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        command: format!("{command:?}"),
    }
}

/// A serving process; it is killed when dropped.
pub struct Server {
    child: Option<Child>,
    // Kept open: closing it would break the pipe of a server that prints one more line.
    stdout: BufReader<ChildStdout>,
    address: SocketAddr,
    log: PathBuf,
}

impl Server {
    pub fn start(database: &str, options: &[String], log: &Path) -> Self {
        let mut command = binary();
        command.args(["serve", "--listen", "127.0.0.1:0", "--database", database]).args(options);
        Self::spawn(command, log)
    }

    pub fn spawn(mut command: Command, log: &Path) -> Self {
        let file = File::options().create(true).append(true).open(log).expect("the log opens");
        let mut child = command.stdout(Stdio::piped()).stderr(file).spawn().expect("the binary runs");
        let mut stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("stdout can be read");
        let url = line.trim_end().strip_prefix("listening on http");
        let Some(address) = url.and_then(|url| url.trim_start_matches('s').strip_prefix("://")) else {
            let _ = child.kill();
            let status = child.wait();
            let log = std::fs::read_to_string(log).unwrap_or_default();
            panic!("{line:?} instead of `listening on`, {status:?}\n{log}");
        };
        let address = address.parse().expect("ADDR:PORT");
        Self { child: Some(child), stdout, address, log: log.to_owned() }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What is printed on, up to a line that has this text.
    #[track_caller]
    pub fn printed(&mut self, last: &str) -> String {
        let mut printed = String::new();
        while !printed.lines().next_back().is_some_and(|line| line.contains(last)) {
            let read = self.stdout.read_line(&mut printed).expect("stdout can be read");
            assert_ne!(read, 0, "no {last:?} in {printed}");
        }
        printed
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    pub fn kill(mut self) {
        self.end();
    }

    /// Sends SIGTERM only; the process goes on as long as it needs to.
    pub fn signal_term(&self) {
        signal("-TERM", self.child.as_ref().expect("not waited for yet").id());
    }

    pub fn terminate(self) -> ExitStatus {
        self.signal_term();
        self.wait()
    }

    /// The same, with all that it logged.
    pub fn terminate_with_log(self) -> (ExitStatus, String) {
        let log = self.log.clone();
        (self.terminate(), std::fs::read_to_string(log).unwrap_or_default())
    }

    /// The end of a process that was told to end.
    pub fn wait(mut self) -> ExitStatus {
        let mut child = self.child.take().expect("not waited for yet");
        let id = child.id();
        let (send, ended) = mpsc::channel();
        std::thread::spawn(move || send.send(child.wait()));
        let Ok(status) = ended.recv_timeout(SHUTDOWN) else {
            signal("-KILL", id);
            panic!("still there {SHUTDOWN:?} after SIGTERM\n{}", self.log());
        };
        status.expect("the process can be waited for")
    }

    fn end(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
        if std::thread::panicking() {
            eprintln!("--- server log\n{}", self.log());
        }
    }
}

fn signal(name: &str, id: u32) {
    let status = Command::new("kill").arg(name).arg(id.to_string()).status();
    assert!(status.is_ok_and(|status| status.success()), "kill {name} {id}");
}
