//! Measures Rota against the leanest server on the same stack; `cargo xtask bench` runs it.

mod ceiling;
mod commit;
mod fill;
mod latency;
mod load;
mod run;
mod wire;

use std::process::ExitCode;

use clap::Parser;

// The real server allocates with mimalloc; a ceiling on another allocator would be another stack.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(name = "rota-bench", about = "Load generator, ceiling server and the ratios")]
enum Command {
    /// Serve the leanest handler on the stack that Rota runs on
    Ceiling(ceiling::Options),
    /// Post tickets over keep-alive connections, one request in flight on each
    Load(load::Options),
    /// Time bare SQLite commits on this disk
    Commit(commit::Options),
    /// Add tickets of the past to a store, straight into the database
    Fill(fill::Options),
    /// Measure everything side by side and print the ratios
    Run(run::Options),
}

fn main() -> ExitCode {
    match execute(&Command::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn execute(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Ceiling(options) => ceiling::serve(options),
        Command::Load(options) => load::run(options),
        Command::Commit(options) => commit::run(options),
        Command::Fill(options) => fill::run(options),
        Command::Run(options) => run::run(options),
    }
}
