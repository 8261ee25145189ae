//! A reader of pages: one connection, one request at a time, each answer timed.

use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::runtime::Runtime;

use super::{
    connection::{Connection, Credentials},
    server::Server,
};

pub struct Reader {
    runtime: Runtime,
    connection: Connection,
}

impl Reader {
    pub fn open(server: &Server, token: &str) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let connection = runtime.block_on(Connection::open(&server.url, Credentials::Desk(token)))?;
        Ok(Self { runtime, connection })
    }

    /// The answer, which has to be 200, and how long it took.
    pub fn read(&mut self, path: &str) -> anyhow::Result<(Value, Duration)> {
        let start = Instant::now();
        let answer = self.runtime.block_on(self.connection.get(path))?;
        let took = start.elapsed();
        Ok((serde_json::from_slice(answer.body())?, took))
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
