//! A thousand agents come and go on three nodes under load, and nodes die: nobody is handed a ticket who is not there, none
//! waits that somebody could take, and none is handed out twice.

use super::callers::Callers;
use super::three;
use crate::harness::{
    Agent, Connection, Request, Rota, Server, StoreFile, answered, at_once, postgres, until,
};
use jiff::Timestamp;
use rota::clock::{Clock, SystemClock};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const AGENTS: i64 = 1_000;
/// How long a ticket may wait while somebody could take it: a second (desk 4), and what a busy machine adds.
const HANDED_OUT: Duration = Duration::from_secs(10);
/// How many waiting tickets one pass of a test expects at most to need.
const ALL_OUT: Duration = Duration::from_secs(30);

fn file() -> StoreFile {
    StoreFile::default().agents((0..AGENTS).map(|number| Agent::offline(number).max_open(2)))
}

/// Everybody who works at the desk.
struct People {
    token: String,
    ending: Arc<AtomicBool>,
    nodes: Arc<Mutex<Vec<SocketAddr>>>,
}

impl People {
    fn request(&self, method: &str, path: &str) -> Request {
        let json =
            Request::new(method, path).header("Content-Type", "application/json").header("If-Match", "*");
        json.header("Authorization", format!("Bearer {}", self.token))
    }

    /// One after another they come, close a ticket and go, each time by the next node; who was not answered tries again.
    fn come_and_go(self: &Arc<Self>, clerk: i64, changes: i64) -> JoinHandle<()> {
        let people = self.clone();
        std::thread::spawn(move || {
            for change in 0..changes {
                let agent = 100 + (change * 37 + clerk * 251) % AGENTS;
                let body = match (change + clerk) % 3 {
                    0 => json!({ "status": "away" }),
                    _ => json!({ "status": "online" }),
                };
                let path = format!("/v1/agents/{agent}/availability");
                people.sent(clerk + change, &people.request("PUT", &path).json(&body));
                let ticket = 1 + (change * 13 + clerk * 7) % 500;
                let close = people.request("POST", &format!("/v1/tickets/{ticket}/close"));
                people.sent(clerk + change + 1, &close.json(&json!({})));
            }
        })
    }

    fn sent(&self, number: i64, request: &Request) {
        until(ALL_OUT, || {
            let nodes = self.nodes.lock().expect("no test panicked");
            let node = nodes[usize::try_from(number).expect("counts up") % nodes.len()];
            drop(nodes);
            let response = Connection::try_open(node).ok()?.try_call(request).ok()?;
            [200, 404, 409].contains(&response.status).then_some(())
        });
    }

    /// Looks at the floor again and again: the ticket that waits longest goes within its time while somebody is free. Answers
    /// how often it looked.
    fn watch(self: &Arc<Self>) -> JoinHandle<usize> {
        let people = self.clone();
        std::thread::spawn(move || {
            let (mut looks, mut since): (usize, Option<(Value, Instant)>) = (0, None);
            while !people.ending.load(Ordering::Relaxed) {
                let node = people.nodes.lock().expect("no test panicked")[0];
                let asked = Instant::now();
                let floor = Connection::try_open(node)
                    .and_then(|mut node| node.try_call(&people.request("GET", "/v1/floor")));
                let Some(floor) = floor.ok().filter(|floor| floor.status == 200) else {
                    since = None;
                    continue;
                };
                let pool = floor.json()["pools"][0].clone();
                looks += 1;
                if pool["waiting"] == 0 || pool["free"] == 0 {
                    since = None;
                    continue;
                }
                let oldest = pool["oldestTicketId"].clone();
                match &since {
                    Some((ticket, first)) if *ticket == oldest => {
                        let waited = asked.duration_since(*first);
                        assert!(waited <= HANDED_OUT, "ticket {ticket} waits for {waited:?}: {pool}");
                    }
                    _ => since = Some((oldest, Instant::now())),
                }
            }
            looks
        })
    }
}

fn count(rota: &Rota, sql: &str) -> i64 {
    rota.postgres().sql(sql).parse().expect("a count")
}

/// Every decision, with the version of the roster that it was made by.
const DECISIONS: &str = "
    WITH decisions AS (
        SELECT store_id, receipt::json AS receipt FROM tickets
        UNION ALL SELECT store_id, receipt::json FROM timeline WHERE kind = 'handed_out'
    ), chosen AS (
        SELECT store_id, (receipt->>'chosen')::bigint AS agent, (receipt->>'version')::bigint AS version,
               receipt->'seats'->-1 AS seat
        FROM decisions WHERE receipt->>'chosen' IS NOT NULL
    )";

/// Those whose agent was not there by the roster of that version, or was at their limit.
#[track_caller]
fn assert_all_were_eligible(rota: &Rota) {
    let absent = count(
        rota,
        &format!(
            "{DECISIONS} SELECT count(*) FROM chosen c WHERE NOT (
                 SELECT h.online AND h.active FROM agent_history h
                 WHERE h.store_id = c.store_id AND h.agent_id = c.agent AND h.roster_version <= c.version
                 ORDER BY h.roster_version DESC LIMIT 1)"
        ),
    );
    assert_eq!(absent, 0, "given to somebody who was not there");
    let full = format!("{DECISIONS} SELECT count(*) FROM chosen WHERE (seat->>2)::int >= (seat->>3)::int");
    assert_eq!(count(rota, &full), 0, "given to somebody at their limit");
}

#[track_caller]
fn assert_handed_out_once(rota: &Rota) {
    let twice = "SELECT count(*) FROM (SELECT FROM timeline WHERE kind = 'handed_out'
                 GROUP BY store_id, ticket_id HAVING count(*) > 1) AS twice";
    assert_eq!(count(rota, twice), 0, "handed out twice");
    let owned = "SELECT count(*) FROM timeline l WHERE kind = 'handed_out' AND EXISTS (
                     SELECT FROM tickets t WHERE t.store_id = l.store_id AND t.id = l.ticket_id
                     AND t.receipt::json->>'chosen' IS NOT NULL)";
    assert_eq!(count(rota, owned), 0, "handed out though it was given to somebody at once");
}

#[test]
fn a_thousand_agents_come_and_go_while_nodes_die() {
    let rota = Rota::on_postgres(postgres::Database::new(), &file());
    let token = rota.key(&["--scope", "desk"]);
    let mut nodes = three(&rota, &[]);
    let addresses = Arc::new(Mutex::new(nodes.iter().map(Server::address).collect::<Vec<_>>()));
    let people = Arc::new(People { token, ending: Arc::default(), nodes: addresses.clone() });
    let callers = Callers::with_keys(&rota, &nodes, 8, "call");
    let mut answered = callers.answered(200);
    let watcher = people.watch();
    let clerks: Vec<_> = (0..4).map(|clerk| people.come_and_go(clerk, 250)).collect();
    for round in 0..2 {
        answered.extend(callers.answered(400 + 100 * round));
        nodes.pop().expect("three nodes").kill();
        nodes.insert(1, rota.node(&[]));
        *addresses.lock().expect("no test panicked") = nodes.iter().map(Server::address).collect();
    }
    for clerk in clerks {
        clerk.join().expect("everybody was answered");
    }
    answered.extend(callers.end());
    people.ending.store(true, Ordering::Relaxed);
    assert!(watcher.join().expect("nothing waited for nothing") > 10, "the floor was looked at");
    assert!(count(&rota, "SELECT count(*) FROM timeline WHERE kind = 'handed_out'") > 100);
    assert_all_were_eligible(&rota);
    assert_handed_out_once(&rota);
    assert!(answered.len() > 1_000);
    rota.cli(&["check"]).succeeded();
}

#[test]
fn what_waits_is_handed_out_at_the_end_of_leave_and_not_before() {
    let file = StoreFile::default().agents((0..4).map(Agent::online));
    let rota = Rota::on_postgres(postgres::Database::new(), &file);
    let nodes = three(&rota, &[]);
    let on_leave_to = |to: Timestamp| {
        let leave = json!([{ "from": SystemClock.now(), "to": to }]);
        rota.postgres().sql(&format!(
            "UPDATE agents SET leave = '{leave}'; UPDATE routing SET roster_version = roster_version + 1"
        ));
    };
    on_leave_to("2099-01-01T00:00:00Z".parse().expect("a time"));
    let given = at_once(3, |node| {
        let mut connection = Connection::open(nodes[node].address());
        let create = rota.request().json(&crate::harness::tasks());
        (0..4).map(|_| answered(|| connection.call(&create)).agent()).collect::<Vec<_>>()
    });
    assert_eq!(given.concat(), vec![None; 12], "all are on leave");
    let back = SystemClock.now() + jiff::SignedDuration::from_secs(1);
    on_leave_to(back);
    let handed_out = "SELECT count(*) FROM timeline WHERE kind = 'handed_out'";
    until(ALL_OUT, || (SystemClock.now() >= back).then_some(()));
    until(ALL_OUT, || (count(&rota, handed_out) == 12).then_some(()));
    let first = count(&rota, "SELECT min(at) FROM timeline WHERE kind = 'handed_out'");
    assert!(first >= back.as_millisecond(), "nobody was handed a ticket before");
    assert_handed_out_once(&rota);
}
