//! Reaching the database: the URL, the password, TLS, and what each new connection has to show first.

mod password;
mod tls;

use super::fault::Fault;
use super::kept::KeptStatements;
use super::session::{Connection, Session};
use crate::store::StoreError;
use deadpool::Runtime;
use deadpool::managed::{Manager, Metrics, Pool, PoolError, RecycleError, RecycleResult};
use futures_util::future::select_ok;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tls::MakeTls;
use tokio::time::timeout;
use tokio_postgres::config::TargetSessionAttrs;
use tokio_postgres::error::Severity;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{AsyncMessage, Client, Config, Socket};

/// How long one attempt to connect to one host may take, greeting included, where the URL does not say.
const CONNECT: Duration = Duration::from_secs(1);
/// How long sent bytes may stay unacknowledged before the connection counts as broken, where the URL does not say.
const UNACKNOWLEDGED: Duration = Duration::from_secs(5);
/// After how much silence a connection is probed, where the URL does not say. A machine that vanished while an answer
/// was awaited is noticed by nothing else.
const SILENCE: Duration = Duration::from_secs(2);
/// How long to wait for a connection of the pool's.
const PATIENCE: Duration = Duration::from_secs(1);

/// A database, and how it is reached: <https://www.postgresql.org/docs/current/libpq-connect.html> says what the URL
/// may hold.
#[derive(Clone)]
pub struct Address {
    /// One for each host of the URL's.
    hosts: Vec<Config>,
    tls: MakeTls,
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
        let mut password_file: Option<PathBuf> = None;
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("sslmode", mode)) => wanted.mode = mode.parse()?,
                Some(("sslrootcert", file)) => wanted.roots = Some(file.into()),
                Some(("passfile", file)) => password_file = Some(file.into()),
                _ => rest.push(pair),
            }
        }
        let query = if rest.is_empty() { String::new() } else { format!("?{}", rest.join("&")) };
        let config =
            |place: &String| configured(&format!("{place}{query}"), &wanted, password_file.as_deref());
        // A list of their addresses belongs to the list of hosts, and leaves both to the driver.
        let places = if query.contains("hostaddr=") { vec![place.to_owned()] } else { each_host(place) };
        let hosts = places.iter().map(config).collect::<Result<Vec<_>, _>>()?;
        let named: Vec<_> = hosts.iter().flat_map(Config::get_hosts).collect();
        let shown = format!("{named:?}, database {}", hosts[0].get_dbname().unwrap_or("of the user"));
        Ok(Self { tls: tls::connector(&wanted)?, hosts, shown })
    }

    /// A pool of connections, none of which is opened before it is needed.
    pub fn pool(&self, connections: usize) -> Pool<Connector> {
        let connector = Connector { address: self.clone(), pooled: Arc::default() };
        let pool = Pool::builder(connector).max_size(connections);
        let pool = pool.wait_timeout(Some(PATIENCE)).runtime(Runtime::Tokio1);
        pool.build().expect("a runtime was named")
    }

    /// Reaches a host that will do. Where it has to take writes, all are asked at once, since only one of them will and
    /// another may be silent; else they are tried in turn.
    async fn reach(&self) -> Result<Reached, Fault> {
        let mut attempts = self.hosts.iter().map(|host| Box::pin(self.reach_one(host)));
        if self.hosts[0].get_target_session_attrs() == TargetSessionAttrs::ReadWrite {
            return Ok(select_ok(attempts).await?.0);
        }
        let mut last = attempts.next().expect("a URL names a host").await;
        for attempt in attempts {
            if last.is_err() {
                last = attempt.await;
            }
        }
        last
    }

    async fn reach_one(&self, host: &Config) -> Result<Reached, Fault> {
        answered(host, async { Ok(host.connect(self.tls.clone()).await?) }).await
    }
}

type Secured = <MakeTls as MakeTlsConnect<Socket>>::Stream;
type Reached = (Client, tokio_postgres::Connection<Socket, Secured>);

/// What `attempt` answers within the time that an attempt to connect may take.
async fn answered<T>(host: &Config, attempt: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    let limit = host.get_connect_timeout().copied().unwrap_or(CONNECT);
    let silent = |_| StoreError::Away(format!("no answer within {limit:?}"));
    timeout(limit, attempt).await.map_err(silent)?
}

/// The URLs of the hosts that one URL names between user and database.
fn each_host(place: &str) -> Vec<String> {
    let (scheme, rest) = place.split_once("://").unwrap_or(("postgresql", place));
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (user, hosts) = authority.split_at(authority.rfind('@').map_or(0, |at| at + 1));
    hosts.split(',').map(|host| format!("{scheme}://{user}{host}{path}")).collect()
}

/// A connection's settings, with Rota's own where the URL has none.
fn configured(url: &str, wanted: &tls::Wanted, password_file: Option<&Path>) -> Result<Config, String> {
    let mut config: Config = url.parse().map_err(|error: tokio_postgres::Error| error.to_string())?;
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
    if !url.contains("keepalives_idle=") {
        config.keepalives_idle(SILENCE);
    }
    if config.get_password().is_none()
        && let Some(password) = password::find(&config, password_file)
    {
        config.password(password);
    }
    Ok(config)
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
        let Address { hosts, shown, .. } = &self.address;
        let (client, mut socket) = self.address.reach().await.map_err(|fault| named(shown, fault))?;
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
        let safe = answered(&hosts[0], refuse_unsafe(&connection)).await;
        safe.map_err(|fault| named(shown, fault))?;
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

/// Closes the connections that nobody uses: where one is silent, the others seldom speak.
pub fn close_idle(pool: &Pool<Connector>) {
    pool.retain(|_, _| false);
}
