//! Many callers at once, and waiting for a condition without sleeping.

use std::sync::Barrier;
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

/// What the contract gives a change to be in effect everywhere.
pub const IN_EFFECT: Duration = Duration::from_secs(2);
