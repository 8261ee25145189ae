//! Many callers at once, and waiting for a condition without sleeping.

use super::{Connection, Response, Rota};
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

/// Asks until there is an answer; none within `limit` is a failure.
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

/// When a change has to be in effect everywhere. The contract gives it two seconds; a machine that tests run on side by side
/// may be busy for longer, and what is not in effect by then never is.
pub const IN_EFFECT: Duration = Duration::from_secs(10);

/// The answer to a call that is repeated while it is put off: a busy machine's database may be too late for it (503), and
/// nothing was written then.
#[track_caller]
pub fn answered(mut call: impl FnMut() -> Response) -> Response {
    until(Duration::from_secs(60), || Some(call()).filter(|response| response.status != 503))
}

/// Callers that create tickets until they are told to end; an answer other than 200 is a failure.
pub struct Load {
    callers: Vec<JoinHandle<()>>,
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
                while !ending.load(Ordering::Relaxed) {
                    let response = connection.call(&request);
                    assert_eq!(response.status, 200, "{response}");
                    send.send(()).expect("the test listens");
                }
            })
        };
        let callers = (0..callers).map(spawn).collect();
        Self { callers, answers, ending }
    }

    /// Waits until that many more were answered.
    pub fn answered(&self, count: usize) {
        for _ in self.answers.try_iter() {}
        for _ in 0..count {
            self.answers.recv_timeout(Duration::from_secs(120)).expect("callers are answered");
        }
    }

    /// Ends the callers.
    pub fn end(self) {
        self.ending.store(true, Ordering::Relaxed);
        for caller in self.callers {
            caller.join().expect("a caller ends well");
        }
    }
}
