//! `rota demo --live`: the shop's customers, who write every few seconds, through the server's own front door.

use crate::clock::Entropy;
use crate::http::{CREATE_TICKET, PUT_CUSTOMER};
use crate::provision::demo::samples;
use anyhow::{Context, Result, bail};
use axum::http::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;

const EVERY: Duration = Duration::from_secs(4);
/// One in so many steps is a message on a ticket that is there already.
const MESSAGES: usize = 4;

/// The server as its callers reach it.
pub struct Door {
    pub address: SocketAddr,
    /// Of a key with the scopes intake and desk.
    pub token: String,
}

impl Door {
    /// Writes until the demo ends. What is refused or lost is told, and the next one is sent all the same.
    pub async fn keep_writing(self, entropy: &dyn Entropy) {
        let mut choose = |below: usize| {
            let mut bytes = [0; 4];
            entropy.fill(&mut bytes);
            u32::from_le_bytes(bytes) as usize % below
        };
        let mut ticks = tokio::time::interval(EVERY);
        let mut last = 0;
        loop {
            ticks.tick().await;
            match self.step(last, &mut choose).await {
                Ok(ticket) => last = ticket,
                Err(error) => tracing::warn!("a customer of the demo was not heard: {error:#}"),
            }
        }
    }

    /// A ticket, or a message on one of the last; answers the last ticket's number.
    async fn step(&self, last: usize, choose: samples::Choose<'_>) -> Result<usize> {
        if last > 0 && choose(MESSAGES) == 0 {
            let ticket = last - choose(last.min(20));
            self.post(&format!("/v1/tickets/{ticket}/messages"), &samples::message(choose)).await?;
            return Ok(last);
        }
        let number = choose(samples::customers());
        let known = self.post(PUT_CUSTOMER, &samples::customer(number)).await?;
        let id = &known["data"]["customer"]["id"];
        let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
        let made = self.post(CREATE_TICKET, &samples::ticket(number, &id, choose)).await?;
        let ticket = made["data"]["ticket"]["id"].as_u64().context("a ticket without a number")?;
        Ok(usize::try_from(ticket)?)
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let stream = TcpStream::connect(self.address).await?;
        let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let request = Request::post(path)
            .header(HOST, self.address.to_string())
            .header(AUTHORIZATION, format!("Basic {}", self.token))
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(body.to_string())))?;
        let response = sender.send_request(request).await?;
        let status = response.status();
        let answer = response.into_body().collect().await?.to_bytes();
        if !status.is_success() {
            bail!("{path} was answered with {status}: {}", String::from_utf8_lossy(&answer));
        }
        Ok(serde_json::from_slice(&answer)?)
    }
}
