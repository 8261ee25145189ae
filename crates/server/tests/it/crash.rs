//! Ends of all kinds under load: nothing that was answered is lost, nothing is stored twice.

use crate::concurrency::{assert_gap_free, assert_strict_turns};
use crate::harness::bodies::with_context;
use crate::harness::{Agent, Connection, Request, Rota, StoreFile, tasks};
use serde_json::Value;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

const AGENTS: usize = 5;
const CALLERS: usize = 16;
const KILLS: usize = 10;

/// A ticket's context, and the number and agent that the caller was told.
pub type Answered = (String, i64, Option<i64>);

fn rota() -> Rota {
    Rota::with(StoreFile::default().agents((0..AGENTS as i64).map(Agent::online)))
}

/// Callers that send until their connection ends, and report each 200.
struct Load {
    callers: Vec<JoinHandle<()>>,
    answers: Receiver<Answered>,
}

impl Load {
    fn start(rota: &Rota, round: usize) -> Self {
        let (send, answers) = mpsc::channel();
        let spawn = |caller| {
            let (send, request, address) = (send.clone(), rota.request(), rota.address());
            std::thread::spawn(move || call_on(address, &request, &format!("{round}-{caller}"), &send))
        };
        Self { callers: (0..CALLERS).map(spawn).collect(), answers }
    }

    /// Waits until that many were answered.
    fn answered(&self, count: usize) -> Vec<Answered> {
        let patience = Duration::from_secs(30);
        (0..count).map(|_| self.answers.recv_timeout(patience).expect("callers are answered")).collect()
    }

    /// The callers end by themselves, since the server is gone; everything else that was answered.
    fn rest(self) -> Vec<Answered> {
        for caller in self.callers {
            caller.join().expect("a caller ends well");
        }
        self.answers.iter().collect()
    }
}

fn call_on(address: SocketAddr, request: &Request, name: &str, answers: &Sender<Answered>) {
    let Ok(mut connection) = Connection::try_open(address) else { return };
    for number in 0.. {
        let context = format!("{name}-{number}");
        match connection.try_call(&request.clone().json(&with_context(&context))) {
            Ok(response) if response.status == 200 => {
                let answered = (context, response.id(), response.agent());
                answers.send(answered).expect("the test listens");
            }
            // A server that is stopping may say that it didn't take the ticket.
            Ok(response) => return response.is_error(503),
            Err(_) => return,
        }
    }
}

/// Each answered ticket is stored once, with the number and the agent that were told.
#[track_caller]
pub fn assert_stored(tickets: &[Value], answered: &[Answered]) {
    let mut by_context = HashMap::new();
    for ticket in tickets {
        let context = ticket["context"].as_str().expect("every ticket here has a context");
        assert!(by_context.insert(context, ticket).is_none(), "stored twice: {ticket}");
    }
    for (context, id, agent) in answered {
        let ticket =
            by_context.get(context.as_str()).unwrap_or_else(|| panic!("{id} ({context:.40}) is lost"));
        assert_eq!((ticket["id"].as_i64(), ticket["agentId"].as_i64()), (Some(*id), *agent), "{ticket}");
    }
}

#[test]
fn a_killed_server_has_every_ticket_that_it_answered() {
    let mut rota = rota();
    let mut answered = Vec::new();
    for round in 0..KILLS {
        let load = Load::start(&rota, round);
        // Each round ends elsewhere in the life of a batch.
        answered.extend(load.answered(50 + 17 * round));
        rota.kill();
        answered.extend(load.rest());
        rota.cli(&["check"]).succeeded();
        rota.restart();
    }
    let tickets = rota.tickets();
    assert_stored(&tickets, &answered);
    assert_gap_free(&tickets);
    assert_strict_turns(tickets.iter(), AGENTS);
    rota.cli(&["check"]).succeeded();
    let next = rota.create(&with_context("after")).id();
    assert_eq!(usize::try_from(next).unwrap(), tickets.len() + 1);
}

#[test]
fn a_server_told_to_stop_answers_what_it_stores_and_stores_what_it_answers() {
    let mut rota = rota();
    for round in 0..3 {
        let before = rota.tickets().len();
        let load = Load::start(&rota, round);
        let mut answered = load.answered(100);
        let status = rota.terminate();
        assert_eq!(status.code(), Some(0), "{status}");
        answered.extend(load.rest());
        let tickets = rota.tickets();
        assert_stored(&tickets, &answered);
        assert_eq!(tickets.len() - before, answered.len(), "every stored ticket was answered");
        assert_gap_free(&tickets);
        assert_strict_turns(tickets.iter(), AGENTS);
        rota.cli(&["check"]).succeeded();
        rota.restart();
    }
}

#[test]
fn idle_and_half_sent_connections_do_not_hold_up_the_end() {
    let mut rota = rota();
    let mut idle = rota.connect();
    assert_eq!(idle.call(&rota.request().json(&tasks())).status, 200);
    let silent = rota.connect();
    let mut half = rota.connect();
    half.send(&rota.request().header("Content-Length", "100").head());
    let status = rota.terminate();
    assert_eq!(status.code(), Some(0), "{status}");
    drop((idle, silent, half));
}

#[test]
fn a_stopped_server_takes_no_new_connections() {
    let mut rota = rota();
    let address = rota.address();
    assert!(rota.terminate().success());
    assert!(Connection::try_open(address).is_err());
}

#[test]
fn a_caller_that_hangs_up_harms_nobody() {
    let rota = rota();
    let whole = rota.request().json(&with_context("gone")).bytes();
    for cut in (1..=whole.len()).step_by(23).chain([whole.len()]) {
        let mut connection = rota.connect();
        connection.send(&whole[..cut]);
        if cut % 2 == 0 {
            connection.finish_sending();
        }
        drop(connection);
        assert_eq!(rota.create(&with_context("here")).status, 200);
    }
    // Whether a whole request whose caller left was taken is open; that it is whole is not.
    let tickets = rota.tickets();
    let here = tickets.iter().filter(|ticket| ticket["context"] == "here").count();
    assert_eq!(here, (1..=whole.len()).step_by(23).count() + 1);
    assert_gap_free(&tickets);
    assert_strict_turns(tickets.iter(), AGENTS);
    rota.cli(&["check"]).succeeded();
}

#[test]
fn a_caller_that_stops_in_the_middle_of_its_body_does_not_hold_up_the_others() {
    let rota = rota();
    let mut stuck: Vec<_> = (0..50).map(|_| rota.connect()).collect();
    for connection in &mut stuck {
        connection.send(&rota.request().header("Content-Length", "100").head());
        connection.send(b"{\"channel\":");
    }
    for id in 1..=10 {
        assert_eq!(rota.create(&tasks()).id(), id);
    }
}

#[test]
fn what_is_not_http_is_turned_away_and_harms_nobody() {
    let rota = rota();
    for noise in
        ["\r\n\r\n", "hello\r\n\r\n", "\u{16}\u{3}\u{1}\u{2}", "GET / HTTP/9.9\r\n\r\n", "POST  / \r\n\r\n"]
    {
        let mut connection = rota.connect();
        connection.send(noise.as_bytes());
        connection.finish_sending();
        let answer = connection.remainder();
        assert!(
            answer.is_empty() || answer.starts_with(b"HTTP/1.1 4"),
            "{}",
            String::from_utf8_lossy(&answer)
        );
    }
    assert_eq!(rota.create(&tasks()).id(), 1);
}
