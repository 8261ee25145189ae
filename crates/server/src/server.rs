//! Serving: connections within limits, TLS, and an end that loses nobody's answer.

mod patience;
mod tls;

use crate::app::App;
use crate::http::{respond, router};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use patience::{Patience, Patient, Requests};
use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub use tls::Tls;

/// Request heads may be this large, in bytes; larger ones get 431.
const MAX_HEAD: usize = 64 * 1024;
const MAX_HEADERS: usize = 100;
const PATIENCE: Patience = Patience { idle: Duration::from_secs(75), head: Duration::from_secs(10) };
/// How long open requests have to finish once the server stops.
const GRACE: Duration = Duration::from_secs(8);

/// Serves until `stop` is ready; then finishes what was begun.
pub async fn serve(
    listener: TcpListener,
    app: Arc<App>,
    tls: Option<Tls>,
    connections: usize,
    stop: impl Future<Output = ()>,
) {
    let graceful = GracefulShutdown::new();
    let router = router(app.clone());
    let places = Arc::new(Semaphore::new(connections));
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            () = &mut stop => break,
        };
        let Some((stream, peer, place)) = accepted else { continue };
        let watcher = graceful.watcher();
        let (app, router, tls) = (app.clone(), router.clone(), tls.clone());
        tokio::spawn(async move {
            match tls {
                None => connection(stream, peer, app, router, watcher).await,
                Some(tls) => {
                    if let Some(stream) = tls.accept(stream).await {
                        connection(stream, peer, app, router, watcher).await;
                    }
                }
            }
            drop(place);
        });
    }
    drop(listener);
    app.streams.end();
    if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!("some connections did not finish in time");
    }
}

/// The next connection, once there is a place for one.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = places.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            // Without it small answers wait for an acknowledgement; a socket that refuses it still works.
            let _ = stream.set_nodelay(true);
            Some((stream, peer, place))
        }
        Err(error) => {
            tracing::warn!(%error, "a connection could not be accepted");
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}

async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    app: Arc<App>,
    router: Router,
    watcher: hyper_util::server::graceful::Watcher,
) {
    let requests = Arc::new(Requests::default());
    let stream = Patient::new(stream, PATIENCE, requests.clone());
    let service = service_fn(move |mut request: Request<Incoming>| {
        requests.begin();
        request.extensions_mut().insert(ConnectInfo(peer));
        let (app, mut router, requests) = (app.clone(), router.clone(), requests.clone());
        async move {
            let response = respond(&app, &mut router, request.map(Body::new)).await;
            requests.answer();
            Ok::<_, Infallible>(response)
        }
    });
    let serving = http1::Builder::new()
        .header_read_timeout(None)
        .max_buf_size(MAX_HEAD)
        .max_headers(MAX_HEADERS)
        .half_close(true)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(serving).await {
        tracing::debug!(%error, "a connection ended badly");
    }
}
