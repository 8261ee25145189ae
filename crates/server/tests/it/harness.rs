//! Runs the real binary on a database of its own, and talks to it like a caller or an operator would.

pub mod answers;
pub mod bodies;
pub mod http;
pub mod in_process;
pub mod load;
pub mod mail_server;
pub mod postgres;
pub mod process;
pub mod receiver;
pub mod signed_in;
pub mod store_file;
pub mod temp;

pub use bodies::{email, tasks, whatsapp};
pub use http::{Connection, Request, Response};
pub use in_process::{AheadClock, InProcess};
pub use load::{answered, at_once, until};
pub use mail_server::{Handed, MailServer};
pub use process::{Output, Server};
pub use receiver::{Receiver, Reply};
pub use signed_in::SignedIn;
pub use store_file::{Agent, StoreFile, Team};
pub use temp::TempDir;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitStatus;

/// The store of the contract's own sample.
pub const STORE: &str = "p60HYv5wjgQaOrPdqT5NjbpkroD2";
/// The customer of the contract's own sample.
pub const CUSTOMER: &str = "5233549";
pub const CREATE: &str = "/integrations/bikPlatformFunctions-createAndAssignTicket";

/// One installation: a data folder, a key of its first store and, mostly, a running server.
pub struct Rota {
    // Declared before the folder, so that the process is gone before its files are.
    server: Option<Server>,
    serve_options: Vec<String>,
    token: String,
    store: String,
    /// Where the database is, unless it is a file in the data folder.
    postgres: Option<postgres::Database>,
    dir: TempDir,
}

impl Rota {
    /// A server with the usual store.
    pub fn start() -> Self {
        Self::with(StoreFile::default())
    }

    pub fn with(file: StoreFile) -> Self {
        Self::with_options(file, &[])
    }

    /// A server started with more options of `serve`.
    pub fn with_options(file: StoreFile, options: &[&str]) -> Self {
        let mut rota = Self::prepared(file);
        rota.serve_options = options.iter().map(ToString::to_string).collect();
        rota.restart();
        rota
    }

    /// Store and key are there, the server isn't.
    pub fn prepared(file: StoreFile) -> Self {
        Self::empty().prepare(&file)
    }

    /// The same on a PostgreSQL database.
    pub fn on_postgres(database: postgres::Database, file: &StoreFile) -> Self {
        Self { postgres: Some(database), ..Self::empty() }.prepare(file)
    }

    /// The same installation, whose database is now this one.
    pub fn moved_to_postgres(self, database: postgres::Database) -> Self {
        Self { postgres: Some(database), ..self }
    }

    /// A server with the store of a file as it is written.
    pub fn of_text(store: &str, text: &str) -> Self {
        let mut rota = Self::empty();
        rota.store = store.to_owned();
        rota.apply_text(text, &[]).succeeded();
        rota.token = rota.key(&[]);
        rota.restart();
        rota
    }

    fn prepare(mut self, file: &StoreFile) -> Self {
        self.store.clone_from(&file.id);
        self.apply(file).succeeded();
        self.token = self.key(&[]);
        self
    }

    /// Not even a database.
    pub fn empty() -> Self {
        Self {
            server: None,
            serve_options: Vec::new(),
            token: String::new(),
            store: STORE.to_owned(),
            postgres: None,
            dir: TempDir::new(),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file into the data folder and tells its path.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::write(&path, content).expect("the data folder takes a file");
        path.into_os_string().into_string().expect("a path in UTF-8")
    }

    pub fn database(&self) -> String {
        match &self.postgres {
            Some(database) => database.url(),
            None => format!("sqlite:{}", self.path("rota.db").display()),
        }
    }

    /// The PostgreSQL database itself.
    pub fn postgres(&self) -> &postgres::Database {
        self.postgres.as_ref().expect("made on PostgreSQL")
    }

    /// One more server on this database.
    pub fn node(&self, options: &[&str]) -> Server {
        let options: Vec<String> = options.iter().map(ToString::to_string).collect();
        Server::start(&self.database(), &options, &self.path("server.log"))
    }

    /// Runs a command on this database to its end.
    pub fn cli(&self, args: &[&str]) -> Output {
        process::run(args, &self.database())
    }

    /// Runs a command on another database in the data folder.
    pub fn cli_on(&self, database: &str, args: &[&str]) -> Output {
        process::run(args, &format!("sqlite:{}", self.path(database).display()))
    }

    pub fn apply(&self, file: &StoreFile) -> Output {
        self.apply_with(file, &[])
    }

    pub fn apply_with(&self, file: &StoreFile, options: &[&str]) -> Output {
        self.apply_text(&file.render(), options)
    }

    pub fn apply_text(&self, text: &str, options: &[&str]) -> Output {
        let path = self.file("store.toml", text);
        let mut args = vec!["apply", &path];
        args.extend(options);
        self.cli(&args)
    }

    /// Makes another key of the first store; the answer is its AUTH_TOKEN.
    pub fn key(&self, options: &[&str]) -> String {
        self.key_of(&self.store, options)
    }

    pub fn key_of(&self, store: &str, options: &[&str]) -> String {
        let mut args = vec!["key", "create", "--store", store];
        args.extend(options);
        self.cli(&args).succeeded().stdout.trim_end().to_owned()
    }

    pub fn token(&self) -> &str {
        &self.token
    }

    pub fn server(&self) -> &Server {
        self.server.as_ref().expect("the server runs")
    }

    pub fn address(&self) -> SocketAddr {
        self.server().address()
    }

    /// SIGKILL: nothing is finished, nothing is said.
    pub fn kill(&mut self) {
        self.server.take().expect("the server runs").kill();
    }

    /// SIGTERM, and how the server ended; more than 10 s for it is a failure.
    pub fn terminate(&mut self) -> ExitStatus {
        self.server.take().expect("the server runs").terminate()
    }

    /// Starts the server, again where it has run before, on the same database.
    pub fn restart(&mut self) {
        if let Some(server) = self.server.take() {
            server.kill();
        }
        self.server = Some(Server::start(&self.database(), &self.serve_options, &self.path("server.log")));
    }

    /// Every ticket in id order, as the command prints them.
    pub fn tickets(&self) -> Vec<Value> {
        listed(self.cli(&self.list()))
    }

    /// The same of another database in the data folder.
    pub fn tickets_in(&self, database: &str) -> Vec<Value> {
        listed(self.cli_on(database, &self.list()))
    }

    fn list(&self) -> [&str; 5] {
        ["ticket", "list", "--store", &self.store, "--json"]
    }

    /// The last ticket's object.
    pub fn last_ticket(&self) -> Value {
        self.tickets().pop().expect("there is a ticket")
    }

    /// A create call with the usual headers; the body is still to be set.
    pub fn request(&self) -> Request {
        self.request_to(CREATE)
    }

    pub fn request_to(&self, path: &str) -> Request {
        Request::post(path).authorization(&self.token).header("Content-Type", "application/json")
    }

    pub fn connect(&self) -> Connection {
        Connection::open(self.address())
    }

    /// Sends on a connection of its own.
    pub fn send(&self, request: &Request) -> Response {
        self.connect().call(request)
    }

    pub fn create(&self, body: &Value) -> Response {
        self.send(&self.request().json(body))
    }

    /// What the server would decide now; nothing is written.
    pub fn dry_run(&self, body: &Value) -> Response {
        self.send(&self.request().header("Rota-Dry-Run", "true").json(body))
    }

    /// Creates a ticket and tells whom it was given to.
    pub fn assigned(&self, body: &Value) -> Option<i64> {
        let response = self.create(body);
        assert_eq!(response.status, 200, "{response}");
        response.agent()
    }
}

fn listed(output: Output) -> Vec<Value> {
    let output = output.succeeded();
    output.stdout.lines().map(|line| serde_json::from_str(line).expect("one JSON object a line")).collect()
}

/// KEY and SECRET of an AUTH_TOKEN.
pub fn key_and_secret(token: &str) -> (String, String) {
    let bytes = STANDARD.decode(token).expect("AUTH_TOKEN is base64");
    let text = String::from_utf8(bytes).expect("KEY:SECRET is text");
    let (key, secret) = text.split_once(':').expect("KEY:SECRET has a colon");
    (key.to_owned(), secret.to_owned())
}

pub fn token_of(credentials: &str) -> String {
    STANDARD.encode(credentials)
}
