//! What webhooks reach: answers at once, and notes of each endpoint what came and whether it came in order.

use std::{
    collections::{HashMap, HashSet},
    convert::Infallible,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::{
    Request, Response, StatusCode, body::Incoming, server::conn::http1::Builder, service::service_fn,
};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::{net::TcpListener, runtime::Runtime, time::sleep};

/// How often it is looked whether everything has come.
const LOOK: Duration = Duration::from_millis(1);

pub struct Receiver {
    runtime: Runtime,
    endpoints: Arc<Endpoints>,
    url: String,
}

struct Endpoints {
    told: Vec<Mutex<Told>>,
    /// Different events, over all endpoints.
    events: AtomicUsize,
}

/// What one endpoint was told.
#[derive(Default)]
struct Told {
    /// By their sequence, which no two events of a store share.
    events: HashSet<i64>,
    last_of_ticket: HashMap<i64, i64>,
    repeated: usize,
    /// Told for the first time after a later one of its ticket.
    disordered: usize,
}

#[derive(Deserialize)]
struct Payload {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    sequence: i64,
    ticket: Ticket,
}

#[derive(Deserialize)]
struct Ticket {
    id: i64,
}

impl Receiver {
    pub fn start(endpoints: usize) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let told = (0..endpoints).map(|_| Mutex::default()).collect();
        let endpoints = Arc::new(Endpoints { told, events: AtomicUsize::new(0) });
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
        let url = format!("http://{}", listener.local_addr()?);
        runtime.spawn(accept(listener, endpoints.clone()));
        Ok(Self { runtime, endpoints, url })
    }

    /// Of each endpoint.
    pub fn urls(&self) -> impl Iterator<Item = String> {
        (0..self.endpoints.told.len()).map(|number| format!("{}/{number}", self.url))
    }

    /// Waits until each endpoint was told of so many events; fails where some are missing by then, or came out of order.
    pub fn wait_for(&self, events: usize, until: Instant) -> anyhow::Result<()> {
        let all = events * self.endpoints.told.len();
        self.runtime.block_on(async {
            while self.endpoints.events.load(Ordering::Relaxed) < all && Instant::now() < until {
                sleep(LOOK).await;
            }
        });
        for (number, told) in self.endpoints.told.iter().enumerate() {
            let Told { events: had, repeated, disordered, .. } =
                &*told.lock().unwrap_or_else(PoisonError::into_inner);
            ensure!(had.len() == events, "endpoint {number} was told of {} of {events} events", had.len());
            ensure!(*disordered == 0, "endpoint {number} was told of {disordered} events out of order");
            if *repeated > 0 {
                eprintln!("endpoint {number} was told of {repeated} events again");
            }
        }
        Ok(())
    }
}

async fn accept(listener: TcpListener, endpoints: Arc<Endpoints>) {
    // Whoever cannot be accepted tries again, and what never comes is missed at the end.
    while let Ok((stream, _)) = listener.accept().await {
        let endpoints = endpoints.clone();
        let service = service_fn(move |request| {
            let endpoints = endpoints.clone();
            async move { Ok::<_, Infallible>(answer(request, &endpoints).await) }
        });
        let _ = stream.set_nodelay(true);
        tokio::spawn(Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn answer(request: Request<Incoming>, endpoints: &Endpoints) -> Response<Empty<Bytes>> {
    let mut response = Response::new(Empty::new());
    *response.status_mut() = match note(request, endpoints).await {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(error) => {
            eprintln!("a delivery is not understood: {error:#}");
            StatusCode::BAD_REQUEST
        }
    };
    response
}

async fn note(request: Request<Incoming>, endpoints: &Endpoints) -> anyhow::Result<()> {
    let number = request.uri().path().trim_start_matches('/').parse::<usize>()?;
    let told = endpoints.told.get(number).context("there is no such endpoint")?;
    let body = request.into_body().collect().await?.to_bytes();
    let Payload { data } = serde_json::from_slice(&body)?;
    if told.lock().unwrap_or_else(PoisonError::into_inner).note(data.ticket.id, data.sequence) {
        endpoints.events.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

impl Told {
    /// Whether it is told for the first time.
    fn note(&mut self, ticket: i64, sequence: i64) -> bool {
        if !self.events.insert(sequence) {
            self.repeated += 1;
            return false;
        }
        let last = self.last_of_ticket.entry(ticket).or_insert(sequence);
        self.disordered += usize::from(sequence < *last);
        *last = sequence.max(*last);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_new_and_behind_a_later_one_of_its_ticket_is_out_of_order() {
        let mut told = Told::default();
        let new: Vec<bool> =
            [(1, 2), (2, 9), (1, 3), (1, 2), (1, 7), (1, 5)].map(|(ticket, at)| told.note(ticket, at)).into();
        assert_eq!(new, [true, true, true, false, true, true]);
        assert_eq!((told.events.len(), told.repeated, told.disordered), (5, 1, 1));
    }
}
