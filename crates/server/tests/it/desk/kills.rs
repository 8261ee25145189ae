//! Arbitrary commands by many at once, through servers that are killed: what was answered is there once, and every count
//! agrees with the tickets.

use super::harness::Desk;
use crate::harness::{Agent, Connection, Request, Rota, Server, StoreFile, postgres, tasks};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

const TICKETS: usize = 24;
const CLERKS: usize = 8;
const ROUNDS: usize = 5;

fn file() -> StoreFile {
    let limited = |agent: i64| if agent == 0 { Agent::online(0).max_open(3) } else { Agent::online(agent) };
    StoreFile::default().agents((0..4).map(limited))
}

/// Whoever works at the desk in one round, until the server is gone.
struct Clerks {
    clerks: Vec<JoinHandle<Option<Request>>>,
    answered: Receiver<()>,
}

impl Clerks {
    fn start(desk: &Desk, addresses: &[SocketAddr], round: usize) -> Self {
        let (send, answered) = mpsc::channel();
        let spawn = |clerk| {
            let send = send.clone();
            let create = desk.rota.request().json(&tasks());
            let post = |path: &str| desk.request("POST", path);
            let orders = (0..120).map(|number| order(&post, round, clerk, number)).collect();
            let address = addresses[clerk % addresses.len()];
            std::thread::spawn(move || work(address, orders, &create, &send))
        };
        Self { clerks: (0..CLERKS).map(spawn).collect(), answered }
    }

    fn wait_for(&self, answers: usize) {
        for _ in 0..answers {
            self.answered.recv_timeout(Duration::from_secs(30)).expect("clerks are answered");
        }
    }

    /// What was sent and not answered.
    fn unanswered(self) -> Vec<Request> {
        self.clerks.into_iter().filter_map(|clerk| clerk.join().expect("a clerk ends well")).collect()
    }
}

/// Every third order is a note that is found again by its text; the others come in an order that differs by clerk.
fn order(post: &impl Fn(&str) -> Request, round: usize, clerk: usize, number: usize) -> Request {
    let name = format!("{round}-{clerk}-{number}");
    let ticket = (number * (clerk + 1) + round) % TICKETS + 1;
    let other = (ticket + clerk) % TICKETS + 1;
    let agent = 100 + (number + clerk) % 4;
    let (command, body) = match (number % 3, (number / 3 + clerk) % 10) {
        (0, _) => ("notes", json!({ "text": name })),
        (_, 0 | 1) => ("assign", json!({ "agentId": agent })),
        (_, 2) => ("assign", json!({ "agentId": null })),
        (_, 3) => ("pass", json!({ "reason": "busy" })),
        (_, 4) => ("close", json!({})),
        (_, 5) => ("reopen", json!({})),
        (_, 6) => ("snooze", json!({ "until": "2099-01-01T00:00:00Z" })),
        (_, 7) => ("wake", json!({})),
        (_, 8) => ("merge", json!({ "into": other })),
        _ => ("unmerge", json!({})),
    };
    post(&format!("/v1/tickets/{ticket}/{command}")).header("Idempotency-Key", &name).json(&body)
}

/// Ends when the connection does; answers with the order that was not answered.
fn work(
    address: SocketAddr,
    orders: Vec<Request>,
    create: &Request,
    answered: &Sender<()>,
) -> Option<Request> {
    let mut connection = Connection::try_open(address).ok()?;
    for (number, order) in orders.into_iter().enumerate() {
        if number % 10 == 9 && connection.try_call(create).is_err() {
            return None;
        }
        match connection.try_call(&order) {
            Ok(response) => assert!([200, 201, 409, 422].contains(&response.status), "{response}"),
            Err(_) => return Some(order),
        }
        answered.send(()).expect("the test listens");
    }
    None
}

/// Sends what was not answered once more, and holds what is stored against it.
fn assert_kept(desk: &Desk, address: SocketAddr, again: &[Request]) {
    let mut connection = Connection::open(address);
    for request in again {
        let response = connection.call(request);
        assert!([200, 201, 409, 422].contains(&response.status), "{response}");
    }
    let mut notes: HashMap<String, usize> = HashMap::new();
    for ticket in 1..=TICKETS {
        let path = format!("/v1/tickets/{ticket}/timeline");
        let timeline = connection.call(&desk.request("GET", &path)).json();
        let entries = timeline["entries"].as_array().expect("a timeline").iter();
        for note in entries.filter_map(|entry| entry["text"].as_str()) {
            *notes.entry(note.to_owned()).or_default() += 1;
        }
    }
    let twice: Vec<_> = notes.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "noted twice: {twice:?}");
    for (note, last) in last_of_each(&notes) {
        let all = (0..=last).step_by(3).all(|number| notes.contains_key(&format!("{note}-{number}")));
        assert!(all, "a note of {note} before {last} is lost");
    }
    desk.rota.cli(&["check"]).succeeded();
    assert_every_open_ticket_has_a_place(desk);
}

/// Who noted in which round, and the number of the last order of theirs that is there: all before it were answered.
fn last_of_each(notes: &HashMap<String, usize>) -> HashMap<String, usize> {
    let mut last: HashMap<String, usize> = HashMap::new();
    for note in notes.keys() {
        let (who, number) = note.rsplit_once('-').expect("a note's name");
        let number: usize = number.parse().expect("a number");
        let known = last.entry(who.to_owned()).or_default();
        *known = number.max(*known);
    }
    last
}

fn assert_every_open_ticket_has_a_place(desk: &Desk) {
    for ticket in desk.rota.tickets() {
        let (state, agent) = (ticket["state"].as_str().expect("a state"), &ticket["agentId"]);
        match state {
            "owned" => assert!(agent.is_i64(), "{ticket}"),
            "waiting" | "unclaimed" => assert_eq!(*agent, Value::Null, "{ticket}"),
            other => assert!(["snoozed", "closed"].contains(&other), "{ticket}"),
        }
    }
}

#[test]
fn a_killed_server_has_every_command_that_it_answered_once() {
    let mut desk = Desk::with(file());
    for _ in 0..TICKETS {
        desk.rota.create(&tasks());
    }
    let mut again = Vec::new();
    for round in 0..ROUNDS {
        let clerks = Clerks::start(&desk, &[desk.rota.address()], round);
        clerks.wait_for(150 + 71 * round);
        desk.rota.kill();
        again.extend(clerks.unanswered());
        desk.rota.restart();
    }
    assert_kept(&desk, desk.rota.address(), &again);
}

#[test]
fn three_nodes_work_commands_at_once_and_one_after_the_other_is_killed() {
    let rota = Rota::on_postgres(postgres::Database::new(), &file());
    let desk = Desk::on(rota);
    let mut nodes: Vec<Server> = (0..3).map(|_| desk.rota.node(&[])).collect();
    let mut connection = Connection::open(nodes[0].address());
    for _ in 0..TICKETS {
        assert_eq!(connection.call(&desk.rota.request().json(&tasks())).status, 200);
    }
    drop(connection);
    let mut again = Vec::new();
    for round in 0..3 {
        let addresses: Vec<_> = nodes.iter().map(Server::address).collect();
        let clerks = Clerks::start(&desk, &addresses, round);
        clerks.wait_for(150 + 71 * round);
        nodes.remove(0).kill();
        again.extend(clerks.unanswered());
        nodes.push(desk.rota.node(&[]));
    }
    assert_kept(&desk, nodes[0].address(), &again);
}
