//! `rota probe`: what a container's health check runs, where nothing else is installed.

use super::output::print;
use crate::config;
use anyhow::{Context, Result, bail};
use clap::Args;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::process::ExitCode;
use std::time::Duration;

/// How long each step may take.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Debug, Args)]
pub struct ProbeArgs {
    /// Address that the server listens on, with plain HTTP
    #[arg(long, env = "ROTA_LISTEN", value_name = "ADDR", default_value = config::DEFAULT_LISTEN)]
    listen: String,
}

pub fn run(args: &ProbeArgs) -> Result<ExitCode> {
    let address = &args.listen;
    let status = status(address).with_context(|| {
        format!("no answer in plain HTTP at {address}; check --listen and whether the server runs")
    })?;
    if status != "200" {
        bail!(
            "the server at {address} is not ready: GET /readyz was answered with {status}; look at its log"
        );
    }
    print("ready")?;
    Ok(ExitCode::SUCCESS)
}

/// What the server answers to GET /readyz.
fn status(address: &str) -> Result<String> {
    // 0.0.0.0, where a server listens to all, is this machine for who connects.
    let address = address.to_socket_addrs()?.next().context("no such address")?;
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: rota\r\nConnection: close\r\n\r\n")?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    let status = line.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.split_whitespace().next());
    status.map(str::to_owned).context("the answer is no HTTP")
}
