//! A server in the test's own process that mails, and whose clock the test sets forward.

use crate::harness::{
    Agent, AheadClock, Connection, Handed, InProcess, MailServer, Request, Rota, STORE, SignedIn, StoreFile,
    tasks, until,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rota::config::Settings;
use rota::store::sqlite::Place;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

pub const FROM: &str = "Desk <desk@shop.example>";

pub struct Mailed {
    server: InProcess,
    pub rota: Rota,
    token: String,
    pub clock: Arc<AheadClock>,
}

impl Mailed {
    /// The usual store with an agent who takes every ticket and an admin who takes none.
    pub fn start(server: &MailServer) -> Self {
        let agents = [Agent::online(0), Agent::offline(1).role("admin")];
        Self::of(server, StoreFile::default().teams([]).agents(agents))
    }

    pub fn of(server: &MailServer, file: StoreFile) -> Self {
        Self::with(
            Settings { smtp_url: Some(server.url().parse().expect("an address")), ..Settings::default() },
            file,
        )
    }

    pub fn with(settings: Settings, file: StoreFile) -> Self {
        let rota = Rota::prepared(file);
        let token = rota.key(&["--scope", "desk"]);
        let clock = Arc::new(AheadClock::default());
        let settings = Settings {
            database: Some(rota.database()),
            mail_from: Some(FROM.parse().expect("an address")),
            ..settings
        };
        let server = InProcess::with(&Place::file(rota.path("rota.db")), settings, clock.clone());
        let mailed = Self { server, rota, token, clock };
        // What happens before the store's mail is looked at for the first time is not mailed.
        mailed.looks();
        mailed
    }

    /// Once the store's mail was looked at.
    fn looks(&self) {
        let db = rusqlite::Connection::open(self.rota.path("rota.db")).expect("the file opens");
        let count = || db.query_row("SELECT count(*) FROM mailing", [], |row| row.get::<_, i64>(0));
        until(Duration::from_secs(20), || (count().expect("a count") > 0).then_some(()));
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    pub fn chooses(&self, agent: i64, choice: &[&str]) {
        let email = format!("agent{agent}@shop.example");
        self.rota.cli(&[&["agent", "mail", "--store", STORE, &email], choice].concat()).succeeded();
    }

    pub fn create(&self) -> i64 {
        self.create_of(&tasks())
    }

    pub fn create_of(&self, body: &Value) -> i64 {
        let response = Connection::open(self.server.address()).call(&self.rota.request().json(body));
        assert_eq!(response.status, 200, "{response}");
        response.id()
    }

    /// By the key.
    pub fn note(&self, ticket: i64, text: &str, mentions: &[i64]) {
        let request = Request::post(&format!("/v1/tickets/{ticket}/notes"))
            .authorization(&self.token)
            .header("Content-Type", "application/json")
            .json(&json!({ "text": text, "mentions": mentions }));
        let response = Connection::open(self.server.address()).call(&request);
        assert_eq!(response.status, 200, "{response}");
    }

    pub fn note_by(&self, agent: &SignedIn, ticket: i64, mentions: &[i64]) {
        let note = json!({ "text": "look", "mentions": mentions });
        let response = agent.post(&format!("/v1/tickets/{ticket}/notes"), &note);
        assert_eq!(response.status, 200, "{response}");
    }

    pub fn sign_in(&self, agent: i64) -> SignedIn {
        let link = self.rota.invited(&format!("agent{agent}@shop.example"));
        let accept = crate::harness::signed_in::accept(STORE, &link, crate::harness::signed_in::PASSWORD);
        SignedIn::by(self.server.address(), &Connection::open(self.server.address()).call(&accept))
    }

    #[track_caller]
    pub fn metric(&self, name: &str, value: &str) {
        self.server.metric(name, value);
    }

    #[track_caller]
    pub fn counted(&self, name: &str, least: u64) {
        self.server.counted(name, least);
    }
}

impl Handed {
    /// The text of one that is not all ASCII.
    pub fn decoded(&self) -> String {
        match self.header("Content-Transfer-Encoding").as_str() {
            "base64" => {
                let bytes = STANDARD.decode(self.text().replace('\n', "")).expect("base64");
                String::from_utf8(bytes).expect("UTF-8").replace("\r\n", "\n")
            }
            "quoted-printable" => unquoted(&self.text()),
            _ => self.text(),
        }
    }
}

/// RFC 2045, 6.7.
fn unquoted(text: &str) -> String {
    let (mut bytes, joined) = (Vec::new(), text.replace("=\n", ""));
    let mut rest = joined.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        match (first, after) {
            (b'=', [high, low, after @ ..]) => {
                let hex = String::from_utf8(vec![*high, *low]).expect("ASCII");
                bytes.push(u8::from_str_radix(&hex, 16).expect("two digits"));
                rest = after;
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}
