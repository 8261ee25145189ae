//! A real mail server on this machine, which answers as its test says.

use super::until;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How long is waited for what has to come.
const PATIENCE: Duration = Duration::from_secs(40);
/// Debian's own, which has the package.
const PYTHON: &str = "/usr/bin/python3";

/// A message as it was handed over.
#[derive(Debug, Clone)]
pub struct Handed(Value);

impl Handed {
    pub fn to(&self) -> &str {
        self.0["to"][0].as_str().expect("somebody it is for")
    }

    pub fn user(&self) -> &Value {
        &self.0["user"]
    }

    fn content(&self) -> &str {
        self.0["content"].as_str().expect("a message")
    }

    /// A header, unfolded.
    pub fn header(&self, name: &str) -> String {
        let (head, _) = self.content().split_once("\r\n\r\n").expect("a head and a body");
        let head = head.replace("\r\n ", " ");
        let found = head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        found.unwrap_or_else(|| panic!("no {name} in {head}")).to_owned()
    }

    pub fn subject(&self) -> String {
        self.header("Subject")
    }

    pub fn text(&self) -> String {
        let (_, body) = self.content().split_once("\r\n\r\n").expect("a head and a body");
        body.replace("\r\n", "\n")
    }
}

/// Ends when it is dropped.
pub struct MailServer {
    child: Child,
    port: u16,
    /// Everything it printed since: messages, and that an answer was set.
    lines: Arc<Mutex<Vec<Value>>>,
}

impl MailServer {
    /// Takes everything, without encryption.
    pub fn start() -> Self {
        Self::with(&json!({}))
    }

    pub fn at(port: u16) -> Self {
        Self::with(&json!({ "port": port }))
    }

    pub fn with(settings: &Value) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/harness/smtpd.py");
        let mut child = Command::new(PYTHON)
            .arg(script)
            .arg(settings.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Debian's Python starts");
        let mut told = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let port = told.next().expect("it starts: `apt-get install python3-aiosmtpd`").expect("a line");
        let lines = Arc::new(Mutex::new(Vec::new()));
        let into = lines.clone();
        std::thread::spawn(move || {
            for line in told.map_while(Result::ok) {
                into.lock().expect("the lines").push(serde_json::from_str(&line).expect("JSON"));
            }
        });
        Self { child, port: port.parse().expect("a port"), lines }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// As `--smtp-url` has it.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}?tls=none", self.port)
    }

    /// What it answers from now on: to recipients, and after a message was handed over; `delay` seconds before the latter.
    pub fn answer(&mut self, answers: &Value) {
        let before = self.count("set");
        let stdin = self.child.stdin.as_mut().expect("a pipe");
        writeln!(stdin, "{answers}").expect("it reads");
        until(PATIENCE, || (self.count("set") > before).then_some(()));
    }

    fn count(&self, member: &str) -> usize {
        self.lines.lock().expect("the lines").iter().filter(|line| line.get(member).is_some()).count()
    }

    /// All messages so far.
    pub fn handed(&self) -> Vec<Handed> {
        let lines = self.lines.lock().expect("the lines");
        lines.iter().filter(|line| line.get("to").is_some()).cloned().map(Handed).collect()
    }

    /// All messages, once they are so many.
    #[track_caller]
    pub fn wait(&self, count: usize) -> Vec<Handed> {
        until(PATIENCE, || Some(self.handed()).filter(|handed| handed.len() >= count))
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
