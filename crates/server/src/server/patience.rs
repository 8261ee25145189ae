//! How long a connection may keep the server waiting: a while between two requests, less once a head has begun. While
//! a request is answered there is no limit here; its body and its answer have deadlines of their own.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// Limits on silence.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// From one answer to the first byte of the next request. Longer than proxies keep connections that nobody uses,
    /// so that it is they who close, and no request meets a closing connection.
    pub idle: Duration,
    /// From a head's first byte to its last (RFC 9110, section 15.5.9: 408).
    pub head: Duration,
}

const TIMED_OUT: &[u8] = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// The requests of one connection, as far as its stream has to know of them.
#[derive(Debug, Default)]
pub struct Requests {
    begun: AtomicU64,
    answered: AtomicU64,
}

impl Requests {
    /// A head is complete.
    pub fn begin(&self) {
        self.begun.fetch_add(1, Ordering::Relaxed);
    }

    pub fn answer(&self) {
        self.answered.fetch_add(1, Ordering::Relaxed);
    }
}

/// A stream whose reading fails when the client has been silent for too long.
pub struct Patient<S> {
    stream: S,
    patience: Patience,
    requests: Arc<Requests>,
    /// How many requests had begun when the present silence was first noticed.
    seen: u64,
    idle_since: Option<Instant>,
    head_since: Option<Instant>,
    /// Never set anew for a request that comes in time: it rings early then, and is set to what is left.
    timer: Pin<Box<Sleep>>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Patient<S> {
    pub fn new(stream: S, patience: Patience, requests: Arc<Requests>) -> Self {
        let timer = Box::pin(sleep_until(Instant::now() + patience.idle));
        Self { stream, patience, requests, seen: 0, idle_since: None, head_since: None, timer }
    }

    /// Whether a request is being answered. Forgets the silence before one that has begun since.
    fn answering(&mut self) -> bool {
        let begun = self.requests.begun.load(Ordering::Relaxed);
        if begun != self.seen {
            self.seen = begun;
            self.idle_since = None;
            self.head_since = None;
        }
        begun != self.requests.answered.load(Ordering::Relaxed)
    }

    /// Ready when the client has been silent for too long.
    fn poll_silence(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let until = match self.head_since {
            Some(since) => since + self.patience.head,
            None => *self.idle_since.get_or_insert_with(Instant::now) + self.patience.idle,
        };
        if self.timer.deadline() > until {
            self.timer.as_mut().reset(until);
        }
        ready!(self.timer.as_mut().poll(cx));
        if Instant::now() < until {
            self.timer.as_mut().reset(until);
            return self.timer.as_mut().poll(cx);
        }
        Poll::Ready(())
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let answering = self.answering();
        if let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(cx, buf) {
            if !answering && self.head_since.is_none() {
                self.head_since = Some(Instant::now());
            }
            return Poll::Ready(read);
        }
        if answering {
            return Poll::Pending;
        }
        ready!(self.poll_silence(cx));
        if self.head_since.is_some() {
            // Whoever does not take it at once is not told.
            let _ = Pin::new(&mut self.stream).poll_write(cx, TIMED_OUT);
        }
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests;
