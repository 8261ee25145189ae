use super::lanes::SHARED;
use super::*;
use crate::store::{Answers, Batch};
use async_trait::async_trait;
use futures_util::FutureExt;
use rota_core::ids::{KeyId, StoreId};
use rota_core::problem::Problems;
use std::pin::Pin;
use tokio::sync::mpsc;

const LIMITS: Limits = Limits { queue: 100, max_batch: 100, deadline: Duration::from_secs(10) };
/// Passes without anybody having to wait long.
const SHORT: Limits = Limits { deadline: Duration::from_millis(20), ..LIMITS };

/// A store whose transactions begin and end when the test says so.
struct Played {
    begin: mpsc::UnboundedSender<Transaction>,
    by_store: bool,
}

/// A batch that was handed to the store, and the way back.
struct Transaction {
    batch: Arc<dyn Batch>,
    done: oneshot::Sender<Result<Answers, IntakeFailure>>,
}

#[async_trait]
impl IntakeStore for Played {
    fn batches_by_store(&self) -> bool {
        self.by_store
    }

    async fn intake(&self, batch: Arc<dyn Batch>) -> Result<Answers, IntakeFailure> {
        let (done, outcome) = oneshot::channel();
        self.begin.send(Transaction { batch, done }).expect("the test listens");
        outcome.await.expect("the test ends what it began")
    }
}

impl Transaction {
    /// Whom the calls are from, as told by [`call`].
    fn callers(&self) -> Vec<String> {
        self.batch.calls().iter().map(|call| call.by.as_str().to_owned()).collect()
    }

    /// Decides every call that is still wanted.
    fn decide(&self) -> Answers {
        let calls = 0..self.batch.calls().len();
        calls.map(|index| self.batch.claim(index).then_some(Answer::KeyReused)).collect()
    }

    fn commit(self) {
        let answers = self.decide();
        self.end(Ok(answers));
    }

    fn end(self, outcome: Result<Answers, IntakeFailure>) {
        self.done.send(outcome).expect("the batcher waits");
    }
}

type Started = (Intake, JoinHandle<()>, mpsc::UnboundedReceiver<Transaction>);

fn started(limits: Limits) -> Started {
    start(limits, false)
}

/// For a store that has each store's calls in batches of their own.
fn started_by_store(limits: Limits) -> Started {
    start(limits, true)
}

fn start(limits: Limits, by_store: bool) -> Started {
    let (begin, transactions) = mpsc::unbounded_channel();
    let (intake, batcher) = Intake::start(Arc::new(Played { begin, by_store }), limits, Arc::default());
    (intake, batcher, transactions)
}

/// Ends every transaction in the same way, to the batcher's end; answers how many there were.
async fn played(
    mut transactions: mpsc::UnboundedReceiver<Transaction>,
    end: impl Fn(Transaction) + Send,
) -> usize {
    let mut count = 0;
    while let Some(transaction) = transactions.recv().await {
        end(transaction);
        count += 1;
    }
    count
}

fn call(caller: &str) -> Call {
    call_to("shop", caller)
}

fn call_to(store: &str, caller: &str) -> Call {
    Call {
        store: StoreId::new(store).unwrap(),
        by: KeyId::new(caller).unwrap(),
        idempotency_key: None,
        body_hash: [0; 32],
        request: Err(Problems::default()),
        dry_run: false,
        rules: None,
    }
}

type Submitted<'a> = Pin<Box<dyn Future<Output = Result<Answer, Unanswered>> + Send + 'a>>;

/// A call that stands in the queue.
fn queued<'a>(intake: &'a Intake, caller: &str) -> Submitted<'a> {
    queued_to(intake, "shop", caller)
}

fn queued_to<'a>(intake: &'a Intake, store: &str, caller: &str) -> Submitted<'a> {
    let mut submitted: Submitted<'a> = Box::pin(intake.submit(call_to(store, caller)));
    assert!(submitted.as_mut().now_or_never().is_none(), "an answer before the store was asked");
    submitted
}

fn away() -> StoreError {
    StoreError::Away("no disk".into())
}

fn is_answered(outcome: &Result<Answer, Unanswered>) -> bool {
    matches!(outcome, Ok(Answer::KeyReused))
}

#[tokio::test]
async fn calls_that_arrive_while_a_commit_is_under_way_share_the_next_one() {
    let (intake, _, mut transactions) = started(LIMITS);
    let first = queued(&intake, "first");
    let begun = transactions.recv().await.unwrap();
    assert_eq!(begun.callers(), ["first"]);
    let late = [queued(&intake, "second"), queued(&intake, "third")];
    let next = transactions.recv().await.unwrap();
    // What arrives until the store asks is in it as well.
    let last = queued(&intake, "fourth");
    begun.commit();
    assert!(is_answered(&first.await));
    assert_eq!(next.callers(), ["second", "third", "fourth"]);
    next.commit();
    for answer in late.into_iter().chain([last]) {
        assert!(is_answered(&answer.await));
    }
}

#[tokio::test]
async fn a_batch_takes_no_more_than_it_may() {
    let (intake, _, mut transactions) = started(Limits { max_batch: 2, ..LIMITS });
    let calls = ["first", "second", "third"].map(|caller| queued(&intake, caller));
    let full = transactions.recv().await.unwrap();
    assert_eq!(full.callers(), ["first", "second"]);
    full.commit();
    let rest = transactions.recv().await.unwrap();
    assert_eq!(rest.callers(), ["third"]);
    rest.commit();
    for call in calls {
        assert!(is_answered(&call.await));
    }
}

#[tokio::test]
async fn a_full_queue_refuses() {
    let (intake, _, mut transactions) = started(Limits { queue: 2, ..LIMITS });
    let waiting = [queued(&intake, "first"), queued(&intake, "second")];
    assert!(matches!(intake.submit(call("third")).await, Err(Unanswered::Refused)));
    assert_eq!(intake.queued(), 2);
    transactions.recv().await.unwrap().commit();
    for call in waiting {
        assert!(is_answered(&call.await));
    }
    let again = queued(&intake, "third");
    transactions.recv().await.unwrap().commit();
    assert!(is_answered(&again.await));
}

#[tokio::test]
async fn a_call_whose_deadline_passes_before_its_turn_is_never_decided() {
    let (intake, _, mut transactions) = started(SHORT);
    let late = queued(&intake, "late");
    let transaction = transactions.recv().await.unwrap();
    assert!(matches!(late.await, Err(Unanswered::NotWritten(StoreError::Away(_)))));
    assert_eq!(transaction.callers(), ["late"]);
    assert!(matches!(transaction.decide()[..], [None]));
}

#[tokio::test]
async fn a_deadline_that_passes_during_the_commit_leaves_the_outcome_unknown() {
    let (intake, _, mut transactions) = started(SHORT);
    let late = queued(&intake, "late");
    let transaction = transactions.recv().await.unwrap();
    let answers = transaction.decide();
    assert!(matches!(answers[..], [Some(_)]));
    assert!(matches!(late.await, Err(Unanswered::Unknown(_))));
    transaction.end(Ok(answers));
}

#[tokio::test]
async fn a_store_may_decide_a_call_again() {
    let (intake, _, mut transactions) = started(LIMITS);
    let call = queued(&intake, "caller");
    let transaction = transactions.recv().await.unwrap();
    // As when a transaction is run again after a conflict.
    assert!(matches!(transaction.decide()[..], [Some(_)]));
    transaction.commit();
    assert!(is_answered(&call.await));
}

#[tokio::test]
async fn a_caller_that_hangs_up_harms_nobody() {
    let (intake, _, mut transactions) = started(LIMITS);
    let [first, gone, last] = ["first", "gone", "last"].map(|caller| queued(&intake, caller));
    let transaction = transactions.recv().await.unwrap();
    assert_eq!(transaction.callers().len(), 3);
    drop(gone);
    transaction.commit();
    assert!(is_answered(&first.await));
    assert!(is_answered(&last.await));
}

#[tokio::test]
async fn a_failed_commit_is_told_to_everybody_in_it_and_to_nobody_else() {
    let (intake, _, mut transactions) = started(LIMITS);
    let refused = [queued(&intake, "first"), queued(&intake, "second")];
    let transaction = transactions.recv().await.unwrap();
    transaction.decide();
    let after = queued(&intake, "after");
    transaction.end(Err(IntakeFailure::NotWritten(away())));
    for call in refused {
        assert!(matches!(call.await, Err(Unanswered::NotWritten(StoreError::Away(_)))));
    }
    transactions.recv().await.unwrap().commit();
    assert!(is_answered(&after.await));
}

#[tokio::test]
async fn a_commit_of_unknown_outcome_is_told_as_such() {
    let (intake, _, mut transactions) = started(LIMITS);
    let calls = [queued(&intake, "first"), queued(&intake, "second")];
    let transaction = transactions.recv().await.unwrap();
    transaction.decide();
    transaction.end(Err(IntakeFailure::Unknown(away())));
    for call in calls {
        assert!(matches!(call.await, Err(Unanswered::Unknown(StoreError::Away(_)))));
    }
}

#[tokio::test]
async fn batches_that_are_passed_on_hold_nobody_up_and_are_answered_at_their_end() {
    let (intake, batcher, mut transactions) = started(Limits { max_batch: 1, ..LIMITS });
    // More than there are lanes.
    let calls = ["first", "second", "third", "fourth"].map(|caller| queued(&intake, caller));
    let mut passed_on = Vec::new();
    for _ in &calls {
        let transaction = transactions.recv().await.unwrap();
        transaction.decide();
        transaction.batch.pass_on();
        passed_on.push(transaction);
    }
    tokio::spawn(played(transactions, Transaction::commit));
    assert!(is_answered(&intake.submit(call("next")).await));
    intake.close();
    tokio::task::yield_now().await;
    assert!(!batcher.is_finished(), "some are not answered yet");
    passed_on.into_iter().for_each(Transaction::commit);
    for call in calls {
        assert!(is_answered(&call.await));
    }
    batcher.await.unwrap();
}

#[tokio::test]
async fn where_each_store_has_batches_of_its_own_one_that_takes_long_holds_up_no_other() {
    let (intake, batcher, mut transactions) = started_by_store(LIMITS);
    let slow = queued_to(&intake, "slow", "first");
    let long = transactions.recv().await.unwrap();
    assert_eq!(long.callers(), ["first"]);
    let behind = ["second", "third"].map(|caller| queued_to(&intake, "slow", caller));
    for caller in ["one", "other"] {
        let free = queued_to(&intake, "free", caller);
        let transaction = transactions.recv().await.unwrap();
        assert_eq!(transaction.callers(), [caller]);
        transaction.commit();
        assert!(is_answered(&free.await));
    }
    long.commit();
    assert!(is_answered(&slow.await));
    let next = transactions.recv().await.unwrap();
    assert_eq!(next.callers(), ["second", "third"]);
    intake.close();
    assert!(matches!(intake.submit(call_to("late", "late")).await, Err(Unanswered::Refused)));
    next.commit();
    for call in behind {
        assert!(is_answered(&call.await));
    }
    batcher.await.unwrap();
}

#[tokio::test]
async fn the_queues_of_all_stores_together_are_bounded() {
    let (intake, _, mut transactions) = started_by_store(Limits { queue: 2, ..LIMITS });
    let waiting = ["one", "other"].map(|store| queued_to(&intake, store, "caller"));
    assert_eq!(intake.queued(), 2);
    assert!(matches!(intake.submit(call_to("third", "caller")).await, Err(Unanswered::Refused)));
    for _ in &waiting {
        transactions.recv().await.unwrap().commit();
    }
    for call in waiting {
        assert!(is_answered(&call.await));
    }
    assert_eq!(intake.queued(), 0);
}

#[tokio::test]
async fn a_store_that_fails_before_it_asks_for_the_calls_refuses_them_once() {
    let (intake, batcher, transactions) = started(LIMITS);
    let calls = ["first", "second"].map(|caller| queued(&intake, caller));
    let failing = tokio::spawn(played(transactions, |one| one.end(Err(IntakeFailure::NotWritten(away())))));
    for call in calls {
        assert!(
            matches!(call.await, Err(Unanswered::NotWritten(StoreError::Away(ref why))) if why == "no disk")
        );
    }
    intake.close();
    batcher.await.unwrap();
    assert!(failing.await.unwrap() <= SHARED, "the store is not asked again for calls that were refused");
}

#[tokio::test]
async fn closing_answers_everything_queued_and_takes_nothing_more() {
    let (intake, batcher, transactions) = started(Limits { max_batch: 1, ..LIMITS });
    let calls = ["first", "second", "third"].map(|caller| queued(&intake, caller));
    intake.close();
    assert!(matches!(intake.submit(call("late")).await, Err(Unanswered::Refused)));
    tokio::spawn(played(transactions, Transaction::commit));
    for call in calls {
        assert!(is_answered(&call.await));
    }
    batcher.await.unwrap();
}

#[tokio::test]
async fn closing_an_idle_batcher_ends_it() {
    let (intake, batcher, _transactions) = started(LIMITS);
    tokio::task::yield_now().await;
    intake.close();
    batcher.await.unwrap();
}
