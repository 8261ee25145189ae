//! Many live streams of a store's events at once: when each of them hears that a ticket was created.

use std::{
    collections::{HashMap, HashSet},
    time::Instant,
};

use anyhow::{Context, ensure};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde::Deserialize;
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::JoinSet,
    time::timeout_at,
};

use super::connection::{Connection, Credentials};
use crate::latency::Latencies;

/// What one of the streams told of.
struct Heard {
    stream: usize,
    ticket: i64,
    at: Instant,
}

pub struct Listeners {
    count: usize,
    heard: UnboundedReceiver<Heard>,
    // They end with it.
    _listening: JoinSet<anyhow::Result<()>>,
}

impl Listeners {
    /// Opens so many streams, with each of the sessions in turn.
    pub async fn open(url: &str, sessions: &[String], count: usize) -> anyhow::Result<Self> {
        let (tell, heard) = unbounded_channel();
        let mut listening = JoinSet::new();
        for (number, session) in sessions.iter().cycle().take(count).enumerate() {
            let connection = Connection::open(url, Credentials::Session(session)).await?;
            let stream = connection.follow("/v1/stream").await?;
            listening.spawn(listen(number, stream, tell.clone()));
        }
        Ok(Self { count, heard, _listening: listening })
    }

    /// How long after its creation was answered each stream heard of each ticket; fails where one did not hear of one by then.
    pub async fn heard_of(
        &mut self,
        created: &HashMap<i64, Instant>,
        until: Instant,
    ) -> anyhow::Result<Latencies> {
        let (mut latencies, all) = (Latencies::default(), created.len() * self.count);
        let mut pairs = HashSet::new();
        while latencies.count() < all {
            let Ok(Some(Heard { stream, ticket, at })) = timeout_at(until.into(), self.heard.recv()).await
            else {
                break;
            };
            if let Some(created) = created.get(&ticket)
                && pairs.insert((stream, ticket))
            {
                // Told before the answer was read: no time at all.
                latencies.record(at.saturating_duration_since(*created));
            }
        }
        ensure!(
            latencies.count() == all,
            "{} streams heard {} times of {} tickets",
            self.count,
            latencies.count(),
            created.len()
        );
        Ok(latencies)
    }
}

/// Reads a stream to its end.
async fn listen(number: usize, mut stream: Incoming, heard: UnboundedSender<Heard>) -> anyhow::Result<()> {
    let mut text = Blocks::default();
    while let Some(frame) = stream.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        let at = Instant::now();
        for ticket in text.created(&data)? {
            heard.send(Heard { stream: number, ticket, at }).context("nobody counts any more")?;
        }
    }
    Ok(())
}

/// A stream's text that is no whole block yet (WHATWG HTML, section 9.2).
#[derive(Default)]
struct Blocks(Vec<u8>);

#[derive(Deserialize)]
struct Payload {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    ticket: Ticket,
}

#[derive(Deserialize)]
struct Ticket {
    id: i64,
}

impl Blocks {
    /// The tickets of whose creation it tells with what came now.
    fn created(&mut self, data: &[u8]) -> serde_json::Result<Vec<i64>> {
        self.0.extend_from_slice(data);
        let mut found = Vec::new();
        let mut rest = self.0.as_slice();
        while let Some(end) = rest.windows(2).position(|pair| pair == b"\n\n") {
            found.extend(created(&rest[..end])?);
            rest = &rest[end + 2..];
        }
        self.0 = rest.to_vec();
        Ok(found)
    }
}

fn created(block: &[u8]) -> serde_json::Result<Option<i64>> {
    let lines = || block.split(|byte| *byte == b'\n');
    if !lines().any(|line| line == b"event: ticket.created") {
        return Ok(None);
    }
    let data = lines().find_map(|line| line.strip_prefix(b"data: "));
    data.map(|data| serde_json::from_slice::<Payload>(data).map(|payload| payload.data.ticket.id)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn creations_are_found_however_the_text_is_cut() {
        let text = "retry: 2000\n\n:\n\nid: evt_7_0\nevent: ticket.created\ndata: {\"data\":{\"ticket\":{\"id\":5}}}\n\n\
                    id: evt_7_1\nevent: ticket.assigned\ndata: {\"data\":{\"ticket\":{\"id\":5}}}\n\n";
        for cut in 0..text.len() {
            let mut blocks = Blocks::default();
            let (first, second) = text.as_bytes().split_at(cut);
            let found = [blocks.created(first).unwrap(), blocks.created(second).unwrap()].concat();
            assert_eq!(found, [5], "cut at {cut}");
        }
    }
}
