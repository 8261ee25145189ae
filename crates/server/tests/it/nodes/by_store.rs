//! Where each store commits by itself, one store's failure or wait touches no other.

use super::failures::REFUSED;
use super::installed;
use super::many_stores::{multiply, token_of_store};
use crate::harness::load::IN_EFFECT;
use crate::harness::{Connection, Request, Rota, Server, StoreFile, at_once, tasks, until};
use std::time::{Duration, Instant};

/// What intake gives one transaction before its COMMIT: who waited for another store's would take as long.
const ONE_WAIT: Duration = Duration::from_millis(800);

/// An installation with one more store, and the calls to either.
fn two_stores(other: &str) -> (Rota, [Request; 2]) {
    let rota = installed();
    rota.apply(&StoreFile::default().store(other)).succeeded();
    let calls = [rota.token().to_owned(), rota.key_of(other, &[])]
        .map(|token| rota.request().authorization(&token).json(&tasks()));
    (rota, calls)
}

/// The status, and how long it took.
fn timed(node: &Server, call: &Request) -> (u16, Duration) {
    let asked = Instant::now();
    let status = Connection::open(node.address()).call(call).status;
    (status, asked.elapsed())
}

/// Most are answered before another store's wait would have ended; a busy machine may hold some up, or put them off.
fn is_held_up_by_nobody(answers: &[&(u16, Duration)]) -> bool {
    let at_once = answers.iter().filter(|(status, waited)| *status == 200 && *waited < ONE_WAIT).count();
    answers.iter().all(|(status, _)| [200, 503].contains(status)) && at_once * 2 > answers.len()
}

#[test]
fn one_that_is_locked_holds_up_no_other() {
    let (rota, [free_call, locked_call]) = two_stores("locked");
    let node = rota.node(&["--batch-scope", "store"]);
    let held = rota.postgres().hold("SELECT FROM routing WHERE store_id = 'locked' FOR UPDATE");
    let answers = at_once(16, |caller| match caller % 2 {
        0 => (0..5).map(|_| timed(&node, &free_call)).collect::<Vec<_>>(),
        _ => vec![timed(&node, &locked_call)],
    });
    let (free, locked): (Vec<_>, Vec<_>) =
        answers.iter().enumerate().partition(|(caller, _)| caller % 2 == 0);
    let free: Vec<_> = free.into_iter().flat_map(|(_, answers)| answers).collect();
    assert!(is_held_up_by_nobody(&free), "{free:?}");
    let in_time = |(status, waited): &(u16, Duration)| *status == 503 && *waited < REFUSED;
    assert!(locked.iter().flat_map(|(_, answers)| *answers).all(in_time), "{locked:?}");
    // They would have piled up, one for each batch, for as long as the row is held.
    let waiting = "SELECT count(*) FROM pg_stat_activity JOIN pg_locks l USING (pid)
                   WHERE wait_event_type = 'Lock' AND relation = 'routing'::regclass";
    until(REFUSED, || (rota.postgres().sql(waiting) == "0").then_some(()));
    drop(held);
    until(IN_EFFECT, || (timed(&node, &locked_call).0 == 200).then_some(()));
    assert_eq!(rota.tickets().len(), free.iter().filter(|(status, _)| *status == 200).count());
    rota.cli(&["check"]).succeeded();
}

#[test]
fn one_whose_commit_is_in_doubt_holds_up_no_other() {
    let (rota, [free, stuck]) = two_stores("stuck");
    let node = rota.node(&["--batch-scope", "store"]);
    at_commit(&rota, "IF NEW.store_id = 'stuck' THEN PERFORM pg_sleep(2.5); END IF");
    std::thread::scope(|scope| {
        let in_doubt = scope.spawn(|| Connection::open(node.address()).call(&stuck));
        let mut answers = Vec::new();
        while !in_doubt.is_finished() {
            answers.push(timed(&node, &free));
            if node.log().contains("looking its outcome up") && !in_doubt.is_finished() {
                let (status, waited) = timed(&node, &stuck);
                assert!(
                    in_doubt.is_finished() || status == 503 && waited < REFUSED,
                    "{status} after {waited:?}"
                );
            }
        }
        assert!(is_held_up_by_nobody(&answers.iter().collect::<Vec<_>>()), "{answers:?}");
        let told = in_doubt.join().expect("the call ends well");
        assert_eq!((told.status, told.id()), (200, 1), "{told}");
    });
    rota.cli(&["check"]).succeeded();
}

/// Five times as many stores as intake has connections, and each commit takes so long that the last ones wait for more
/// than a second.
#[test]
fn more_slow_ones_than_there_are_connections_are_all_answered() {
    const STORES: usize = 40;
    let rota = installed();
    multiply(&rota, STORES);
    let node = rota.node(&["--batch-scope", "store"]);
    at_commit(&rota, "PERFORM pg_sleep(0.3)");
    let answers = at_once(STORES, |number| {
        let call = rota.request().authorization(&token_of_store(&rota, number + 1)).json(&tasks());
        timed(&node, &call)
    });
    assert!(answers.iter().all(|(status, _)| *status == 200), "{answers:?}");
    let longest = answers.iter().map(|(_, waited)| *waited).max();
    assert!(longest > Some(Duration::from_secs(1)), "nobody had to wait: {answers:?}");
    rota.cli(&["check"]).succeeded();
}

/// Has the server do something in each COMMIT of a ticket.
fn at_commit(rota: &Rota, statement: &str) {
    rota.postgres().sql(&format!(
        "CREATE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN {statement}; RETURN NULL; END $$;
         CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON tickets DEFERRABLE INITIALLY DEFERRED
             FOR EACH ROW EXECUTE FUNCTION at_commit()"
    ));
}
