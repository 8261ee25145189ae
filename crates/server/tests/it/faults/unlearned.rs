//! Commits whose log could not be synced: they may have reached the disk, and nobody is told a guess.

use super::{PUT_CUSTOMER, Site, contexts, place, prepared, sound_tickets};
use crate::fault_vfs::{Call, Failure, Fault, FaultVfs};
use crate::harness::bodies::with_context;
use crate::harness::{Rota, STORE};
use rota::clock::SystemClock;
use rota::config::Settings;
use rota::intake::{Intake, Unanswered};
use rota::store::Role;
use rota::store::sqlite::Sqlite;
use rota_core::ids::{KeyId, StoreId};
use rota_core::intake::{self, Answer};
use rota_core::request;
use rusqlite::{Connection, OpenFlags};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::sync::Arc;
use tokio::runtime::Runtime;

fn failing_syncs(times: u64) -> Fault {
    Fault::every(Call::Sync, Failure::Fsync).times(times).on("-wal")
}

/// Intake by itself: beside a whole server, a chore's commit could meet the one failure that is meant for a ticket's.
struct Taking {
    vfs: &'static FaultVfs,
    rota: Rota,
    runtime: Runtime,
    intake: Intake,
    /// With another connection the log's index outlives the writer's.
    _reader: Connection,
}

impl Taking {
    fn start(vfs: &str) -> Self {
        let (vfs, rota, runtime) = (FaultVfs::register(vfs), prepared(), Runtime::new().unwrap());
        let store = Sqlite::open(&place(&rota, vfs), Role::Server, Arc::new(SystemClock)).unwrap();
        let limits = Settings::default().limits();
        let (intake, _) = {
            let _inside = runtime.enter();
            Intake::start(Arc::new(store), limits, Arc::default())
        };
        let path = rota.path("rota.db");
        let reader = Connection::open_with_flags_and_vfs(path, OpenFlags::default(), vfs.name()).unwrap();
        reader.query_row("SELECT count(*) FROM tickets", [], |_| Ok(())).unwrap();
        Self { vfs, rota, runtime, intake, _reader: reader }
    }

    fn create(&self, context: &str) -> Result<Answer, Unanswered> {
        self.runtime.block_on(self.intake.submit(call(context)))
    }

    fn created(&self, context: &str) {
        assert!(matches!(self.create(context), Ok(Answer::Created(..))));
    }
}

#[test]
fn a_commit_whose_sync_failed_is_taken_back_for_good() {
    let taking = Taking::start("sync-once");
    taking.created("before");
    let fault = taking.vfs.fail(failing_syncs(1));
    assert!(matches!(taking.create("during"), Err(Unanswered::NotWritten(_))));
    assert_eq!(fault.hits(), 1);
    // A log that was written whole is the outcome that would bring it back.
    taking.vfs.cut().leave_all_written(&taking.rota.path("cut")).unwrap();
    assert_eq!(taking.rota.tickets_in("cut/rota.db").len(), 1, "refused, and there after a power cut");
    taking.created("after");
    assert_eq!(contexts(&sound_tickets(&taking.rota)), ["before", "after"]);
}

#[test]
fn a_commit_that_failed_after_its_sync_is_taken_back_for_good() {
    let taking = Taking::start("index");
    let fault = taking.vfs.fail(Fault::every(Call::GrowIndex, Failure::GrowIndex).times(1));
    // Long contexts fill the first part of the log's index soonest.
    let mut contexts = (1..).map(|number| format!("{number:.<60000}"));
    let mut create = || taking.create(&contexts.next().expect("endless"));
    let mut answered = 0;
    let failed = loop {
        match create() {
            Ok(_) => answered += 1,
            Err(failed) => break failed,
        }
    };
    assert_eq!(fault.hits(), 1);
    assert!(matches!(failed, Unanswered::NotWritten(_)));
    taking.vfs.cut().leave_synced_only(&taking.rota.path("cut")).unwrap();
    assert_eq!(taking.rota.tickets_in("cut/rota.db").len(), answered, "refused, and there after a power cut");
    assert!(create().is_ok());
    assert_eq!(sound_tickets(&taking.rota).len(), answered + 1);
}

#[test]
fn while_no_sync_succeeds_the_outcome_is_unknown_and_a_repeat_tells() {
    let site = Site::start("sync-never");
    assert_eq!(site.create("before").id(), 1);
    let fault = site.vfs.fail(failing_syncs(u64::MAX));
    for context in ["first", "second"] {
        let response = site.create(context);
        assert_eq!((response.status, response.header("rota-outcome")), (500, Some("unknown")), "{response}");
    }
    assert!(fault.hits() > 0);
    drop(fault);
    let told: Vec<i64> = ["first", "second"].map(|context| site.create(context).id()).to_vec();
    let again: Vec<i64> = ["first", "second"].map(|context| site.create(context).id()).to_vec();
    assert_eq!(told, again);
    assert_eq!(site.contexts().len(), 3, "each is there once");
}

#[test]
fn a_customer_whose_commit_is_not_known_is_told_so() {
    let site = Site::start("sync-customer");
    let fault = site.vfs.fail(failing_syncs(u64::MAX));
    let put = site.rota.request_to(PUT_CUSTOMER).json(&json!({ "email": "test.2@example.com" }));
    let response = site.send(&put);
    assert_eq!((response.status, response.header("rota-outcome")), (500, Some("unknown")), "{response}");
    assert!(fault.hits() > 0);
    drop(fault);
    let told = site.send(&put);
    assert_eq!(told.status, 200, "{told}");
    assert_eq!(site.send(&put).json()["data"]["customer"]["id"], told.json()["data"]["customer"]["id"]);
}

/// Without a reader the writer's connection is the only one, so that a new one begins with reading the log.
#[test]
fn however_often_a_sync_fails_a_refused_call_is_not_there_and_an_answered_one_is() {
    let (vfs, rota, runtime) = (FaultVfs::register("sync-sweep"), prepared(), Runtime::new().unwrap());
    let (mut answered, mut refused) = (Vec::new(), HashSet::new());
    for (skip, times) in (0..3).flat_map(|skip| (1..6).map(move |times| (skip, times))) {
        let store = Sqlite::open(&place(&rota, vfs), Role::Server, Arc::new(SystemClock)).unwrap();
        runtime.block_on(async {
            let (intake, batcher) =
                Intake::start(Arc::new(store), Settings::default().limits(), Arc::default());
            let fault = vfs.fail(failing_syncs(times).after(skip));
            for number in 0..8 {
                let context = format!("{skip}-{times}-{number}");
                match intake.submit(call(&context)).await {
                    Ok(_) => answered.push(context),
                    Err(Unanswered::NotWritten(_)) => drop(refused.insert(context)),
                    Err(Unanswered::Unknown(_)) => {}
                    Err(Unanswered::Refused) => panic!("the queue is not full"),
                }
            }
            assert_eq!(fault.hits(), times, "all faults have struck");
            intake.close();
            batcher.await.unwrap();
        });
    }
    rota.cli(&["check"]).succeeded();
    let stored = contexts(&rota.tickets());
    let untrue: Vec<&String> = stored.iter().filter(|context| refused.contains(*context)).collect();
    assert!(untrue.is_empty(), "refused, and there: {untrue:?}");
    let stored: HashSet<String> = stored.into_iter().collect();
    assert!(answered.iter().all(|context| stored.contains(context)));
}

fn call(context: &str) -> intake::Call {
    let body = with_context(context).to_string();
    intake::Call {
        store: StoreId::new(STORE).unwrap(),
        by: KeyId::new("caller").unwrap(),
        idempotency_key: None,
        body_hash: Sha256::digest(&body).into(),
        request: request::parse(body.as_bytes()).request,
        dry_run: false,
        rules: None,
    }
}
