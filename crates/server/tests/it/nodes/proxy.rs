//! A proxy between nodes and PostgreSQL that cuts connections at chosen bytes: right before a COMMIT goes through, right
//! after the server has answered it, or wherever so many bytes have gone through.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// One in so many commits is cut, in turn before and after it was made.
const EVERY: usize = 5;

/// Bytes between two cuts, of all connections together; a prime, so that cuts fall everywhere in what is repeated.
const BYTES: usize = 14_983;

/// The message that commits: its kind, its length, and the text that ends with a zero byte.
const COMMIT: &[u8] = b"Q\0\0\0\x0bCOMMIT\0";

pub struct Proxy {
    address: SocketAddr,
    cuts: Arc<Cuts>,
}

#[derive(Default)]
struct Cuts {
    cutting: AtomicBool,
    cutting_bytes: AtomicBool,
    bytes: AtomicUsize,
    commits: AtomicUsize,
    cut: AtomicUsize,
}

enum Cut {
    BeforeCommit,
    AfterCommit,
}

impl Cuts {
    /// Whether the next commit is cut.
    fn next(&self) -> Option<Cut> {
        if !self.cutting.load(Ordering::Relaxed)
            || !self.commits.fetch_add(1, Ordering::Relaxed).is_multiple_of(EVERY)
        {
            return None;
        }
        let cut = self.cut.fetch_add(1, Ordering::Relaxed);
        Some(if cut.is_multiple_of(2) { Cut::BeforeCommit } else { Cut::AfterCommit })
    }

    /// How many of the next bytes go through before a cut, if there is one among them.
    fn within(&self, count: usize) -> Option<usize> {
        if !self.cutting_bytes.load(Ordering::Relaxed) {
            return None;
        }
        let gone = self.bytes.fetch_add(count, Ordering::Relaxed) % BYTES;
        let left = BYTES - gone;
        (left <= count).then(|| {
            self.cut.fetch_add(1, Ordering::Relaxed);
            left
        })
    }
}

impl Proxy {
    pub fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("a bound address");
        let cuts = Arc::new(Cuts::default());
        let of_connections = cuts.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(server) else { continue };
                relay(client, server, &of_connections);
            }
        });
        Self { address, cuts }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn cut_commits_from_now_on(&self) {
        self.cuts.cutting.store(true, Ordering::Relaxed);
    }

    pub fn cut_bytes_from_now_on(&self) {
        self.cuts.cutting_bytes.store(true, Ordering::Relaxed);
    }

    /// How many were cut so far.
    pub fn cuts(&self) -> usize {
        self.cuts.cut.load(Ordering::Relaxed)
    }

    /// How many were cut.
    pub fn stop_cutting(&self) -> usize {
        self.cuts.cutting_bytes.store(false, Ordering::Relaxed);
        self.cuts.cutting.store(false, Ordering::Relaxed);
        self.cuts()
    }
}

fn relay(client: TcpStream, server: TcpStream, cuts: &Arc<Cuts>) {
    let silent = Arc::new(AtomicBool::new(false));
    let (from, to) = (clone(&client), clone(&server));
    let (of_requests, of_answers, is_silent) = (cuts.clone(), cuts.clone(), silent.clone());
    std::thread::spawn(move || requests(from, to, &of_requests, &silent));
    std::thread::spawn(move || answers(server, client, &of_answers, &is_silent));
}

fn clone(stream: &TcpStream) -> TcpStream {
    stream.try_clone().expect("a second handle")
}

fn end(one: &TcpStream, other: &TcpStream) {
    // Who has gone already needs no telling.
    let _ = one.shutdown(Shutdown::Both);
    let _ = other.shutdown(Shutdown::Both);
}

fn requests(mut client: TcpStream, mut server: TcpStream, cuts: &Cuts, silent: &AtomicBool) {
    let mut buffer = [0; 64 * 1024];
    while let Ok(count @ 1..) = client.read(&mut buffer) {
        let bytes = &buffer[..count];
        if let Some(through) = cuts.within(count) {
            let _ = server.write_all(&bytes[..through]);
            break;
        }
        let commit = bytes.windows(COMMIT.len()).position(|window| window == COMMIT);
        let cut = commit.and_then(|place| Some((place, cuts.next()?)));
        let forwarded = match cut {
            Some((place, Cut::BeforeCommit)) => {
                let _ = server.write_all(&bytes[..place]);
                break;
            }
            Some((_, Cut::AfterCommit)) => {
                silent.store(true, Ordering::Release);
                server.write_all(bytes)
            }
            None => server.write_all(bytes),
        };
        if forwarded.is_err() {
            break;
        }
    }
    end(&client, &server);
}

/// Relays until told to be silent; then the first answer that speaks of a commit is the end.
fn answers(mut server: TcpStream, mut client: TcpStream, cuts: &Cuts, silent: &AtomicBool) {
    let mut buffer = [0; 64 * 1024];
    while let Ok(count @ 1..) = server.read(&mut buffer) {
        let bytes = &buffer[..count];
        if silent.load(Ordering::Acquire) {
            if bytes.windows(7).any(|window| window == b"COMMIT\0") {
                break;
            }
            continue;
        }
        let through = cuts.within(count);
        let whole = through.is_none();
        if client.write_all(&bytes[..through.unwrap_or(count)]).is_err() || !whole {
            break;
        }
    }
    end(&server, &client);
}
