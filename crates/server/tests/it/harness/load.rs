//! Many callers at once, and waiting for a condition without sleeping.

use super::{Connection, Rota};
use serde_json::Value;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Barrier};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Runs `caller` on that many threads, all let go at the same moment; answers in the order of their numbers.
pub fn at_once<T: Send>(callers: usize, caller: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let barrier = Barrier::new(callers);
    let run = |number| {
        barrier.wait();
        caller(number)
    };
    std::thread::scope(|scope| {
        let run = &run;
        let threads: Vec<_> = (0..callers).map(|number| scope.spawn(move || run(number))).collect();
        threads.into_iter().map(|thread| thread.join().expect("a caller ends well")).collect()
    })
}

/// For what has to be so in time: asks until there is an answer, which has come, too, within `limit`.
#[track_caller]
pub fn within<T>(limit: Duration, mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        let answer = ask();
        let after = start.elapsed();
        assert!(after <= limit, "{} after {after:?}", if answer.is_some() { "only" } else { "not" });
        if let Some(answer) = answer {
            return answer;
        }
    }
}

/// For what a test waits for, and nobody is promised how long it takes: asks until there is an answer; none within
/// `limit` is a failure.
#[track_caller]
pub fn until<T>(limit: Duration, mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        // Read before asking: an answer that was asked for in time counts however long it took.
        let late = start.elapsed() > limit;
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(!late, "not so within {limit:?}");
    }
}

/// What the contract gives a change to be in effect everywhere.
pub const IN_EFFECT: Duration = Duration::from_secs(2);

/// Callers that create tickets until they are told to end; an answer other than 200 is a failure.
pub struct Load {
    callers: Vec<JoinHandle<Duration>>,
    answers: Receiver<()>,
    ending: Arc<AtomicBool>,
}

impl Load {
    pub fn start(rota: &Rota, callers: usize, body: &Value) -> Self {
        let ending = Arc::new(AtomicBool::new(false));
        let (send, answers) = mpsc::channel();
        let spawn = |_| {
            let (send, ending) = (send.clone(), ending.clone());
            let (address, request) = (rota.address(), rota.request().json(body));
            std::thread::spawn(move || {
                let mut connection = Connection::open(address);
                let mut longest = Duration::ZERO;
                while !ending.load(Ordering::Relaxed) {
                    let asked = Instant::now();
                    let response = connection.call(&request);
                    assert_eq!(response.status, 200, "{response}");
                    longest = longest.max(asked.elapsed());
                    send.send(()).expect("the test listens");
                }
                longest
            })
        };
        let callers = (0..callers).map(spawn).collect();
        Self { callers, answers, ending }
    }

    /// Waits until that many more were answered.
    pub fn answered(&self, count: usize) {
        for _ in self.answers.try_iter() {}
        for _ in 0..count {
            self.answers.recv_timeout(Duration::from_secs(30)).expect("callers are answered");
        }
    }

    /// Ends the callers; the longest time that one of them waited for an answer.
    pub fn end(self) -> Duration {
        self.ending.store(true, Ordering::Relaxed);
        let ended = self.callers.into_iter().map(|caller| caller.join().expect("a caller ends well"));
        ended.max().expect("there were callers")
    }
}
