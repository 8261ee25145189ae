//! Batches that mix hundreds of stores.

use super::file;
use crate::harness::postgres::OwnCluster;
use crate::harness::{Rota, key_and_secret, tasks, token_of, until};
use crate::store_suite::call_to;
use futures_util::future::join_all;
use rota::clock::SystemClock;
use rota::intake::{Intake, Limits, Unanswered};
use rota::store::Role;
use rota::store::postgres::{Address, BatchScope, Options, Postgres};
use rota_core::intake::Answer;
use std::sync::Arc;
use std::time::Duration;

/// Copies the usual store, with all that it has, to stores called `store-1`, `store-2` and so on. To make so many by
/// commands would take a minute.
pub fn multiply(rota: &Rota, stores: usize) {
    rota.postgres().sql(&format!(
        "SET session_replication_role = replica;
         DO $$ DECLARE part record; BEGIN
             FOR part IN
                 SELECT attrelid::regclass AS name, string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS columns,
                        string_agg(CASE attname WHEN 'store_id' THEN '''store-'' || n' WHEN 'key_id' THEN 'key_id || n'
                                   ELSE quote_ident(attname) END, ', ' ORDER BY attnum) AS of_copy
                 FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
                 WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
                   AND attnum > 0 AND NOT attisdropped
                 GROUP BY attrelid HAVING bool_or(attname = 'store_id')
             LOOP
                 EXECUTE format('INSERT INTO %1$s (%2$s) SELECT %3$s FROM %1$s, generate_series(1, {stores}) AS n',
                                part.name, part.columns, part.of_copy);
             END LOOP;
         END $$"
    ));
}

/// The token of a copy's key, for nodes that were started after it was made.
pub fn token_of_store(rota: &Rota, number: usize) -> String {
    let (key, secret) = key_and_secret(rota.token());
    token_of(&format!("{key}{number}:{secret}"))
}

const STORES: usize = 300;
/// Those that a node is called for at once.
const CALLED: usize = 150;
/// What counts as a batch of very many stores.
const MANY: usize = 100;
const NODES: usize = 3;
const ROUNDS: usize = 4;

/// The parts of a node that matter here: the batcher and the store.
async fn node(rota: &Rota, scope: BatchScope) -> Intake {
    let address = Address::parse(&rota.database()).expect("a URL");
    let options = Options { scope, ..Options::default() };
    let store = Postgres::open(&address, Role::Server, options, Arc::new(SystemClock)).await;
    let limits = Limits { queue: STORES, max_batch: STORES, deadline: Duration::from_secs(30) };
    Intake::start(Arc::new(store.expect("the database opens")), limits, Arc::default()).0
}

/// Calls for many stores at once, in another order in each round and on each node, until some rounds have made tickets for
/// most; answers how many tickets were made. A busy machine may keep a batch waiting for so many rows until its callers are
/// refused.
async fn call_for_many(intake: &Intake, node: usize) -> usize {
    let (mut made, mut whole) = (0, 0);
    for round in 0.. {
        let before = made;
        let stores = (0..CALLED).map(|place| (place * [7, 11, 13][node] + round * 41) % STORES + 1);
        let calls = stores.map(|number| intake.submit(call_to(&format!("store-{number}"), &tasks())));
        for answer in join_all(calls).await {
            match answer {
                Ok(Answer::Created(..)) => made += 1,
                Err(Unanswered::NotWritten(_)) => {}
                other => panic!("{other:?}"),
            }
        }
        whole += usize::from(made - before >= MANY);
        if whole == ROUNDS {
            break;
        }
        assert!(round < 100, "{whole} of {round} rounds made tickets for most of their stores");
    }
    made
}

/// Nodes whose batches mix hundreds of stores never wait for each other in a circle: an answer alone would not tell, since
/// the victim of a deadlock runs again.
#[track_caller]
fn no_deadlock(scope: BatchScope) {
    let cluster = OwnCluster::start();
    // So that the server looks for a circle almost as soon as somebody waits.
    cluster.set("deadlock_timeout", "50ms");
    let rota = Rota::on_postgres(cluster.database(), &file());
    multiply(&rota, STORES);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let made: usize = runtime.expect("a runtime").block_on(async {
        let nodes = join_all((0..NODES).map(|_| node(&rota, scope))).await;
        join_all(nodes.iter().enumerate().map(|(number, intake)| call_for_many(intake, number)))
            .await
            .into_iter()
            .sum()
    });
    // A session that ends reports what it has counted.
    until(Duration::from_secs(10), || {
        (cluster.sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'rota'") == "0")
            .then_some(())
    });
    assert_eq!(cluster.sql("SELECT sum(deadlocks) FROM pg_stat_database"), "0");
    let wrong =
        "SELECT count(*) FROM (SELECT FROM tickets GROUP BY store_id HAVING max(id) <> count(*)) AS gaps";
    assert_eq!(rota.postgres().sql(wrong), "0");
    assert_eq!(rota.postgres().sql("SELECT count(*) FROM tickets"), made.to_string());
    // The first ticket of each store in a batch bears the batch's number.
    let told = rota.postgres().sql(&format!(
        "SELECT count(*) FILTER (WHERE stores >= {MANY}), max(stores)
         FROM (SELECT count(*) AS stores FROM tickets WHERE batch IS NOT NULL GROUP BY batch) AS batches"
    ));
    let (large, most) = told.split_once('|').expect("two columns");
    match scope {
        BatchScope::Batch => {
            let large: usize = large.parse().expect("a number");
            assert!(large >= NODES * ROUNDS / 2, "{large} batches of {MANY} stores and more");
        }
        BatchScope::Store => assert_eq!(most, "1", "each store commits by itself"),
    }
    rota.cli(&["check"]).succeeded();
}

#[test]
fn batches_that_mix_hundreds_of_stores_meet_no_deadlock() {
    no_deadlock(BatchScope::Batch);
}

#[test]
fn hundreds_of_stores_that_each_commit_by_themselves_meet_no_deadlock() {
    no_deadlock(BatchScope::Store);
}
