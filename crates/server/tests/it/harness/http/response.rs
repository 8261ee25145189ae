//! An answer as it came.

use super::Source;
use serde_json::Value;
use std::io::{Error, ErrorKind};

#[derive(Debug, Clone)]
pub struct Response {
    pub status: u16,
    /// Names in lower case, in the order they came.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Response {
    /// The header's value; two of one name are a failure, since no caller would expect them.
    #[track_caller]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values =
            self.headers.iter().filter(|(present, _)| present == name).map(|(_, value)| value.as_str());
        let first = values.next();
        assert!(values.next().is_none(), "{name} stands twice in {self}");
        first
    }

    #[track_caller]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a body in UTF-8")
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {self}"))
    }
}

impl std::fmt::Display for Response {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}", self.status)?;
        for (name, value) in &self.headers {
            writeln!(f, "{name}: {value}")?;
        }
        write!(f, "\n{}", String::from_utf8_lossy(&self.body))
    }
}

/// Reads the next final answer; interim ones (1xx) are passed over.
pub(super) fn read(source: &mut Source<'_>) -> std::io::Result<Response> {
    loop {
        let response = read_one(source)?;
        if response.status >= 200 {
            return Ok(response);
        }
    }
}

fn read_one(source: &mut Source<'_>) -> std::io::Result<Response> {
    let line = text(source.line()?)?;
    let status = line.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
    let status: u16 = status.ok_or_else(|| garbled(&line))?;
    let mut headers = Vec::new();
    loop {
        let line = text(source.line()?)?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').ok_or_else(|| garbled(&line))?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut response = Response { status, headers, body: Vec::new() };
    if status >= 200 && status != 204 && status != 304 {
        response.body = body(source, &response)?;
    }
    Ok(response)
}

fn body(source: &mut Source<'_>, head: &Response) -> std::io::Result<Vec<u8>> {
    if head.header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
        return chunks(source);
    }
    if let Some(length) = head.header("content-length") {
        return source.take(length.parse().map_err(|_| garbled(length))?);
    }
    while source.more().is_ok() {}
    Ok(std::mem::take(&mut source.bytes))
}

fn chunks(source: &mut Source<'_>) -> std::io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = text(source.line()?)?;
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).map_err(|_| garbled(&line))?;
        body.extend(source.take(size)?);
        source.line()?;
        if size == 0 {
            return Ok(body);
        }
    }
}

fn text(bytes: Vec<u8>) -> std::io::Result<String> {
    String::from_utf8(bytes).map_err(|error| garbled(&error.to_string()))
}

fn garbled(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, format!("not HTTP: {what}"))
}
