//! The settings of `rota serve`: from flags, then the environment, then the config file, then the defaults.

use crate::intake::Limits;
use crate::mail::{Sender, Smtp, SmtpUrl};
use crate::site::{PublicUrl, Site};
use crate::store::database::Database;
use crate::store::postgres::{BatchScope, Options};
use crate::telemetry::LogFormat;
use crate::webhooks::{Cidr, KeySource, Network, Webhooks};
use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub const DEFAULT_DATABASE: &str = "sqlite:rota.db";
pub const DEFAULT_LISTEN: &str = "127.0.0.1:7070";
const DEFAULT_QUEUE: usize = 16_384;
const DEFAULT_CONNECTIONS: usize = 8_192;
const DEFAULT_MAX_BATCH: usize = 1_024;
const DEFAULT_DEADLINE_SECONDS: u64 = 10;

/// What may be set. Every setting is a flag, an environment variable and a key of the config file.
#[derive(Debug, Clone, Default, Args, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Address to listen on; port 0 picks a free one [default: 127.0.0.1:7070]
    #[arg(long, env = "ROTA_LISTEN", value_name = "ADDR")]
    pub listen: Option<String>,
    /// Database, such as sqlite:/var/lib/rota/rota.db or postgresql://rota@db.example/rota [default: sqlite:rota.db]
    #[arg(long, env = "ROTA_DATABASE", value_name = "URL")]
    pub database: Option<String>,
    /// PEM file with the TLS certificate chain; read again when it changes
    #[arg(long, env = "ROTA_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// PEM file with the certificate's key
    #[arg(long, env = "ROTA_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Address of the proxy before this server, which says in X-Forwarded-For who the client is; may be repeated
    #[arg(long, env = "ROTA_TRUSTED_PROXY", value_name = "IP", value_delimiter = ',')]
    pub trusted_proxy: Vec<IpAddr>,
    /// Where people reach the server, such as https://desk.shop.example [default: where it listens]
    #[arg(long, env = "ROTA_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<PublicUrl>,
    /// Form of the log lines on stderr [default: text]
    #[arg(long, env = "ROTA_LOG_FORMAT", value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,
    /// Calls that may wait for a commit; more get 503 [default: 16384]
    #[arg(long, env = "ROTA_QUEUE", value_name = "N")]
    pub queue: Option<usize>,
    /// Connections at a time; more wait to be accepted [default: 8192]
    #[arg(long, env = "ROTA_CONNECTIONS", value_name = "N")]
    pub connections: Option<usize>,
    /// Calls that share a commit at most [default: 1024]
    #[arg(long, env = "ROTA_MAX_BATCH", value_name = "N")]
    pub max_batch: Option<usize>,
    /// Seconds until a request is answered with an error [default: 10]
    #[arg(long, env = "ROTA_DEADLINE", value_name = "SECONDS")]
    pub deadline: Option<u64>,
    /// Whether the stores of a batch commit together or each by itself; for PostgreSQL [default: batch]
    #[arg(long, env = "ROTA_BATCH_SCOPE", value_name = "SCOPE")]
    pub batch_scope: Option<BatchScope>,
    /// File with the key of webhooks' secrets, 32 random bytes [default: beside a SQLite database]
    #[arg(long, env = "ROTA_WEBHOOK_KEY_FILE", value_name = "FILE")]
    pub webhook_key_file: Option<PathBuf>,
    /// Private addresses that webhooks may reach, such as 10.0.0.0/8; may be repeated
    #[arg(long, env = "ROTA_WEBHOOK_ALLOW_PRIVATE", value_name = "CIDR", value_delimiter = ',')]
    pub webhook_allow_private: Vec<Cidr>,
    /// Server for mail to agents, such as smtp://rota@mail.example [default: none is sent]
    #[arg(long, env = "ROTA_SMTP_URL", value_name = "URL")]
    pub smtp_url: Option<SmtpUrl>,
    /// File with the password of the user in --smtp-url
    #[arg(long, env = "ROTA_SMTP_PASSWORD_FILE", value_name = "FILE")]
    pub smtp_password_file: Option<PathBuf>,
    /// Whom mails are from, such as "Support desk <desk@shop.example>"
    #[arg(long, env = "ROTA_MAIL_FROM", value_name = "ADDRESS")]
    pub mail_from: Option<Sender>,
}

/// The same settings of mail for a command.
#[derive(Debug, Clone, Args)]
pub struct MailSettings {
    /// Mail server, such as smtp://rota@mail.example
    #[arg(long, env = "ROTA_SMTP_URL", value_name = "URL")]
    smtp_url: SmtpUrl,
    /// File with the password of the user in --smtp-url
    #[arg(long, env = "ROTA_SMTP_PASSWORD_FILE", value_name = "FILE")]
    smtp_password_file: Option<PathBuf>,
    /// Whom mails are from, such as "Support desk <desk@shop.example>"
    #[arg(long, env = "ROTA_MAIL_FROM", value_name = "ADDRESS")]
    mail_from: Option<Sender>,
}

impl MailSettings {
    pub fn smtp(&self, host: &str) -> Result<Smtp> {
        Smtp::new(&self.smtp_url, self.smtp_password_file.as_deref(), self.mail_from.as_ref(), host)
    }
}

/// The same settings of webhooks for a command.
#[derive(Debug, Clone, Args)]
pub struct WebhookSettings {
    /// File with the key of webhooks' secrets, 32 random bytes [default: beside a SQLite database]
    #[arg(long, env = "ROTA_WEBHOOK_KEY_FILE", value_name = "FILE")]
    webhook_key_file: Option<PathBuf>,
    /// Private addresses that webhooks may reach, such as 10.0.0.0/8; may be repeated
    #[arg(long, env = "ROTA_WEBHOOK_ALLOW_PRIVATE", value_name = "CIDR", value_delimiter = ',')]
    webhook_allow_private: Vec<Cidr>,
}

impl WebhookSettings {
    pub fn webhooks(&self, database: &str) -> Webhooks {
        webhooks(self.webhook_key_file.as_deref(), &self.webhook_allow_private, database)
    }
}

/// A SQLite database has its key beside it; nodes on one PostgreSQL database have to be told where theirs is.
fn webhooks(key: Option<&Path>, allowed: &[Cidr], database: &str) -> Webhooks {
    let beside = || {
        let file = database.strip_prefix("sqlite:").map(|file| Path::new(file).with_extension("webhook-key"));
        file.map_or(KeySource::Unnamed, KeySource::Beside)
    };
    let key = key.map_or_else(beside, |file| KeySource::File(file.to_owned()));
    Webhooks::new(key, Network { allowed: allowed.to_vec() })
}

impl Settings {
    /// Fills what is not set from a TOML file.
    pub fn with_file(self, path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the config file {}; check its name", path.display()))?;
        let file: Self = toml::from_str(&text).with_context(|| {
            format!(
                "{} is no config file; its keys are those of `rota serve --help`, with _ for -",
                path.display()
            )
        })?;
        Ok(Self {
            listen: self.listen.or(file.listen),
            database: self.database.or(file.database),
            tls_cert: self.tls_cert.or(file.tls_cert),
            tls_key: self.tls_key.or(file.tls_key),
            trusted_proxy: if self.trusted_proxy.is_empty() {
                file.trusted_proxy
            } else {
                self.trusted_proxy
            },
            public_url: self.public_url.or(file.public_url),
            log_format: self.log_format.or(file.log_format),
            queue: self.queue.or(file.queue),
            connections: self.connections.or(file.connections),
            max_batch: self.max_batch.or(file.max_batch),
            deadline: self.deadline.or(file.deadline),
            batch_scope: self.batch_scope.or(file.batch_scope),
            webhook_key_file: self.webhook_key_file.or(file.webhook_key_file),
            webhook_allow_private: if self.webhook_allow_private.is_empty() {
                file.webhook_allow_private
            } else {
                self.webhook_allow_private
            },
            smtp_url: self.smtp_url.or(file.smtp_url),
            smtp_password_file: self.smtp_password_file.or(file.smtp_password_file),
            mail_from: self.mail_from.or(file.mail_from),
        })
    }

    pub fn listen(&self) -> &str {
        self.listen.as_deref().unwrap_or(DEFAULT_LISTEN)
    }

    pub fn database(&self) -> Result<Database> {
        database(self.database.as_deref().unwrap_or(DEFAULT_DATABASE))
    }

    /// What PostgreSQL is to know of the settings.
    pub fn database_options(&self) -> Options {
        let scope = self.batch_scope.unwrap_or_default();
        Options { scope, deadline: self.limits().deadline, ..Options::default() }
    }

    pub fn webhooks(&self) -> Webhooks {
        let database = self.database.as_deref().unwrap_or(DEFAULT_DATABASE);
        webhooks(self.webhook_key_file.as_deref(), &self.webhook_allow_private, database)
    }

    /// The mail server, where there is one.
    pub fn smtp(&self, site: &Site) -> Result<Option<Smtp>> {
        let smtp = |url: &SmtpUrl| {
            let password = self.smtp_password_file.as_deref();
            Smtp::new(url, password, self.mail_from.as_ref(), site.url.host())
        };
        self.smtp_url.as_ref().map(smtp).transpose()
    }

    pub fn connections(&self) -> usize {
        self.connections.unwrap_or(DEFAULT_CONNECTIONS).max(1)
    }

    pub fn limits(&self) -> Limits {
        Limits {
            queue: self.queue.unwrap_or(DEFAULT_QUEUE).max(1),
            max_batch: self.max_batch.unwrap_or(DEFAULT_MAX_BATCH).max(1),
            deadline: Duration::from_secs(self.deadline.unwrap_or(DEFAULT_DEADLINE_SECONDS).max(1)),
        }
    }

    /// The certificate and its key, which belong together.
    pub fn tls_files(&self) -> Result<Option<(PathBuf, PathBuf)>> {
        match (&self.tls_cert, &self.tls_key) {
            (Some(cert), Some(key)) => Ok(Some((cert.clone(), key.clone()))),
            (None, None) => Ok(None),
            _ => bail!("tls_cert and tls_key belong together; set both or neither"),
        }
    }

    /// The server as browsers reach it, where it listens at this address. Cookies are for https alone, except on this machine
    /// itself with nothing that speaks https before it.
    pub fn site(&self, listening: SocketAddr) -> Site {
        let url = self.public_url.clone();
        let url = url.unwrap_or_else(|| PublicUrl::of(listening, self.tls_cert.is_some()));
        let local = listening.ip().is_loopback() && self.trusted_proxy.is_empty();
        Site {
            secure: url.is_https() || self.tls_cert.is_some() || !local,
            url,
            proxies: self.trusted_proxy.clone(),
        }
    }

    /// Whether keys and tickets would cross a network in the clear.
    pub fn is_exposed(&self, address: SocketAddr) -> bool {
        !address.ip().is_loopback() && self.tls_cert.is_none() && self.trusted_proxy.is_empty()
    }
}

/// Reads a database URL.
pub fn database(url: &str) -> Result<Database> {
    Database::parse(url).map_err(anyhow::Error::msg)
}
