//! What commands print. A reader that has seen enough may close the pipe: that ends the command quietly.

use anyhow::Result;
use std::io::{self, BufWriter, Stdout, Write};
use std::sync::atomic::{AtomicU64, Ordering};

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

/// Told what is done and what there is in all, it tells each further tenth on stderr, and the end.
pub fn tell_percent() -> impl Fn(u64, u64) + Sync {
    let told = AtomicU64::new(0);
    move |done, total| {
        let percent = (done * 100).checked_div(total).unwrap_or(100);
        let before = told.load(Ordering::Relaxed);
        if percent >= before + 10 || (percent == 100 && before < 100) {
            told.store(percent, Ordering::Relaxed);
            eprintln!("copied {percent} %");
        }
    }
}

fn read_on(written: io::Result<()>) -> Result<bool> {
    match written {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(error.into()),
    }
}
