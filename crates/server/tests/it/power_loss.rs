//! Power cuts under load: what was answered before one is there after it, and nothing is there by halves.

use crate::concurrency::{assert_gap_free, assert_strict_turns};
use crate::crash::{Answered, assert_stored};
use crate::fault_vfs::FaultVfs;
use crate::harness::bodies::{with, with_context};
use crate::harness::{Agent, Connection, InProcess, Request, Rota, StoreFile, until};
use crate::seeded;
use rota::store::sqlite::Place;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

const AGENTS: usize = 5;
const CALLERS: usize = 16;
const PATIENCE: Duration = Duration::from_secs(60);
/// How many of the latest answers are asked for again after a cut: the older ones were synced long before.
const REPEATED: usize = 64;

/// A served database on a disk whose power can be cut.
struct Machine {
    served: InProcess,
    vfs: &'static FaultVfs,
    rota: Rota,
}

impl Machine {
    fn start(vfs: &str) -> Self {
        let rota = Rota::prepared(StoreFile::default().agents((0..AGENTS as i64).map(Agent::online)));
        let vfs = FaultVfs::register(vfs);
        let place = Place { vfs: Some(vfs.name().to_owned()), ..Place::file(rota.path("rota.db")) };
        Self { served: InProcess::start(&place), vfs, rota }
    }

    /// Judges one outcome of a cut before which these calls were answered.
    fn judge(&self, answered: &[Answered], leave: impl FnOnce(&Path) -> io::Result<()>) {
        let folder = self.rota.path("cut");
        leave(&folder).expect("the cut's files are written");
        let database = "cut/rota.db";
        self.rota.cli_on(database, &["check"]).succeeded();
        let tickets = self.rota.tickets_in(database);
        assert_stored(&tickets, answered);
        assert_gap_free(&tickets);
        assert_strict_turns(tickets.iter(), AGENTS);
        self.goes_on(database, answered, tickets.len());
        std::fs::remove_dir_all(folder).expect("the cut's files go away");
    }

    /// The machine starts again: a repeat gets its first answer, and a new ticket the next number and turn.
    fn goes_on(&self, database: &str, answered: &[Answered], stored: usize) {
        let served = InProcess::start(&Place::file(self.rota.path(database)));
        let mut connection = Connection::open(served.address());
        for (context, id, agent) in answered.iter().rev().take(REPEATED) {
            let repeat = connection.call(&create(&self.rota.request(), context));
            assert_eq!((repeat.is_replay(), repeat.id(), repeat.agent()), (true, *id, *agent));
        }
        let next = connection.call(&create(&self.rota.request(), "after the cut"));
        assert_eq!(usize::try_from(next.id()).unwrap(), stored + 1);
        assert_eq!(next.agent(), Some(100 + i64::try_from(stored % AGENTS).unwrap()));
    }
}

/// What stands in front of the context's padding is the Idempotency-Key too.
fn create(request: &Request, context: &str) -> Request {
    let key = context.trim_end_matches('.').replace(' ', "-");
    let body = with(with_context(context), "labelIds", vec![7]);
    request.clone().header("Idempotency-Key", key).json(&body)
}

/// Callers that send until they are told to stop.
struct Load {
    callers: Vec<JoinHandle<()>>,
    answered: Arc<Mutex<Vec<Answered>>>,
    stop: Arc<AtomicBool>,
}

impl Load {
    /// Contexts are as long as given.
    fn start(machine: &Machine, length: usize) -> Self {
        let (answered, stop) = (Arc::<Mutex<Vec<Answered>>>::default(), Arc::<AtomicBool>::default());
        let spawn = |caller: usize| {
            let (answered, stop) = (answered.clone(), stop.clone());
            let (request, address) = (machine.rota.request(), machine.served.address());
            std::thread::spawn(move || {
                let mut connection = Connection::open(address);
                let contexts = (0..).map(|number| format!("{:.<length$}", format!("{caller}-{number}")));
                for context in contexts.take_while(|_| !stop.load(Ordering::Relaxed)) {
                    let response = connection.call(&create(&request, &context));
                    answered.lock().unwrap().push((context, response.id(), response.agent()));
                }
            })
        };
        Self { callers: (0..CALLERS).map(spawn).collect(), answered, stop }
    }

    /// How many were answered; to be asked before a cut, so that they are those answered before it.
    fn count(&self) -> usize {
        self.answered.lock().unwrap().len()
    }

    /// Waits until that many more were answered.
    fn goes_on(&self, more: usize) {
        let count = self.count() + more;
        until(PATIENCE, || (self.count() > count).then_some(()));
    }

    /// Everything that was answered, in that order.
    fn end(self) -> Vec<Answered> {
        self.stop.store(true, Ordering::Relaxed);
        for caller in self.callers {
            caller.join().expect("a caller ends well");
        }
        std::mem::take(&mut self.answered.lock().unwrap())
    }
}

#[test]
fn every_answered_ticket_survives_a_power_cut_at_any_moment() {
    let mut rng = seeded::draws(seeded::fresh());
    let machine = Machine::start("power-loss");
    let load = Load::start(&machine, 1_000);
    let mut cut = || {
        load.goes_on(usize::try_from(rng() % 60).unwrap());
        let change = machine.vfs.changes() + rng() % 50;
        until(PATIENCE, || (machine.vfs.changes() >= change).then_some(()));
        (load.count(), machine.vfs.cut())
    };
    let cuts: Vec<_> = (0..8).map(|_| cut()).collect();
    let answered = load.end();
    for (count, cut) in cuts {
        machine.judge(&answered[..count], |into| cut.leave_synced_only(into));
        machine.judge(&answered[..count], |into| cut.leave_torn(into, &mut rng));
        machine.judge(&answered[..count], |into| cut.leave_torn(into, &mut rng));
    }
}

#[test]
fn every_answered_ticket_survives_a_power_cut_amid_a_checkpoint() {
    let mut rng = seeded::draws(seeded::fresh());
    let machine = Machine::start("checkpoint-loss");
    // Long contexts fill the log up to its checkpoint soonest.
    let load = Load::start(&machine, 60_000);
    let cut = || {
        let cut = until(PATIENCE, || {
            let count = load.count();
            Some((count, machine.vfs.cut_amid_writes(".db")?))
        });
        load.goes_on(CALLERS);
        cut
    };
    let cuts = [cut(), cut()];
    let answered = load.end();
    for (count, cut) in cuts {
        machine.judge(&answered[..count], |into| cut.leave_synced_only(into));
        machine.judge(&answered[..count], |into| cut.leave_torn(into, &mut rng));
    }
}
