//! What commands print. A reader that has seen enough may close the pipe: that ends the command quietly.

use anyhow::Result;
use std::io::{self, BufWriter, Stdout, Write};

/// Buffered standard output.
pub struct Output(BufWriter<Stdout>);

impl Output {
    pub fn new() -> Self {
        Self(BufWriter::new(io::stdout()))
    }

    /// `false` when nobody reads on.
    pub fn line(&mut self, text: &str) -> Result<bool> {
        read_on(writeln!(self.0, "{text}"))
    }

    pub fn finish(mut self) -> Result<()> {
        read_on(self.0.flush()).map(drop)
    }
}

/// Prints one text, whole.
pub fn print(text: &str) -> Result<()> {
    let mut output = Output::new();
    output.line(text)?;
    output.finish()
}

fn read_on(written: io::Result<()>) -> Result<bool> {
    match written {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(error.into()),
    }
}
