//! A connection that is kept, with its caller's credentials on every request.

use anyhow::{Context, ensure};
use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    HeaderMap, Request, Response, StatusCode,
    body::Incoming,
    client::conn::http1::{SendRequest, handshake},
    header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, HeaderName, HeaderValue},
};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::{load::exchange, wire};

/// How a caller says who it is.
pub enum Credentials<'a> {
    None,
    /// A key that creates tickets.
    Intake(&'a str),
    /// A key that works them.
    Desk(&'a str),
    /// The cookie of somebody who is signed in.
    Session(&'a str),
}

pub struct Connection {
    sender: SendRequest<Full<Bytes>>,
    headers: HeaderMap,
}

impl Connection {
    /// To a server that is reached at `url`.
    pub async fn open(url: &str, credentials: Credentials<'_>) -> anyhow::Result<Self> {
        let host = url.trim_start_matches("http://");
        let stream = TcpStream::connect(host).await.with_context(|| format!("cannot connect to {host}"))?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let mut headers = HeaderMap::from_iter([
            (HOST, HeaderValue::from_str(host)?),
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        ]);
        if let Some((name, value)) = credentials.header() {
            headers.insert(name, HeaderValue::from_str(&value)?);
        }
        Ok(Self { sender, headers })
    }

    pub async fn get(&mut self, path: &str) -> anyhow::Result<Response<Bytes>> {
        let request = Request::get(path).body(Full::default())?;
        self.answer(request).await
    }

    pub async fn post(
        &mut self,
        path: &str,
        body: impl Into<Bytes> + Send,
    ) -> anyhow::Result<Response<Bytes>> {
        let request = Request::post(path).body(Full::new(body.into()))?;
        self.answer(request).await
    }

    /// Creates a ticket; answers its number.
    pub async fn create_ticket(&mut self, customer: u64) -> anyhow::Result<i64> {
        let answer = self.post(wire::TICKETS, wire::sample_body(customer)).await?;
        let answer: Value = serde_json::from_slice(answer.body())?;
        answer["data"]["ticket"]["id"].as_i64().with_context(|| format!("no ticket in {answer}"))
    }

    /// The answer's body as it comes.
    pub async fn follow(mut self, path: &str) -> anyhow::Result<Incoming> {
        let mut request = Request::get(path).body(Full::default())?;
        request.headers_mut().clone_from(&self.headers);
        let answer = self.sender.send_request(request).await?;
        ensure!(answer.status() == StatusCode::OK, "{path}: {}", answer.status());
        Ok(answer.into_body())
    }

    /// It has to be 200.
    async fn answer(&mut self, mut request: Request<Full<Bytes>>) -> anyhow::Result<Response<Bytes>> {
        let path = request.uri().clone();
        request.headers_mut().clone_from(&self.headers);
        let answer = exchange(&mut self.sender, request).await?;
        let (status, body) = (answer.status(), answer.body());
        ensure!(status == StatusCode::OK, "{path}: {status} {}", String::from_utf8_lossy(body));
        Ok(answer)
    }
}

impl Credentials<'_> {
    fn header(&self) -> Option<(HeaderName, String)> {
        match self {
            Self::None => None,
            Self::Intake(token) => Some((AUTHORIZATION, format!("Basic {token}"))),
            Self::Desk(token) => Some((AUTHORIZATION, format!("Bearer {token}"))),
            Self::Session(cookie) => Some((COOKIE, (*cookie).to_owned())),
        }
    }
}
