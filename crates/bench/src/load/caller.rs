//! One connection's loop: send, wait for the whole answer, note the time, again.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{
    HeaderMap, Request, Response, StatusCode,
    client::conn::http1::{SendRequest, handshake},
    header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName, HeaderValue},
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::TcpStream,
    time::{sleep, sleep_until, timeout_at},
};

use super::{Tally, Window};
use crate::wire;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// How long after the end of a run an answer may come: past the contract's own deadline of 10 s.
const LAST_ANSWER: Duration = Duration::from_secs(12);
const RECONNECT_PAUSE: Duration = Duration::from_millis(50);

pub struct Caller {
    address: String,
    headers: HeaderMap,
    bodies: Arc<[Bytes]>,
    next_body: usize,
    keys: Option<String>,
    sent: u64,
    times: Option<Times>,
}

/// When a caller calls, whenever it is answered.
struct Times {
    next: Instant,
    every: Duration,
}

/// The sample request for each of `count` customers.
pub fn bodies(base: u64, count: u64) -> Vec<Bytes> {
    (base..base + count).map(|customer| Bytes::from(wire::sample_body(customer))).collect()
}

impl Caller {
    /// `keys` is the prefix of this caller's idempotency keys, if it sends any.
    pub fn new(
        address: &str,
        token: &str,
        bodies: Arc<[Bytes]>,
        number: usize,
        keys: Option<String>,
    ) -> anyhow::Result<Self> {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_str(address)?);
        let authorization = HeaderValue::from_str(&format!("Basic {token}"));
        headers.insert(AUTHORIZATION, authorization.context("a line of --token-file is not a token")?);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        // A stride of its own for each caller, so that they do not all ask for the same customer at once.
        let next_body = number * 7919 % bodies.len();
        Ok(Self { address: address.to_owned(), headers, bodies, next_body, keys, sent: 0, times: None })
    }

    /// Calls every so many seconds, first after `first`.
    pub fn at_times(self, every: f64, first: f64) -> Self {
        let next = Instant::now() + Duration::from_secs_f64(first);
        Self { times: Some(Times { next, every: Duration::from_secs_f64(every) }), ..self }
    }

    /// Calls until the window closes, reconnecting when a connection breaks.
    pub async fn call_until_closed(mut self, window: Window) -> Tally {
        let mut tally = Tally::default();
        // One timer for the whole run: one for each request would be work that only the generator does.
        let last_answer = (window.closes + LAST_ANSWER).into();
        if timeout_at(last_answer, self.keep_calling(window, &mut tally)).await.is_err() {
            tally.fail("a request was never answered".to_owned());
        }
        tally
    }

    async fn keep_calling(&mut self, window: Window, tally: &mut Tally) {
        while Instant::now() < window.closes {
            if let Err(error) = self.use_one_connection(window, tally).await {
                tally.fail(format!("{error:#}"));
                sleep(RECONNECT_PAUSE).await;
            }
        }
    }

    /// The connection's driver runs in the caller's own task: another one would add a wake-up to each
    /// request, and the generator's work is taken from the processors that the server shares.
    async fn use_one_connection(&mut self, window: Window, tally: &mut Tally) -> anyhow::Result<()> {
        let stream =
            TcpStream::connect(&self.address).await.context("cannot connect; is the server running?")?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        let (_, called) = tokio::join!(connection, self.call_on(sender, window, tally));
        called
    }

    async fn call_on(
        &mut self,
        mut sender: SendRequest<Full<Bytes>>,
        window: Window,
        tally: &mut Tally,
    ) -> anyhow::Result<()> {
        while Instant::now() < window.closes {
            let request = self.request()?;
            let start = self.turn().await;
            let answer = exchange(&mut sender, request).await?;
            let end = Instant::now();
            if answer.status() != StatusCode::OK {
                tally.fail(format!("{} {}", answer.status(), String::from_utf8_lossy(answer.body())));
            } else if (window.opens..window.closes).contains(&end) {
                tally.latencies.record(end - start);
            }
        }
        Ok(())
    }

    /// Waits for the time of the next call, if it has one, and answers it.
    async fn turn(&mut self) -> Instant {
        let Some(times) = &mut self.times else { return Instant::now() };
        let due = times.next;
        times.next += times.every;
        sleep_until(due.into()).await;
        due
    }

    fn request(&mut self) -> anyhow::Result<Request<Full<Bytes>>> {
        let body = self.bodies[self.next_body].clone();
        self.next_body = (self.next_body + 1) % self.bodies.len();
        self.sent += 1;
        let mut request = Request::post(wire::TICKETS).body(Full::new(body))?;
        *request.headers_mut() = self.headers.clone();
        if let Some(prefix) = &self.keys {
            let key = HeaderValue::from_str(&format!("{prefix}-{}", self.sent));
            request
                .headers_mut()
                .insert(IDEMPOTENCY_KEY, key.context("--idempotency-keys: visible ASCII only")?);
        }
        Ok(request)
    }
}

/// Sends a request and waits for the whole answer.
pub async fn exchange(
    sender: &mut SendRequest<Full<Bytes>>,
    request: Request<Full<Bytes>>,
) -> anyhow::Result<Response<Bytes>> {
    sender.ready().await.context("the server closed the connection")?;
    let (head, body) = sender.send_request(request).await.context("the connection broke")?.into_parts();
    let body = body.collect().await.context("the answer broke off")?;
    Ok(Response::from_parts(head, body.to_bytes()))
}
