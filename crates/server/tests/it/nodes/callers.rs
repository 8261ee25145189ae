//! Callers of several nodes, that go on to another one where one fails.

use crate::crash::Answered;
use crate::harness::bodies::with_context;
use crate::harness::{Connection, Request, Rota, Server};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

pub struct Callers {
    callers: Vec<JoinHandle<()>>,
    answers: Receiver<Answered>,
    ending: Arc<AtomicBool>,
}

impl Callers {
    /// Callers that create tickets until they are told to end; each ticket's context begins with `name` and is its own.
    pub fn start(rota: &Rota, nodes: &[Server], callers: usize, name: &str) -> Self {
        let addresses: Vec<SocketAddr> = nodes.iter().map(Server::address).collect();
        let ending = Arc::new(AtomicBool::new(false));
        let (send, answers) = mpsc::channel();
        let spawn = |caller| {
            let (send, ending, request) = (send.clone(), ending.clone(), rota.request());
            let (addresses, name) = (addresses.clone(), name.to_owned());
            std::thread::spawn(move || {
                for round in 0.. {
                    let address = addresses[(caller + round) % addresses.len()];
                    let name = format!("{name}-{caller}-{round}");
                    if ending.load(Ordering::Relaxed) {
                        return;
                    }
                    call_on(address, &request, &name, &send, &ending);
                }
            })
        };
        Self { callers: (0..callers).map(spawn).collect(), answers, ending }
    }

    /// Waits until that many more were answered.
    pub fn answered(&self, count: usize) -> Vec<Answered> {
        let patience = Duration::from_secs(30);
        (0..count).map(|_| self.answers.recv_timeout(patience).expect("callers are answered")).collect()
    }

    /// Ends the callers; everything else that was answered.
    pub fn end(self) -> Vec<Answered> {
        self.ending.store(true, Ordering::Relaxed);
        for caller in self.callers {
            caller.join().expect("a caller ends well");
        }
        self.answers.try_iter().collect()
    }
}

/// Calls one node until it fails. A refusal is no failure of the test: it says that nothing was written, or that it is
/// not known.
fn call_on(
    address: SocketAddr,
    request: &Request,
    name: &str,
    answers: &Sender<Answered>,
    ending: &AtomicBool,
) {
    let Ok(mut connection) = Connection::try_open(address) else { return };
    for number in 0.. {
        if ending.load(Ordering::Relaxed) {
            return;
        }
        let context = format!("{name}-{number}");
        match connection.try_call(&request.clone().json(&with_context(&context))) {
            Ok(response) if response.status == 200 => {
                let answered = (context, response.id(), response.agent());
                answers.send(answered).expect("the test listens");
            }
            Ok(response) if response.status == 500 => {
                assert_eq!(response.header("rota-outcome"), Some("unknown"), "{response}");
            }
            Ok(response) => response.is_error(503),
            Err(_) => return,
        }
    }
}
