//! Every chore of the project: `cargo xtask demo`, `console`, `test`, `check`, `bench`, `fill`.

mod bench;
mod check;
mod console;
mod demo;
mod environment;
mod fill;
mod node;
mod packages;
mod schemathesis;
mod test;
mod tools;

use std::process::ExitCode;

use clap::Parser;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's chores")]
enum Chore {
    /// Build Rota with its console and serve a demo store; Ctrl-C ends it
    Demo(demo::Options),
    /// Check and build the console, for the next build of Rota to embed
    Console,
    /// Install what is missing, then run every check and every test
    Test,
    /// Formatting, lints and house rules
    Check,
    /// Measure Rota against the leanest server on the same stack
    Bench(bench::Options),
    /// Give a store years of tickets, straight into its SQLite database
    Fill(fill::Options),
}

fn main() -> ExitCode {
    match run(&Chore::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(chore: &Chore) -> anyhow::Result<()> {
    match chore {
        Chore::Demo(options) => demo::run(options),
        Chore::Console => console::run(),
        Chore::Test => test::run(),
        Chore::Check => check::run(),
        Chore::Bench(options) => bench::run(options),
        Chore::Fill(options) => fill::run(options),
    }
}
