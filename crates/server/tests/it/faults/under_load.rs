//! Faults of all kinds, one after another, while callers go on calling.

use super::{AGENTS, CALLERS, Site, create};
use crate::concurrency::{assert_gap_free, assert_strict_turns};
use crate::crash::{Answered, assert_stored};
use crate::fault_vfs::{Call, Failure, Fault};
use crate::harness::{Connection, until};
use crate::seeded;
use serde_json::Value;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const ROUNDS: usize = 40;
const PATIENCE: Duration = Duration::from_secs(30);

/// What callers were told so far.
#[derive(Clone, Default)]
struct Told {
    answered: Vec<Answered>,
    refused: Vec<String>,
    unknown: usize,
}

impl Told {
    fn count(&self) -> usize {
        self.answered.len() + self.refused.len() + self.unknown
    }

    /// Answered tickets are stored as told, refused ones are not; of the unknown ones either is right.
    #[track_caller]
    fn is_true_of(&self, tickets: &[Value]) {
        assert_stored(tickets, &self.answered);
        for context in &self.refused {
            assert!(
                tickets.iter().all(|ticket| ticket["context"] != context.as_str()),
                "{context} was refused"
            );
        }
        assert_gap_free(tickets);
        assert_strict_turns(tickets.iter(), AGENTS);
    }
}

fn call_on(site: &Site, caller: usize, told: &Mutex<Told>, stop: &AtomicBool) {
    let mut connection = Connection::open(site.served.address());
    for number in 0.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let context = format!("{caller}-{number}");
        let response = connection.call(&create(&site.rota, &context));
        let mut told = told.lock().unwrap();
        match response.status {
            200 => told.answered.push((context, response.id(), response.agent())),
            503 => told.refused.push(context),
            500 if response.header("rota-outcome") == Some("unknown") => told.unknown += 1,
            _ => panic!("{response}"),
        }
    }
}

/// Some fault that lasts for a few calls and begins soon.
fn any_fault(rng: &mut impl FnMut() -> u64) -> Fault {
    let (call, failure) = [
        (Call::Write, Failure::DiskFull),
        (Call::Write, Failure::Write),
        (Call::Sync, Failure::Fsync),
        (Call::Read, Failure::Read),
    ][(rng() % 4) as usize];
    let few = if call == Call::Sync { 4 } else { 20 };
    Fault::every(call, failure).after(rng() % few).times(1 + rng() % few)
}

fn disturb(site: &Site, told: &Mutex<Told>, rng: &mut impl FnMut() -> u64) {
    for round in 0..ROUNDS {
        let fault = site.vfs.fail(any_fault(rng));
        let calls = told.lock().unwrap().count() + 3 * CALLERS;
        until(PATIENCE, || (told.lock().unwrap().count() > calls).then_some(()));
        let before = told.lock().unwrap().clone();
        let cut = site.vfs.cut();
        drop(fault);
        if round % 10 == 0 {
            let folder = format!("cut-{round}");
            cut.leave_torn(&site.rota.path(&folder), rng).unwrap();
            let database = format!("{folder}/rota.db");
            site.rota.cli_on(&database, &["check"]).succeeded();
            before.is_true_of(&site.rota.tickets_in(&database));
        }
    }
}

#[test]
fn whatever_fails_under_load_what_callers_were_told_is_true() {
    let (site, told, stop) = (Site::start("under-load"), Mutex::<Told>::default(), AtomicBool::new(false));
    let mut rng = seeded::draws(seeded::fresh());
    std::thread::scope(|scope| {
        for caller in 0..CALLERS {
            let (site, told, stop) = (&site, &told, &stop);
            scope.spawn(move || call_on(site, caller, told, stop));
        }
        let disturbed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            disturb(&site, &told, &mut rng);
        }));
        stop.store(true, Ordering::Relaxed);
        disturbed.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
    let told = told.into_inner().unwrap();
    assert!(!told.answered.is_empty() && !told.refused.is_empty(), "faults struck, and passed");
    told.is_true_of(&site.sound_tickets());
    assert_eq!(site.create("after").status, 200);
}
