//! Faults of the disk while the server runs: the caller is told the truth, and it passes by itself.

mod under_load;
mod unlearned;

use crate::concurrency::{assert_gap_free, assert_strict_turns};
use crate::fault_vfs::{Call, Failure, Fault, FaultVfs};
use crate::harness::bodies::with_context;
use crate::harness::{Agent, CUSTOMER, InProcess, Request, Response, Rota, StoreFile, at_once};
use rota::store::sqlite::Place;
use rusqlite::Connection;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const AGENTS: usize = 3;
const CALLERS: usize = 8;
/// An answer that took this long came from the deadline, not from the fault.
const DEADLINE: Duration = Duration::from_secs(10);
const PUT_CUSTOMER: &str = "/integrations/bikPlatformFunctions-customers/createOrUpdate";
const GET_CUSTOMER: &str = "/integrations/bikPlatformFunctions-customers/get";

/// A served database on a disk that can fail.
struct Site {
    served: InProcess,
    vfs: &'static FaultVfs,
    rota: Rota,
}

impl Site {
    fn start(vfs: &str) -> Self {
        let (vfs, rota) = (FaultVfs::register(vfs), prepared());
        Self { served: InProcess::start(&place(&rota, vfs)), vfs, rota }
    }

    fn send(&self, request: &Request) -> Response {
        crate::harness::Connection::open(self.served.address()).call(request)
    }

    /// The context doubles as the Idempotency-Key.
    fn create(&self, context: &str) -> Response {
        self.send(&create(&self.rota, context))
    }

    fn get_customer(&self) -> Response {
        self.send(&self.rota.request_to(GET_CUSTOMER).json(&json!({ "bikCustomerId": CUSTOMER })))
    }

    fn sound_tickets(&self) -> Vec<Value> {
        sound_tickets(&self.rota)
    }

    fn contexts(&self) -> Vec<String> {
        contexts(&self.sound_tickets())
    }
}

/// The tickets there are, in order, with numbers, turns and everything else as it has to be.
fn sound_tickets(rota: &Rota) -> Vec<Value> {
    rota.cli(&["check"]).succeeded();
    let tickets = rota.tickets();
    assert_gap_free(&tickets);
    assert_strict_turns(tickets.iter(), AGENTS);
    tickets
}

fn contexts(tickets: &[Value]) -> Vec<String> {
    tickets.iter().map(|ticket| ticket["context"].as_str().unwrap().to_owned()).collect()
}

fn prepared() -> Rota {
    Rota::prepared(StoreFile::default().agents((0..AGENTS as i64).map(Agent::online)))
}

fn place(rota: &Rota, vfs: &FaultVfs) -> Place {
    Place { vfs: Some(vfs.name().to_owned()), ..Place::file(rota.path("rota.db")) }
}

fn create(rota: &Rota, context: &str) -> Request {
    rota.request().header("Idempotency-Key", context).json(&with_context(context))
}

#[track_caller]
fn assert_away(response: &Response) {
    response.is_error(503);
    assert!(response.header("retry-after").is_some(), "{response}");
}

/// Callers at once while no write gets through, then one that does.
fn is_told_and_passes(vfs: &str, failure: Failure) {
    let site = Site::start(vfs);
    assert_eq!(site.create("before").id(), 1);
    let fault = site.vfs.fail(Fault::every(Call::Write, failure));
    let begun = Instant::now();
    at_once(CALLERS, |caller| {
        for number in 0..3 {
            assert_away(&site.create(&format!("{caller}-{number}")));
        }
    });
    assert!(begun.elapsed() < DEADLINE, "told by the deadline only");
    assert!(fault.hits() > 0);
    assert_eq!(site.send(&Request::get("/healthz")).status, 200);
    assert_away(&site.send(&Request::get("/readyz")));
    assert_eq!(site.get_customer().status, 200, "reading goes on");
    drop(fault);
    assert_eq!(site.create("after").id(), 2);
    assert_eq!(site.send(&Request::get("/readyz")).status, 200);
    assert_eq!(site.contexts(), ["before", "after"]);
}

#[test]
fn a_full_disk_is_told_and_passes() {
    is_told_and_passes("full", Failure::DiskFull);
}

#[test]
fn a_write_that_fails_is_told_and_passes() {
    is_told_and_passes("write", Failure::Write);
}

#[test]
fn a_database_that_cannot_be_opened_again_is_told_at_once_and_passes() {
    let site = Site::start("reopen");
    assert_eq!(site.create("before").id(), 1);
    // The failed write costs the writer its connection, and without reading there is no other.
    let write = site.vfs.fail(Fault::every(Call::Write, Failure::Write));
    assert_away(&site.create("write"));
    assert!(write.hits() > 0);
    let read = site.vfs.fail(Fault::every(Call::Read, Failure::Read));
    drop(write);
    let begun = Instant::now();
    at_once(CALLERS, |caller| assert_away(&site.create(&caller.to_string())));
    assert!(begun.elapsed() < DEADLINE, "told by the deadline only");
    assert!(read.hits() > 0);
    // More at once than connections are kept, so that some have to open one.
    at_once(CALLERS, |_| {
        let response = site.get_customer();
        assert!([200, 503].contains(&response.status), "{response}");
    });
    drop(read);
    assert_eq!(site.create("after").id(), 2);
    assert_eq!(site.get_customer().status, 200);
    assert_eq!(site.contexts(), ["before", "after"]);
}

#[test]
fn a_lock_held_by_another_program_is_told_and_passes() {
    let site = Site::start("locked");
    assert_eq!(site.create("before").id(), 1);
    let other = Connection::open(site.rota.path("rota.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let begun = Instant::now();
    at_once(CALLERS, |caller| assert_away(&site.create(&caller.to_string())));
    assert!(begun.elapsed() < DEADLINE, "told by the deadline only");
    assert_eq!(site.get_customer().status, 200, "reading goes on");
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(site.create("after").id(), 2);
    assert_eq!(site.contexts(), ["before", "after"]);
}

#[test]
fn a_checkpoint_that_fails_harms_no_call() {
    let site = Site::start("checkpoint");
    let faults = [(Call::Write, Failure::DiskFull), (Call::Sync, Failure::Fsync)]
        .map(|(call, failure)| site.vfs.fail(Fault::every(call, failure).on(".db").times(2)));
    let mut number = 0;
    while faults.iter().any(|fault| fault.hits() < 2) {
        at_once(CALLERS, |caller| {
            // Long contexts fill the log up to its checkpoint soonest.
            let body = with_context(&format!("{:.<60000}", format!("{number}-{caller}")));
            assert_eq!(site.send(&site.rota.request().json(&body)).status, 200);
        });
        number += 1;
    }
    assert_eq!(site.sound_tickets().len(), number * CALLERS);
}
