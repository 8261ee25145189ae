use super::{Patience, Patient, Requests, TIMED_OUT};
use std::future::poll_fn;
use std::io;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

const SHORT: Duration = Duration::from_millis(20);
const LONG: Duration = Duration::from_secs(3600);

struct Pair {
    server: Patient<TcpStream>,
    client: std::net::TcpStream,
    requests: Arc<Requests>,
}

impl Pair {
    async fn new(patience: Patience) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let requests = Arc::new(Requests::default());
        Self { server: Patient::new(stream, patience, requests.clone()), client, requests }
    }

    /// What the server reads next.
    async fn read(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = [0; 64];
        let mut buf = ReadBuf::new(&mut bytes);
        poll_fn(|cx| Pin::new(&mut self.server).poll_read(cx, &mut buf)).await?;
        Ok(buf.filled().to_vec())
    }

    /// What the client was sent by the time the server has gone.
    fn told(self) -> Vec<u8> {
        drop(self.server);
        let mut client = self.client;
        client.shutdown(Shutdown::Write).unwrap();
        let mut told = Vec::new();
        client.read_to_end(&mut told).unwrap();
        told
    }
}

#[tokio::test]
async fn a_connection_that_nobody_uses_ends_without_a_word() {
    let mut pair = Pair::new(Patience { idle: SHORT, head: LONG }).await;
    assert_eq!(pair.read().await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    assert_eq!(pair.told(), b"");
}

#[tokio::test]
async fn a_head_that_does_not_end_is_told_408() {
    let mut pair = Pair::new(Patience { idle: LONG, head: SHORT }).await;
    pair.client.write_all(b"POST").unwrap();
    assert_eq!(pair.read().await.unwrap(), b"POST");
    assert_eq!(pair.read().await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    assert_eq!(pair.told(), TIMED_OUT);
}

#[tokio::test]
async fn while_a_request_is_answered_silence_is_no_fault() {
    let mut pair = Pair::new(Patience { idle: SHORT, head: SHORT }).await;
    pair.client.write_all(b"GET").unwrap();
    assert_eq!(pair.read().await.unwrap(), b"GET");
    pair.requests.begin();
    assert!(tokio::time::timeout(4 * SHORT, pair.read()).await.is_err(), "the read still waits");
    pair.requests.answer();
    assert_eq!(pair.read().await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    assert_eq!(pair.told(), b"", "the silence after an answer is an idle one");
}
