//! TLS with certificates that are read again when their files change.

use anyhow::{Context, Result, ensure};
use arc_swap::ArcSwap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::server::TlsStream;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(1);
/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// The certificate in force, which new connections get.
#[derive(Clone)]
pub struct Tls {
    config: Arc<ArcSwap<ServerConfig>>,
}

impl Tls {
    /// Reads the files and goes on watching them. Files that cannot be used later leave the old certificate in
    /// force, and a line in the log.
    pub fn start(cert: PathBuf, key: PathBuf) -> Result<Self> {
        // Looked at before they are read, so that a change in between is not missed.
        let seen = (changed(&cert), changed(&key));
        let config = Arc::new(ArcSwap::from_pointee(read(&cert, &key)?));
        tokio::spawn(watch(cert, key, seen, config.clone()));
        Ok(Self { config })
    }

    pub async fn accept(&self, stream: TcpStream) -> Option<TlsStream<TcpStream>> {
        let acceptor = TlsAcceptor::from(self.config.load_full());
        match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => Some(stream),
            Ok(Err(error)) => {
                tracing::debug!(%error, "a TLS handshake failed");
                None
            }
            Err(_) => None,
        }
    }
}

/// When the certificate's file and the key's were changed last.
type Changed = (Option<SystemTime>, Option<SystemTime>);

async fn watch(cert: PathBuf, key: PathBuf, mut seen: Changed, config: Arc<ArcSwap<ServerConfig>>) {
    let mut ticks = tokio::time::interval(LOOK);
    loop {
        ticks.tick().await;
        let now = (changed(&cert), changed(&key));
        if now == seen {
            continue;
        }
        seen = now;
        match read(&cert, &key) {
            Ok(read) => {
                config.store(Arc::new(read));
                tracing::info!(cert = %cert.display(), "TLS certificate read again");
            }
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "the old TLS certificate stays in force")
            }
        }
    }
}

fn changed(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|data| data.modified()).ok()
}

fn read(cert: &Path, key: &Path) -> Result<ServerConfig> {
    let advice =
        |path: &Path| format!("cannot use {}: name a PEM file that this user may read", path.display());
    let chain: Vec<_> =
        CertificateDer::pem_file_iter(cert).and_then(Iterator::collect).with_context(|| advice(cert))?;
    ensure!(!chain.is_empty(), advice(cert));
    let key = PrivateKeyDer::from_pem_file(key).with_context(|| advice(key))?;
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .context("the TLS certificate and its key do not fit together")?;
    Ok(config)
}
