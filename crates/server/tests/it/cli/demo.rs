//! The demo: whoever starts it can sign in as anybody, and sees its customers write.

use crate::harness::http::EventSource;
use crate::harness::process::binary;
use crate::harness::{Connection, Request, STORE, Server, SignedIn, TempDir};
use serde_json::{Value, json};
use std::collections::BTreeSet;

struct Demo {
    server: Server,
    /// What it printed.
    welcome: String,
    _dir: TempDir,
}

impl Demo {
    fn start(options: &[&str]) -> Self {
        let dir = TempDir::new();
        let data = dir.path().join("demo");
        let mut command = binary();
        command.args(["demo", "--listen", "127.0.0.1:0", "--data"]).arg(&data).args(options);
        let mut server = Server::spawn(command, &dir.path().join("server.log"));
        let welcome = server.printed("Ctrl-C ends the demo.");
        Self { server, welcome, _dir: dir }
    }

    /// Role, mail address and password of everybody it names.
    fn people(&self) -> Vec<[&str; 3]> {
        let words = self.welcome.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        words
            .filter(|words| words.get(1).is_some_and(|word| word.ends_with("@shop.example")))
            .map(|words| words.try_into().expect("role, mail address, password"))
            .collect()
    }

    fn sign_in(&self, email: &str, password: &str) -> SignedIn {
        let body = json!({ "storeId": STORE, "email": email, "password": password });
        let request = Request::post("/v1/session").header("Content-Type", "application/json").json(&body);
        SignedIn::by(self.server.address(), &Connection::open(self.server.address()).call(&request))
    }

    fn admin(&self) -> SignedIn {
        let people = self.people();
        let [_, email, password] = people.iter().find(|[role, ..]| *role == "admin").expect("an admin");
        self.sign_in(email, password)
    }
}

#[test]
fn it_prints_a_sign_in_for_each_role_that_works() {
    let demo = Demo::start(&[]);
    let address = format!("http://{}/s/{STORE}", demo.server.address());
    assert!(demo.welcome.lines().any(|line| line.trim() == address), "{}", demo.welcome);
    let people = demo.people();
    assert_eq!(people.iter().map(|[role, ..]| *role).collect::<Vec<_>>(), ["agent", "team_manager", "admin"]);
    for [role, email, password] in people {
        assert_eq!(demo.sign_in(email, password).answer["agent"]["role"], role);
    }
    let sessions = demo.admin().get("/v1/sessions").json();
    assert_eq!(sessions["items"].as_array().map(Vec::len), Some(2), "none of the demo's own: {sessions}");
    let tickets = demo.admin().get("/v1/tickets").json();
    assert_eq!(tickets["items"], json!([]), "nobody writes who was not asked to");
}

#[test]
fn its_passwords_are_others_each_time_and_stand_nowhere_else() {
    let (one, other) = (Demo::start(&[]), Demo::start(&[]));
    let passwords: BTreeSet<&str> =
        [&one, &other].iter().flat_map(|demo| demo.people()).map(|[.., password]| password).collect();
    assert_eq!(passwords.len(), 6, "{passwords:?}");
    assert!(passwords.iter().all(|password| password.len() == 16), "{passwords:?}");
    let log = one.server.log() + &other.server.log();
    assert!(!passwords.iter().any(|password| log.contains(password)), "{log}");
}

#[test]
fn customers_write_by_themselves_once_they_are_asked_to() {
    let demo = Demo::start(&["--live"]);
    let admin = demo.admin();
    let mut stream = EventSource::open(demo.server.address(), &admin.request("GET", "/v1/stream"));
    while stream.next().expect("it goes on").name != "ticket.created" {}
    while stream.next().expect("it goes on").name != "ticket.created" {}
    let tickets = admin.get("/v1/tickets").json();
    let tickets: Vec<&Value> = tickets["items"].as_array().expect("a list").iter().collect();
    assert!(tickets.len() >= 2, "{tickets:?}");
    let log = demo.server.log();
    assert!(!log.contains("was not heard"), "{log}");
    assert_eq!(demo.server.terminate().code(), Some(0));
}
