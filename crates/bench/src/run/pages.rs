//! A reader of pages: one connection, one request at a time, each answer timed.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Request, StatusCode,
    client::conn::http1::{SendRequest, handshake},
    header::{AUTHORIZATION, HOST},
};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{net::TcpStream, runtime::Runtime};

use super::server::Server;
use crate::load::exchange;

pub struct Reader {
    runtime: Runtime,
    sender: SendRequest<Full<Bytes>>,
    host: String,
    authorization: String,
}

impl Reader {
    pub fn open(server: &Server, token: &str) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let host = server.url.trim_start_matches("http://").to_owned();
        let sender = runtime.block_on(async {
            let stream = TcpStream::connect(&host).await.context("cannot connect")?;
            stream.set_nodelay(true)?;
            let (sender, connection) = handshake(TokioIo::new(stream)).await?;
            tokio::spawn(connection);
            anyhow::Ok(sender)
        })?;
        Ok(Self { runtime, sender, host, authorization: format!("Bearer {token}") })
    }

    /// The answer, which has to be 200, and how long it took.
    pub fn read(&mut self, path: &str) -> anyhow::Result<(Value, Duration)> {
        let request = Request::get(path)
            .header(HOST, &self.host)
            .header(AUTHORIZATION, &self.authorization)
            .body(Full::default())?;
        let start = Instant::now();
        let (status, body) = self.runtime.block_on(exchange(&mut self.sender, request))?;
        let took = start.elapsed();
        ensure!(status == StatusCode::OK, "{path}: {status} {}", String::from_utf8_lossy(&body));
        Ok((serde_json::from_slice(&body)?, took))
    }
}

/// A value as it stands in an address.
pub fn encoded(text: &str) -> String {
    let letter = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_letter_of_an_address_is_encoded() {
        assert_eq!(encoded("a+9 की"), "a%2B9%20%E0%A4%95%E0%A5%80");
    }
}
