//! A receiver of webhooks, which answers as its test says.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// How long is waited for what has to come.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Received {
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
}

impl Received {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("a payload is JSON")
    }

    /// The type of the event, and its ticket.
    pub fn told(&self) -> (String, Option<i64>) {
        let json = self.json();
        (json["type"].as_str().expect("a type").to_owned(), json["data"]["ticket"]["id"].as_i64())
    }
}

/// What is answered.
pub enum Reply {
    Status(u16),
    With(u16, &'static str, String),
    /// The answer breaks off in its middle.
    Broken,
    /// None at all, for as long as the receiver is there.
    Never,
}

#[derive(Default)]
struct Shared {
    received: Mutex<Vec<Received>>,
    came: Condvar,
    stop: AtomicBool,
    /// Those that get no answer.
    silent: Mutex<Vec<TcpStream>>,
}

/// It is gone when it is dropped; somebody else can then listen at its address.
pub struct Receiver {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<std::thread::JoinHandle<()>>,
}

impl Receiver {
    pub fn start(reply: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Self {
        Self::at("127.0.0.1:0".parse().expect("an address"), reply)
    }

    pub fn at(address: SocketAddr, reply: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(address).expect("a free port");
        let address = listener.local_addr().expect("a bound address");
        let (shared, reply) = (Arc::new(Shared::default()), Arc::new(reply));
        let accepting = {
            let shared = shared.clone();
            std::thread::spawn(move || {
                for stream in listener.incoming() {
                    if shared.stop.load(Ordering::SeqCst) {
                        return;
                    }
                    let (shared, reply) = (shared.clone(), reply.clone());
                    let Ok(stream) = stream else { continue };
                    std::thread::spawn(move || serve(&stream, &shared, reply.as_ref()));
                }
            })
        };
        Self { address, shared, accepting: Some(accepting) }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// All that came, once it is that many.
    #[track_caller]
    pub fn wait(&self, count: usize) -> Vec<Received> {
        let received = self.shared.received.lock().expect("no thread panicked");
        let few = |received: &mut Vec<Received>| received.len() < count;
        let (received, late) =
            self.shared.came.wait_timeout_while(received, PATIENCE, few).expect("no thread panicked");
        assert!(!late.timed_out(), "{} of {count} came", received.len());
        received.clone()
    }

    /// What came is of these types and tickets.
    #[track_caller]
    pub fn told(&self, count: usize) -> Vec<(String, Option<i64>)> {
        self.wait(count).iter().map(Received::told).collect()
    }

    pub fn count(&self) -> usize {
        self.shared.received.lock().expect("no thread panicked").len()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
    }
}

/// Requests of one connection, until it ends or gets no more answer.
fn serve(stream: &TcpStream, shared: &Shared, reply: &(impl Fn(&Received) -> Reply + ?Sized)) {
    let mut reader = BufReader::new(stream);
    while let Some(received) = read(&mut reader) {
        if shared.stop.load(Ordering::SeqCst) {
            return;
        }
        let reply = reply(&received);
        shared.received.lock().expect("no thread panicked").push(received);
        shared.came.notify_all();
        let (status, header) = match reply {
            Reply::Status(status) => (status, String::new()),
            Reply::With(status, name, value) => (status, format!("{name}: {value}\r\n")),
            Reply::Broken => {
                let _ = write!(&*stream, "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nfine");
                let _ = stream.shutdown(std::net::Shutdown::Both);
                return;
            }
            Reply::Never => {
                shared.silent.lock().expect("no thread panicked").push(stream.try_clone().expect("a socket"));
                return;
            }
        };
        let answer = format!("HTTP/1.1 {status} X\r\n{header}content-length: 4\r\n\r\nfine");
        if (&*stream).write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn read(reader: &mut BufReader<&TcpStream>) -> Option<Received> {
    let mut headers = HashMap::new();
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|bytes| *bytes > 0)?;
    loop {
        line.clear();
        reader.read_line(&mut line).ok().filter(|bytes| *bytes > 0)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length")?.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Received { headers, body })
}
