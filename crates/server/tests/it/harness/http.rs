//! An HTTP/1.1 client that sends exactly what it is told, wrong things included.

mod events;
mod response;

pub use events::EventSource;
pub use response::Response;
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

/// Longer than any deadline of the server: an answer that takes this long never comes.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug, Clone)]
pub struct Request {
    method: String,
    path: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
    /// The size of a chunk, when the body goes out in chunks.
    chunk: Option<usize>,
}

impl Request {
    pub fn new(method: &str, path: &str) -> Self {
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
            chunk: None,
        }
    }

    pub fn post(path: &str) -> Self {
        Self::new("POST", path)
    }

    pub fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    /// Adds a header, also where one of that name is there already.
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    pub fn without_header(mut self, name: &str) -> Self {
        self.headers.retain(|(present, _)| !present.eq_ignore_ascii_case(name));
        self
    }

    pub fn replace_header(self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.without_header(name).header(name, value)
    }

    pub fn authorization(self, token: &str) -> Self {
        self.replace_header("Authorization", format!("Basic {token}"))
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub fn json(self, body: &Value) -> Self {
        self.body(body.to_string())
    }

    /// Sends the body in chunks of this size instead of announcing its length.
    pub fn chunked(mut self, size: usize) -> Self {
        self.chunk = Some(size);
        self
    }

    fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(present, _)| present.eq_ignore_ascii_case(name))
    }

    /// Request line and headers, with the empty line.
    pub fn head(&self) -> Vec<u8> {
        let mut bytes = format!("{} {} HTTP/1.1\r\nHost: rota.test\r\n", self.method, self.path).into_bytes();
        for (name, value) in &self.headers {
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value);
            bytes.extend_from_slice(b"\r\n");
        }
        if self.chunk.is_some() {
            bytes.extend_from_slice(b"Transfer-Encoding: chunked\r\n");
        } else if !self.has("Content-Length") {
            bytes.extend_from_slice(format!("Content-Length: {}\r\n", self.body.len()).as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes
    }

    /// The body as it goes over the wire.
    pub fn framed_body(&self) -> Vec<u8> {
        let Some(size) = self.chunk else { return self.body.clone() };
        let mut bytes = Vec::with_capacity(self.body.len() + 64);
        for chunk in self.body.chunks(size) {
            bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            bytes.extend_from_slice(chunk);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"0\r\n\r\n");
        bytes
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.head();
        bytes.extend(self.framed_body());
        bytes
    }
}

/// A connection that stays open between calls.
pub struct Connection {
    stream: TcpStream,
    /// Read, but belonging to the next answer.
    rest: Vec<u8>,
}

impl Connection {
    pub fn open(address: SocketAddr) -> Self {
        Self::try_open(address).expect("the server takes connections")
    }

    pub fn try_open(address: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { stream, rest: Vec::new() })
    }

    /// Sends and waits for the answer.
    #[track_caller]
    pub fn call(&mut self, request: &Request) -> Response {
        self.try_call(request).expect("the server answers")
    }

    /// `Err` when the connection ends before the answer is whole.
    pub fn try_call(&mut self, request: &Request) -> std::io::Result<Response> {
        self.try_send(&request.bytes())?;
        self.try_receive()
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.try_send(bytes).expect("the server reads");
    }

    pub fn try_send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(bytes)
    }

    #[track_caller]
    pub fn receive(&mut self) -> Response {
        self.try_receive().expect("the server answers")
    }

    pub fn try_receive(&mut self) -> std::io::Result<Response> {
        let stream = &mut self.stream;
        let mut source = Source { stream, bytes: std::mem::take(&mut self.rest) };
        let response = response::read(&mut source);
        self.rest = source.bytes;
        response
    }

    /// Says that nothing more will be sent, and goes on listening.
    pub fn finish_sending(&self) {
        self.stream.shutdown(Shutdown::Write).expect("the connection is open");
    }

    /// Waits for the server's end of the connection; what it still sent is returned.
    pub fn remainder(mut self) -> Vec<u8> {
        let mut bytes = self.rest;
        // A reset is an end as well.
        let _ = self.stream.read_to_end(&mut bytes);
        bytes
    }
}

/// Bytes already there, then those still to come.
struct Source<'a> {
    stream: &'a mut TcpStream,
    bytes: Vec<u8>,
}

impl Source<'_> {
    /// Reads some more; an end is an error.
    fn more(&mut self) -> std::io::Result<()> {
        let mut buffer = [0; 16 * 1024];
        let count = self.stream.read(&mut buffer)?;
        if count == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        self.bytes.extend_from_slice(&buffer[..count]);
        Ok(())
    }

    /// Up to and without the next line end.
    fn line(&mut self) -> std::io::Result<Vec<u8>> {
        loop {
            if let Some(end) = self.bytes.windows(2).position(|pair| pair == b"\r\n") {
                let line = self.bytes.drain(..end + 2).take(end).collect();
                return Ok(line);
            }
            self.more()?;
        }
    }

    fn take(&mut self, count: usize) -> std::io::Result<Vec<u8>> {
        while self.bytes.len() < count {
            self.more()?;
        }
        Ok(self.bytes.drain(..count).collect())
    }
}
