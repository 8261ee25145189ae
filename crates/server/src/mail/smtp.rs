//! Handing mails to the mail server (RFC 5321).

use super::{SmtpUrl, Tls};
use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls as Encryption, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{AsyncSmtpTransport, Error};
use lettre::{Address, AsyncTransport, Message, Tokio1Executor};
use rota_core::mail::{Mail, is_refused};
use serde::Deserialize;
use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;
use tokio_rustls::rustls;

/// How long handing over one mail may take.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Whom mails are from: an address, with a name before it where wished.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Sender(Mailbox);

impl FromStr for Sender {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| "is a mail address, or NAME <ADDRESS>")
    }
}

impl TryFrom<String> for Sender {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// The mail server, and whom mails are from.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    server: String,
}

/// Why a mail was not taken.
#[derive(Debug, thiserror::Error)]
#[error("{told}; {advice}")]
pub struct Failure {
    pub told: String,
    pub advice: &'static str,
    /// Whether that was the server's last word.
    pub is_refused: bool,
}

impl Smtp {
    /// Of an operator's settings. `host` is what this server calls itself.
    pub fn new(url: &SmtpUrl, password: Option<&Path>, from: Option<&Sender>, host: &str) -> Result<Self> {
        let Some(Sender(from)) = from else {
            bail!("--mail-from is needed with --smtp-url: the address that mails are from")
        };
        let parameters = || TlsParameters::new(url.host.clone()).context("TLS cannot be set up");
        let encryption = match url.tls {
            Tls::Implicit => Encryption::Wrapper(parameters()?),
            Tls::StartTls => Encryption::Required(parameters()?),
            Tls::None => Encryption::None,
        };
        let hello = host.parse().map_or_else(
            |_| ClientId::Domain(host.to_owned()),
            |ip| match ip {
                IpAddr::V4(ip) => ClientId::Ipv4(ip),
                IpAddr::V6(ip) => ClientId::Ipv6(ip),
            },
        );
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&url.host)
            .port(url.port)
            .tls(encryption)
            .timeout(Some(PATIENCE))
            .hello_name(hello);
        if let Some(credentials) = credentials(url, password)? {
            builder = builder.credentials(credentials);
        }
        let server = format!("{}:{}", url.host, url.port);
        Ok(Self { transport: builder.build(), from: from.clone(), server })
    }

    /// What stands behind the @ of a message's id.
    pub fn domain(&self) -> &str {
        self.from.email.domain()
    }

    /// Hands a mail over. What takes too long may have been taken all the same, and is a failure.
    pub async fn send(&self, to: &str, id: &str, at: Timestamp, mail: Mail) -> Result<(), Failure> {
        let message = self.message(to, id, at, mail)?;
        match tokio::time::timeout(PATIENCE, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(self.failure(&error)),
            Err(_) => Err(Failure {
                told: format!("{} took longer than {} s", self.server, PATIENCE.as_secs()),
                advice: UNREACHABLE,
                is_refused: false,
            }),
        }
    }

    fn message(&self, to: &str, id: &str, at: Timestamp, mail: Mail) -> Result<Message, Failure> {
        let unfit = |told: String| Failure { told, advice: "check the address", is_refused: true };
        let address: Address =
            to.parse().map_err(|error| unfit(format!("{to} cannot be mailed: {error}")))?;
        let generated = HeaderName::new_from_ascii_str("Auto-Submitted");
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, address))
            .date(at.into())
            .message_id(Some(format!("<{id}@{}>", self.domain())))
            .subject(mail.subject)
            .raw_header(HeaderValue::new(generated, "auto-generated".into()))
            .header(ContentType::TEXT_PLAIN)
            .body(mail.text)
            .map_err(|error| unfit(error.to_string()))
    }

    fn failure(&self, error: &Error) -> Failure {
        let status = error.status().map(u16::from);
        let advice = match status {
            Some(530 | 534 | 535 | 538) => "check the user in --smtp-url and --smtp-password-file",
            Some(500..) => {
                "check --mail-from and the address, and whether the server takes mail from this machine"
            }
            Some(_) => "the server asks to try again later",
            None if is_of_tls(error) => {
                "smtps:// is for ports with TLS from the start, such as 465, and smtp:// for STARTTLS, such as 587; the \
                 certificate has to name the host and come from an authority that this machine trusts"
            }
            None if error.is_client() => {
                "where the server offers no STARTTLS, use smtps://, or smtp://HOST?tls=none on a network that you trust"
            }
            None => UNREACHABLE,
        };
        let told = format!("{}: {error}", self.server);
        Failure { told, advice, is_refused: status.is_some_and(is_refused) }
    }
}

const UNREACHABLE: &str = "check host and port in --smtp-url, and that this machine may connect there";

/// Whether TLS could not begin: that comes as an error of the connection.
fn is_of_tls(error: &Error) -> bool {
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    let inner = causes.filter_map(|cause| cause.downcast_ref::<io::Error>()?.get_ref());
    inner.into_iter().any(|cause| cause.is::<rustls::Error>())
}

/// The user with the password from its file.
fn credentials(url: &SmtpUrl, password: Option<&Path>) -> Result<Option<Credentials>> {
    let (user, file) = match (&url.user, password) {
        (None, None) => return Ok(None),
        (Some(user), Some(file)) => (user, file),
        (Some(_), None) => bail!("--smtp-password-file is needed for the user in --smtp-url"),
        (None, Some(_)) => bail!("--smtp-url needs a user for the password, as in smtp://USER@HOST"),
    };
    let is_local = url.host == "localhost" || url.host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    if url.tls == Tls::None && !is_local {
        bail!("--smtp-url would send the password in the clear; use smtps:// or smtp:// without ?tls=none");
    }
    let password = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read {}; it holds the password of {user}", file.display()))?;
    Ok(Some(Credentials::new(user.clone(), password.trim_end_matches(['\r', '\n']).to_owned())))
}
