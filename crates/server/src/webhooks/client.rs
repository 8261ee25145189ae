//! One POST to an endpoint: the address is judged after its name was looked up, and the connection goes to what was
//! judged. Redirects are not followed.

use super::{HookUrl, Webhooks};
use axum::http::header::{CONTENT_TYPE, HOST, LOCATION, RETRY_AFTER, USER_AGENT};
use axum::http::{HeaderMap, Request};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// How long one request may take, from looking up the name to the end of the answer.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// How much of an answer is read.
const ANSWER: usize = 4 * 1024;
/// How much of the place is told that an answer redirects to, in characters.
const LONGEST_LOCATION: usize = 500;
const AGENT: &str = concat!("rota/", env!("CARGO_PKG_VERSION"));

type Sender = SendRequest<Full<Bytes>>;

/// TLS with the machine's certificates.
#[derive(Clone)]
pub struct Tls(TlsConnector);

impl Tls {
    pub fn new() -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        let found = rustls_native_certs::load_native_certs();
        roots.add_parsable_certificates(found.certs);
        if roots.is_empty() {
            return Err("this machine has no certificates to trust; install ca-certificates".into());
        }
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }
}

/// What an endpoint answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub retry_after: Option<Duration>,
    /// Where it redirects to.
    pub location: Option<String>,
    /// How the body begins.
    pub body: String,
}

/// Reaches one endpoint; keeps connections that can be used again.
pub struct Client {
    webhooks: Arc<Webhooks>,
    url: HookUrl,
    tls: Result<Tls, String>,
    idle: Mutex<Vec<Sender>>,
}

impl Client {
    pub fn new(webhooks: Arc<Webhooks>, url: HookUrl, tls: Result<Tls, String>) -> Self {
        Self { webhooks, url, tls, idle: Mutex::default() }
    }

    pub async fn post(
        &self,
        headers: &[(&'static str, String)],
        body: Bytes,
        now: Timestamp,
    ) -> Result<Answer, String> {
        let mut request = Request::post(&self.url.target)
            .header(HOST, &self.url.authority)
            .header(USER_AGENT, AGENT)
            .header(CONTENT_TYPE, "application/json");
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let request = request.body(Full::new(body)).map_err(|error| error.to_string())?;
        let sent = tokio::time::timeout(PATIENCE, self.send(request, now)).await;
        sent.unwrap_or_else(|_| Err(format!("no answer within {} s", PATIENCE.as_secs())))
    }

    async fn send(&self, mut request: Request<Full<Bytes>>, now: Timestamp) -> Result<Answer, String> {
        // A kept connection may have been closed meanwhile; what was not sent on it is sent on the next.
        while let Some(mut sender) = self.kept() {
            if sender.ready().await.is_err() {
                continue;
            }
            match sender.try_send_request(request).await {
                Ok(response) => return self.read(sender, response, now).await,
                Err(mut failed) => match failed.take_message() {
                    Some(unsent) => request = unsent,
                    None => return Err(told(failed.error())),
                },
            }
        }
        let mut sender = self.connect().await?;
        let response = sender.send_request(request).await.map_err(|error| told(&error))?;
        self.read(sender, response, now).await
    }

    fn kept(&self) -> Option<Sender> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    async fn read(
        &self,
        sender: Sender,
        response: axum::http::Response<Incoming>,
        now: Timestamp,
    ) -> Result<Answer, String> {
        let (parts, mut body) = response.into_parts();
        let mut read = Vec::new();
        let mut whole = true;
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| format!("the answer broke off: {}", told(&error)))?;
            read.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data));
            if read.len() > ANSWER {
                whole = false;
                break;
            }
        }
        read.truncate(ANSWER);
        if whole && !sender.is_closed() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(sender);
        }
        Ok(Answer {
            status: parts.status.as_u16(),
            retry_after: retry_after(&parts.headers, now),
            location: location(&parts.headers),
            // What a database cannot keep is left out.
            body: String::from_utf8_lossy(&read).replace('\0', ""),
        })
    }

    async fn connect(&self) -> Result<Sender, String> {
        let addresses = self.addresses().await?;
        let tcp = TcpStream::connect(addresses.as_slice()).await;
        let tcp = tcp.map_err(|error| format!("{}: {error}", self.url.authority))?;
        // Small requests are sent at once.
        let _ = tcp.set_nodelay(true);
        if !self.url.https {
            return begin(tcp).await;
        }
        let Tls(tls) = self.tls.as_ref().map_err(Clone::clone)?;
        let name = ServerName::try_from(self.url.host.clone()).map_err(|error| error.to_string())?;
        let stream =
            tls.connect(name, tcp).await.map_err(|error| format!("TLS with {}: {error}", self.url.host))?;
        begin(stream).await
    }

    /// The addresses of the host that may be reached, at least one.
    async fn addresses(&self) -> Result<Vec<SocketAddr>, String> {
        let HookUrl { host, port, https, .. } = &self.url;
        let found: Vec<IpAddr> = match self.url.literal() {
            Some(ip) => vec![ip],
            None => {
                let found = self.webhooks.look_up(host.clone(), *port).await;
                let found = found.map_err(|error| format!("{host} cannot be looked up: {error}"))?;
                found.into_iter().map(|address| address.ip()).collect()
            }
        };
        let mut refused = format!("{host} has no address");
        let mut addresses = Vec::new();
        for ip in found {
            match self.webhooks.network.judge(ip, *https) {
                Ok(()) => addresses.push(SocketAddr::new(ip, *port)),
                Err(why) => refused = why,
            }
        }
        if addresses.is_empty() { Err(refused) } else { Ok(addresses) }
    }
}

fn location(headers: &HeaderMap) -> Option<String> {
    let to = headers.get(LOCATION)?.to_str().ok()?;
    Some(to.chars().take(LONGEST_LOCATION).collect())
}

async fn begin<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(stream: S) -> Result<Sender, String> {
    let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|error| told(&error))?;
    tokio::spawn(async move {
        // Whoever sends on it is told.
        let _ = connection.await;
    });
    Ok(sender)
}

/// An error with what is behind it.
fn told(error: &hyper::Error) -> String {
    let cause = std::error::Error::source(error);
    cause.map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

/// Seconds, or a date (RFC 9110, 10.2.3).
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = DateTimeParser::new().parse_timestamp(text).ok()?;
    Duration::try_from(until.duration_since(now)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now: Timestamp = "2026-11-25T10:00:00Z".parse().unwrap();
        let read = |text: &str| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
            retry_after(&headers, now).map(|span| span.as_secs())
        };
        assert_eq!(read("120"), Some(120));
        assert_eq!(read("Wed, 25 Nov 2026 10:01:00 GMT"), Some(60));
        assert_eq!(["Wed, 25 Nov 2026 09:00:00 GMT", "soon", "-1"].map(read), [None; 3]);
    }
}
