//! Mail to agents, by a real mail server of the tests' own.

mod failures;
mod harness;
mod servers;

use crate::desk::harness::Desk;
use crate::harness::{Agent, MailServer, STORE, StoreFile, Team, tasks};
use harness::{FROM, Mailed};
use serde_json::{Value, json};
use std::time::Duration;

#[test]
fn a_mail_says_number_kind_and_page_and_nothing_of_the_content() {
    let server = MailServer::start();
    let mailed = Mailed::start(&server);
    mailed.chooses(0, &["--about", "assigned"]);
    let ticket = mailed.create();
    let mail = server.wait(1).remove(0);
    assert_eq!(mail.to(), "agent0@shop.example");
    assert_eq!(mail.subject(), format!("Ticket {ticket} was assigned to you"));
    let page = format!("{}/t/{ticket}\n", mailed.url());
    assert!(
        mail.text().starts_with(&format!("Ticket {ticket} was assigned to you.\n{page}\n-- \n")),
        "{mail:?}"
    );
    assert_eq!(mail.header("From"), FROM);
    assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
    assert!(mail.header("Date").ends_with(" +0000"), "{mail:?}");
    let id = mail.header("Message-ID");
    assert!(id.starts_with("<evt_1_1.100.") && id.ends_with("@shop.example>"), "{id}");
    assert!(mail.header("Content-Type").starts_with("text/plain"), "{mail:?}");
}

#[test]
fn what_a_ticket_says_is_mailed_where_the_store_allows_it() {
    let server = MailServer::start();
    let mailed = Mailed::start(&server);
    mailed.rota.cli(&["settings", "set", "--store", STORE, "--mail-content", "true"]).succeeded();
    let ticket = mailed.create();
    mailed.note(ticket, "please look\nat this नमस्ते", &[101]);
    let mail = server.wait(1).remove(0);
    assert_eq!(mail.to(), "agent1@shop.example");
    assert!(mail.subject().starts_with(&format!("You were mentioned on ticket {ticket}: ")), "{mail:?}");
    let decoded = mail.decoded();
    assert!(decoded.contains("> please look\n> at this नमस्ते\n"), "{decoded}");
    assert!(decoded.contains("Customer: Asha 0\n"), "{decoded}");
}

#[test]
fn mentions_are_mailed_unless_the_agent_says_no_and_assignments_are_not() {
    let server = MailServer::start();
    let mailed = Mailed::start(&server);
    mailed.chooses(0, &["--nothing"]);
    let ticket = mailed.create();
    mailed.note(ticket, "look", &[100, 101]);
    assert_eq!(server.wait(1)[0].subject(), format!("You were mentioned on ticket {ticket}"));
    mailed.chooses(0, &["--usual"]);
    mailed.note(ticket, "look", &[100]);
    let all = server.wait(2);
    assert_eq!(
        all.iter().map(|mail| mail.to()).collect::<Vec<_>>(),
        ["agent1@shop.example", "agent0@shop.example"]
    );
}

#[test]
fn a_burst_is_one_mail_at_once_and_one_after_a_minute() {
    let server = MailServer::start();
    let mailed = Mailed::start(&server);
    mailed.chooses(0, &["--about", "assigned"]);
    mailed.create();
    server.wait(1);
    for _ in 0..5 {
        mailed.create();
    }
    mailed.metric("rota_delivery_pending{to=\"mail\"}", "5");
    assert_eq!(server.handed().len(), 1);
    mailed.clock.travel(Duration::from_secs(61));
    let digest = server.wait(2).remove(1);
    assert_eq!(digest.subject(), "Tickets: 5 assigned to you");
    assert!((2..=6).all(|id| digest.text().contains(&format!("/t/{id}\n"))), "{}", digest.text());
    assert!(digest.header("Message-ID").starts_with("<evt_2_1-evt_6_1.100."), "{digest:?}");
}

#[test]
fn leads_hear_of_what_waits_too_long() {
    let server = MailServer::start();
    let file = StoreFile::default().teams([Team::new(31, "Returns", &[0, 1])]).agents([
        Agent::offline(0),
        Agent::offline(1).role("team_manager"),
        Agent::offline(2).role("team_manager"),
        Agent::offline(3).role("admin"),
    ]);
    let mailed = Mailed::of(&server, file);
    mailed.rota.cli(&["settings", "set", "--store", STORE, "--waiting-too-long", "1m"]).succeeded();
    let ticket = mailed.create_of(&crate::harness::bodies::for_team(31));
    mailed.clock.travel(Duration::from_secs(120));
    let mut to: Vec<String> = server.wait(2).iter().map(|mail| mail.to().to_owned()).collect();
    to.sort_unstable();
    assert_eq!(to, ["agent1@shop.example", "agent3@shop.example"]);
    assert_eq!(server.handed()[0].subject(), format!("Ticket {ticket} has been waiting too long"));
}

#[test]
fn each_chooses_for_themselves() {
    let desk = Desk::with(
        StoreFile::default().teams([]).agents([Agent::online(0), Agent::offline(3).role("admin")]),
    );
    let path = "/v1/session/notifications";
    let [agent, admin] = [0, 3].map(|number| desk.rota.sign_in(&format!("agent{number}@shop.example")));
    let shown = |assigned: bool, mentioned: bool, waiting: bool, chosen: bool| {
        let mail = json!({ "assigned": assigned, "mentioned": mentioned, "waitingTooLong": waiting });
        json!({ "mail": mail, "chosen": chosen, "sent": false })
    };
    assert_eq!(agent.get(path).json(), shown(false, true, false, false));
    assert_eq!(admin.get(path).json(), shown(false, true, true, false));
    let put = |body: &Value| agent.send(&agent.request("PUT", path).json(body));
    let mail = json!({ "mail": { "assigned": true, "mentioned": false, "waitingTooLong": true } });
    let chosen = put(&mail);
    assert_eq!((chosen.status, chosen.json()), (200, shown(true, false, true, true)));
    assert_eq!(agent.get(path).json(), shown(true, false, true, true));
    assert_eq!(admin.get(path).json(), shown(false, true, true, false), "another's own");
    assert_eq!(put(&json!({ "mail": null })).json(), shown(false, true, false, false));
    for wrong in [json!({ "mail": { "assigned": true } }), json!({ "mail": 1 }), json!({ "sms": null })] {
        assert_eq!(put(&wrong).status, 400, "{wrong}");
    }
    assert_eq!(
        Desk::refused(&desk.get(path)),
        (403, "forbidden".into()),
        "a key has nothing to be mailed about"
    );
}

#[test]
fn nobody_is_mailed_about_their_own_deed() {
    let server = MailServer::start();
    let agents = [Agent::online(0).role("admin"), Agent::offline(1).role("admin")];
    let mailed = Mailed::of(&server, StoreFile::default().teams([]).agents(agents));
    for agent in [0, 1] {
        mailed.chooses(agent, &["--about", "assigned,mentioned"]);
    }
    let ticket = mailed.create_of(&tasks());
    assert_eq!(server.wait(1)[0].to(), "agent0@shop.example");
    let own = mailed.sign_in(1);
    let assign = own.post(&format!("/v1/tickets/{ticket}/assign"), &json!({ "agentId": 101 }));
    assert_eq!(assign.status, 200, "{assign}");
    mailed.note_by(&own, ticket, &[101]);
    mailed.clock.travel(Duration::from_secs(61));
    mailed.note_by(&own, ticket, &[100, 101]);
    let all = server.wait(2);
    assert_eq!(all[1].to(), "agent0@shop.example");
    assert_eq!(all.len(), 2);
}

#[test]
fn nobody_is_mailed_about_a_ticket_that_they_may_not_see() {
    let server = MailServer::start();
    let file = StoreFile::default().teams([]).agents([
        Agent::online(0),
        Agent::offline(1),
        Agent::offline(2).role("admin"),
    ]);
    let mailed = Mailed::of(&server, file);
    let ticket = mailed.create();
    mailed.note(ticket, "look", &[101, 102]);
    assert_eq!(server.wait(1)[0].to(), "agent2@shop.example");
    mailed.metric("rota_delivery_pending{to=\"mail\"}", "0");
    assert_eq!(server.handed().len(), 1);
}
