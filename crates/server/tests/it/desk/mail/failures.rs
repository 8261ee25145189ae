//! A mail server that is down, refuses, dawdles; a server that is killed.

use super::harness::{FROM, Mailed};
use crate::harness::{Agent, MailServer, Receiver, Reply, Rota, STORE, StoreFile, tasks, until};
use rota::config::Settings;
use serde_json::json;
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

const ALLOW: &str = "--webhook-allow-private=127.0.0.0/8";
const DAY: Duration = Duration::from_secs(24 * 3600);
const FAILED: &str = "rota_delivery_attempts_total{to=\"mail\",outcome=\"failed\"}";
const GIVEN_UP: &str = "rota_delivery_attempts_total{to=\"mail\",outcome=\"given_up\"}";
const PENDING: &str = "rota_delivery_pending{to=\"mail\"}";

#[test]
fn a_server_that_was_down_is_told_all_as_one_once_it_is_up() {
    let server = MailServer::start();
    let port = server.port();
    let mailed = Mailed::start(&server);
    drop(server);
    mailed.chooses(0, &["--about", "assigned"]);
    for _ in 0..3 {
        mailed.create();
    }
    mailed.metric(PENDING, "3");
    let server = MailServer::at(port);
    mailed.clock.travel(Duration::from_secs(3600));
    let mails = server.wait(1);
    assert_eq!(mails[0].subject(), "Tickets: 3 assigned to you");
    mailed.metric(PENDING, "0");
    assert_eq!(server.handed().len(), 1);
}

#[test]
fn what_is_refused_is_given_up_and_holds_up_nobody_else() {
    let mut server = MailServer::start();
    server.answer(&json!({ "rcpt": { "agent0@shop.example": "550 5.1.1 nobody of that name" } }));
    let mailed = Mailed::start(&server);
    let ticket = mailed.create();
    mailed.note(ticket, "look", &[100, 101]);
    assert_eq!(server.wait(1)[0].to(), "agent1@shop.example");
    mailed.metric(GIVEN_UP, "1");
    mailed.metric(PENDING, "0");
}

#[test]
fn what_is_put_off_is_tried_again_under_the_same_id_for_three_days() {
    let mut server = MailServer::start();
    server.answer(&json!({ "data": "451 4.3.0 later" }));
    let mailed = Mailed::start(&server);
    let ticket = mailed.create();
    mailed.note(ticket, "look", &[101]);
    mailed.counted(FAILED, 1);
    mailed.metric(PENDING, "1");
    mailed.clock.travel(Duration::from_secs(10));
    mailed.counted(FAILED, 2);
    let tried = server.wait(2);
    assert_eq!(tried[0].header("Message-ID"), tried[1].header("Message-ID"));
    mailed.clock.travel(3 * DAY);
    mailed.metric(PENDING, "0");
    server.answer(&json!({}));
    mailed.note(ticket, "look again", &[101]);
    let after = server.wait(server.handed().len() + 1);
    assert_ne!(after[after.len() - 1].header("Message-ID"), tried[0].header("Message-ID"));
}

#[test]
fn a_slow_mail_server_delays_nothing_else() {
    let mut server = MailServer::start();
    server.answer(&json!({ "delay": 3600 }));
    let receiver = Receiver::start(|_| Reply::Status(200));
    let settings = Settings {
        smtp_url: Some(server.url().parse().expect("an address")),
        webhook_allow_private: vec!["127.0.0.0/8".parse().expect("a range")],
        ..Settings::default()
    };
    let mailed = Mailed::with(settings, StoreFile::default().teams([]).agents([Agent::online(0)]));
    mailed.chooses(0, &["--about", "assigned"]);
    let hook = ["webhook", "add", "--store", STORE, &receiver.url(), "--type", "ticket.created", ALLOW];
    mailed.rota.cli(&hook).succeeded();
    mailed.create();
    server.wait(1);
    for ticket in 2..=10 {
        mailed.create();
        until(Duration::from_secs(10), || (receiver.count() >= ticket).then_some(()));
    }
}

#[test]
fn a_server_that_is_killed_in_the_middle_loses_no_mail() {
    let mut server = MailServer::start();
    server.answer(&json!({ "delay": 1 }));
    let agents: Vec<Agent> = (0..8).map(Agent::online).collect();
    let file = StoreFile::default().teams([]).agents(agents);
    let url = format!("--smtp-url={}", server.url());
    let mut rota = Rota::with_options(file, &[&url, &format!("--mail-from={FROM}")]);
    for agent in 0..8 {
        let email = format!("agent{agent}@shop.example");
        rota.cli(&["agent", "mail", "--store", STORE, &email, "--about", "assigned"]).succeeded();
    }
    looked_at(&rota);
    for round in 1..=3 {
        for _ in 0..8 {
            assert_eq!(rota.create(&tasks()).status, 200);
        }
        server.wait(round * 2);
        rota.kill();
        rota.restart();
    }
    server.answer(&json!({}));
    let told = until(Duration::from_secs(150), || {
        let told: BTreeSet<i64> = server.handed().iter().flat_map(|mail| tickets(&mail.text())).collect();
        (told.len() == 24).then_some(told)
    });
    assert_eq!(told, (1..=24).collect());
    // What came again has the id that it had before.
    let mut ids: HashMap<String, BTreeSet<i64>> = HashMap::new();
    for mail in server.handed() {
        let told: BTreeSet<i64> = tickets(&mail.text()).into_iter().collect();
        assert_eq!(ids.entry(mail.header("Message-ID")).or_insert_with(|| told.clone()), &told);
    }
}

/// The tickets that a mail tells of.
fn tickets(text: &str) -> Vec<i64> {
    text.lines().filter_map(|line| line.rsplit_once("/t/")?.1.parse().ok()).collect()
}

/// Once the store's mail was looked at for the first time.
fn looked_at(rota: &Rota) {
    let db = rusqlite::Connection::open(rota.path("rota.db")).expect("the file opens");
    let count = || db.query_row("SELECT count(*) FROM mailing", [], |row| row.get::<_, i64>(0));
    until(Duration::from_secs(20), || (count().expect("a count") > 0).then_some(()));
}

#[test]
fn what_is_more_than_one_mail_tells_of_is_put_off_with_it() {
    let mut server = MailServer::start();
    server.answer(&json!({ "data": "451 4.3.0 later" }));
    let mailed = Mailed::start(&server);
    mailed.chooses(0, &["--about", "assigned"]);
    for _ in 0..60 {
        mailed.create();
    }
    mailed.counted(FAILED, 1);
    // This is counted every five seconds: meanwhile it is tried once or twice more, and not without end.
    mailed.metric(PENDING, "60");
    assert!(server.handed().len() < 10, "{} tries", server.handed().len());
    server.answer(&json!({}));
    mailed.clock.travel(Duration::from_secs(3600));
    mailed.counted("rota_delivery_attempts_total{to=\"mail\",outcome=\"delivered\"}", 1);
    mailed.clock.travel(Duration::from_secs(61));
    mailed.metric(PENDING, "0");
}
