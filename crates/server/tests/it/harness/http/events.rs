//! A reader of server-sent events, as a browser's: an event at a time.

use super::{PATIENCE, Request};
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};

/// An open stream.
pub struct EventSource {
    reader: BufReader<TcpStream>,
}

/// One event; a comment has neither name nor data.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerSent {
    pub name: String,
    pub id: Option<String>,
    pub data: Value,
}

impl EventSource {
    /// Opens it; what is no stream of events is a failure.
    #[track_caller]
    pub fn open(address: SocketAddr, request: &Request) -> Self {
        let mut stream = TcpStream::connect(address).expect("the server accepts");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time limit");
        stream.write_all(&request.bytes()).expect("the server reads");
        let mut reader = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(reader.read_line(&mut head).expect("a head comes"), 0, "{head}");
        }
        assert!(head.starts_with("HTTP/1.1 200") && head.contains("text/event-stream"), "{head}");
        Self { reader }
    }

    /// The next event; `None` once the stream has ended.
    pub fn next(&mut self) -> Option<ServerSent> {
        let (mut name, mut id, mut line) = (None, None, String::new());
        loop {
            line.clear();
            let read = self.reader.read_line(&mut line).expect("an event comes in time");
            // The last chunk is an empty one.
            if read == 0 || line.trim_end() == "0" {
                return None;
            }
            // The sizes of chunks and the empty lines between events are no fields.
            if let Some(text) = line.trim_end().strip_prefix("event: ") {
                name = Some(text.to_owned());
            } else if let Some(text) = line.trim_end().strip_prefix("id: ") {
                id = Some(text.to_owned());
            } else if let Some(text) = line.trim_end().strip_prefix("data: ") {
                let data = serde_json::from_str(text).expect("data is JSON");
                return Some(ServerSent {
                    name: name.take().expect("an event has a name"),
                    id: id.take(),
                    data,
                });
            }
        }
    }

    /// The next events.
    #[track_caller]
    pub fn take(&mut self, count: usize) -> Vec<ServerSent> {
        (0..count).map(|_| self.next().expect("the stream goes on")).collect()
    }

    /// Names of the next events with the tickets that they are about.
    #[track_caller]
    pub fn told(&mut self, count: usize) -> Vec<(String, Option<i64>)> {
        let of = |event: ServerSent| {
            let data = &event.data["data"];
            let ticket = data["ticket"]["id"].as_i64().or(data["ticketId"].as_i64());
            (event.name, ticket)
        };
        self.take(count).into_iter().map(of).collect()
    }
}
