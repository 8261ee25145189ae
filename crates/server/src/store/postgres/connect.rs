//! Reaching the database: the URL, the password, TLS, and what each new connection has to show first.

mod password;
mod tls;

use super::fault::Fault;
use super::kept::KeptStatements;
use super::session::{Connection, Session};
use crate::store::StoreError;
use deadpool::Runtime;
use deadpool::managed::{Manager, Metrics, Pool, PoolError, RecycleError, RecycleResult};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio_postgres::error::Severity;
use tokio_postgres::{AsyncMessage, Config};

/// How long one attempt to connect to one host may take, where the URL does not say.
const CONNECT: Duration = Duration::from_secs(1);
/// How long sent bytes may stay unacknowledged before the connection counts as broken, where the URL does not say.
const UNACKNOWLEDGED: Duration = Duration::from_secs(5);
/// How long to wait for a connection of the pool's.
const PATIENCE: Duration = Duration::from_secs(1);

/// A database, and how it is reached: <https://www.postgresql.org/docs/current/libpq-connect.html> says what the URL
/// may hold.
#[derive(Clone)]
pub struct Address {
    config: Config,
    tls: tls::MakeTls,
    shown: String,
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl Address {
    /// Whether `url` names a PostgreSQL database.
    pub fn is_meant(url: &str) -> bool {
        url.starts_with("postgres://") || url.starts_with("postgresql://")
    }

    /// Reads a URL. What libpq takes and the driver does not know is taken out of it here.
    pub fn parse(url: &str) -> Result<Self, String> {
        let (place, query) = url.split_once('?').unwrap_or((url, ""));
        let mut rest = Vec::new();
        let mut wanted = tls::Wanted::default();
        let mut password_file = None;
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("sslmode", mode)) => wanted.mode = mode.parse()?,
                Some(("sslrootcert", file)) => wanted.roots = Some(file.into()),
                Some(("passfile", file)) => password_file = Some(file.into()),
                _ => rest.push(pair),
            }
        }
        let plain = if rest.is_empty() { place.to_owned() } else { format!("{place}?{}", rest.join("&")) };
        let mut config: Config = plain.parse().map_err(|error: tokio_postgres::Error| error.to_string())?;
        config.ssl_mode(wanted.mode.of_the_driver());
        if config.get_application_name().is_none() {
            config.application_name("rota");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(UNACKNOWLEDGED);
        }
        if config.get_password().is_none()
            && let Some(password) = password::find(&config, password_file)
        {
            config.password(password);
        }
        let shown =
            format!("{:?}, database {}", config.get_hosts(), config.get_dbname().unwrap_or("of the user"));
        Ok(Self { config, tls: tls::connector(&wanted)?, shown })
    }

    /// A pool of connections, none of which is opened before it is needed.
    pub fn pool(&self, connections: usize) -> Pool<Connector> {
        let pool = Pool::builder(Connector { address: self.clone(), pooled: Arc::default() }).max_size(connections);
        let pool = pool.wait_timeout(Some(PATIENCE)).runtime(Runtime::Tokio1);
        pool.build().expect("a runtime was named")
    }
}

/// Makes the pool's connections.
pub struct Connector {
    address: Address,
    /// Whether one of its connections has met a pooler.
    pooled: Arc<AtomicBool>,
}

impl Manager for Connector {
    type Type = Connection;
    type Error = StoreError;

    async fn create(&self) -> Result<Connection, StoreError> {
        let Address { config, tls, shown } = &self.address;
        let (client, mut socket) =
            config.connect(tls.clone()).await.map_err(|error| named(shown, error.into()))?;
        let warned = Arc::new(AtomicBool::new(false));
        let warns = warned.clone();
        tokio::spawn(async move {
            while let Some(message) = std::future::poll_fn(|context| socket.poll_message(context)).await {
                match message {
                    Ok(AsyncMessage::Notice(notice))
                        if notice.parsed_severity() == Some(Severity::Warning) =>
                    {
                        tracing::warn!(code = notice.code().code(), "PostgreSQL warns: {}", notice.message());
                        warns.store(true, Ordering::Release);
                    }
                    Ok(_) => {}
                    // Whoever waits for an answer on this connection is told the same.
                    Err(_) => return,
                }
            }
        });
        let connection = Connection { client, warned, kept: KeptStatements::new(self.pooled.clone()) };
        refuse_unsafe(&connection).await.map_err(|fault| named(shown, fault))?;
        Ok(connection)
    }

    async fn recycle(&self, connection: &mut Connection, _: &Metrics) -> RecycleResult<StoreError> {
        match connection.client.is_closed() {
            true => Err(RecycleError::message("closed")),
            false => Ok(()),
        }
    }
}

/// A server that may lose what it has called durable keeps no promise (contract 1, Success).
async fn refuse_unsafe(connection: &Connection) -> Result<(), Fault> {
    let select =
        "SELECT name FROM pg_settings WHERE name IN ('fsync', 'full_page_writes') AND setting = 'off'";
    match connection.client.query_typed(select, &[]).await?.first() {
        None => Ok(()),
        Some(row) => {
            let name: String = row.try_get(0)?;
            let why = format!("the server runs with {name} = off and may lose tickets; set {name} = on");
            Err(StoreError::Unusable(why).into())
        }
    }
}

/// The error with the database's place.
fn named(shown: &str, fault: Fault) -> StoreError {
    match StoreError::from(fault) {
        StoreError::Unusable(why) => StoreError::Unusable(format!("{shown}: {why}")),
        StoreError::Away(why) => StoreError::Away(format!("{shown}: {why}")),
        other => other,
    }
}

/// A connection of the pool's.
pub async fn take(pool: &Pool<Connector>) -> Result<Session, StoreError> {
    match pool.get().await {
        Ok(connection) => Ok(connection.into()),
        Err(PoolError::Backend(error)) => Err(error),
        Err(PoolError::Timeout(_)) => Err(StoreError::Away("all connections are in use".into())),
        Err(error) => Err(StoreError::Backend(error.to_string())),
    }
}
