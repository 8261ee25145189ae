//! Callers of several nodes, that go on to another one where one fails.

use crate::crash::Answered;
use crate::harness::bodies::with_context;
use crate::harness::{Connection, Request, Rota, Server};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

pub struct Callers {
    callers: Vec<JoinHandle<()>>,
    answers: Receiver<Answered>,
    told: Told,
}

/// What all callers share.
#[derive(Clone, Default)]
struct Told {
    ending: Arc<AtomicBool>,
    refused: Arc<Mutex<Vec<Refused>>>,
}

/// A refusal is no failure of the test: it says that nothing was written (503), or that it is not known (500).
#[derive(Debug, Clone)]
pub struct Refused {
    /// Also the call's Idempotency-Key, if it had one.
    pub context: String,
    pub status: u16,
    pub waited: Duration,
}

impl Callers {
    /// Callers that create tickets until they are told to end; each ticket's context begins with `name` and is its own.
    pub fn start(rota: &Rota, nodes: &[Server], callers: usize, name: &str) -> Self {
        Self::spawn(rota, nodes, callers, name, |request, _| request)
    }

    /// The same with an Idempotency-Key for each call.
    pub fn with_keys(rota: &Rota, nodes: &[Server], callers: usize, name: &str) -> Self {
        Self::spawn(rota, nodes, callers, name, |request, key| request.header("Idempotency-Key", key))
    }

    fn spawn(
        rota: &Rota,
        nodes: &[Server],
        callers: usize,
        name: &str,
        headed: fn(Request, &str) -> Request,
    ) -> Self {
        let addresses: Vec<SocketAddr> = nodes.iter().map(Server::address).collect();
        let told = Told::default();
        let (send, answers) = mpsc::channel();
        let spawn = |caller| {
            let (send, told, request) = (send.clone(), told.clone(), rota.request());
            let (addresses, name) = (addresses.clone(), name.to_owned());
            std::thread::spawn(move || {
                for round in 0.. {
                    let address = addresses[(caller + round) % addresses.len()];
                    let name = format!("{name}-{caller}-{round}");
                    if told.ending.load(Ordering::Relaxed) {
                        return;
                    }
                    call_on(address, &|context| headed(request.clone(), context), &name, &send, &told);
                }
            })
        };
        Self { callers: (0..callers).map(spawn).collect(), answers, told }
    }

    /// Waits until that many more were answered.
    pub fn answered(&self, count: usize) -> Vec<Answered> {
        let patience = Duration::from_secs(120);
        (0..count).map(|_| self.answers.recv_timeout(patience).expect("callers are answered")).collect()
    }

    /// Who was refused so far.
    pub fn refused(&self) -> Vec<Refused> {
        self.told.refused.lock().expect("no caller panicked").clone()
    }

    /// Ends the callers; everything else that was answered.
    pub fn end(self) -> Vec<Answered> {
        self.finish().0
    }

    /// The same, with all that were refused.
    pub fn finish(self) -> (Vec<Answered>, Vec<Refused>) {
        self.told.ending.store(true, Ordering::Relaxed);
        for caller in self.callers {
            caller.join().expect("a caller ends well");
        }
        let refused = self.told.refused.lock().expect("no caller panicked").clone();
        (self.answers.try_iter().collect(), refused)
    }
}

/// Calls one node until it fails.
fn call_on(
    address: SocketAddr,
    request: &dyn Fn(&str) -> Request,
    name: &str,
    answers: &Sender<Answered>,
    told: &Told,
) {
    let Ok(mut connection) = Connection::try_open(address) else { return };
    for number in 0.. {
        if told.ending.load(Ordering::Relaxed) {
            return;
        }
        let context = format!("{name}-{number}");
        let asked = Instant::now();
        let Ok(response) = connection.try_call(&request(&context).json(&with_context(&context))) else {
            return;
        };
        let waited = asked.elapsed();
        match response.status {
            200 => {
                let answered = (context, response.id(), response.agent());
                answers.send(answered).expect("the test listens");
                continue;
            }
            500 => assert_eq!(response.header("rota-outcome"), Some("unknown"), "{response}"),
            _ => response.is_error(503),
        }
        let refused = Refused { context, status: response.status, waited };
        told.refused.lock().expect("no caller panicked").push(refused);
    }
}
