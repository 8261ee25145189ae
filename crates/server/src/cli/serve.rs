//! `rota serve`.

use crate::app::{App, Outside};
use crate::clock::{SystemClock, SystemEntropy};
use crate::config::Settings;
use crate::http::console::Built;
use crate::server::{self, Tls};
use crate::store::Role;
use crate::telemetry::{LogFormat, start_logging};
use anyhow::{Context, Result};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// Serves until SIGTERM or Ctrl-C. `listening` is told the address once requests are taken.
pub async fn run(settings: Settings, listening: impl FnOnce(SocketAddr) -> Result<()>) -> Result<ExitCode> {
    start_logging(settings.log_format.unwrap_or(LogFormat::Text));
    let clock = Arc::new(SystemClock);
    let database = settings.database()?;
    let store = database.open(Role::Server, settings.database_options(), clock.clone()).await?;
    let tls = match settings.tls_files()? {
        Some((cert, key)) => Some(Tls::start(cert, key)?),
        None => None,
    };
    let address = settings.listen();
    let listener = TcpListener::bind(address).await.with_context(|| {
        format!(
            "cannot listen on {address}; name a free address of this machine with --listen, port 0 picks one"
        )
    })?;
    let bound = listener.local_addr()?;
    if settings.is_exposed(bound) {
        tracing::warn!(
            "listening beyond this machine without TLS: keys and tickets cross the network in the clear; \
             set --tls-cert and --tls-key, or --trusted-proxy if a proxy in front ends TLS"
        );
    }
    let stop = stop_signal()?;
    let (limits, site) = (settings.limits(), settings.site(bound));
    let (webhooks, smtp) = (settings.webhooks(), settings.smtp(&site)?);
    let outside = Outside { site, webhooks, smtp, console: Built::get };
    let (app, background) = App::start(store, clock, Arc::new(SystemEntropy), limits, outside);
    let scheme = if tls.is_some() { "https" } else { "http" };
    println!("listening on {scheme}://{bound}");
    listening(bound)?;
    server::serve(listener, app.clone(), tls, settings.connections(), stop).await;
    app.stop(background).await;
    Ok(ExitCode::SUCCESS)
}

/// Ready once the process is asked to stop.
fn stop_signal() -> Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for Ctrl-C")?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: finishing what was begun");
    })
}
