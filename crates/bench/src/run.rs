//! The orchestrator: real server and baselines side by side on this machine, driven in turns, so that what
//! else the machine does meets all of them alike. Ratios are the result; absolute figures are only context.

mod commands;
mod connection;
mod engine;
mod figures;
mod listeners;
mod measure;
mod pages;
mod pgbench;
mod receiver;
mod record;
mod sections;
mod server;
mod site;
mod snapshot;
mod tools;

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::ValueEnum;

use engine::Kind;
use figures::Results;
use measure::Pace;
use sections::{Scale, Section};
use tools::Tools;

#[derive(clap::Args)]
pub struct Options {
    /// Two rounds of one second, 100,000 tickets, a transaction open for 10 s: shows that all works, not how fast
    #[arg(long)]
    quick: bool,
    /// What Rota keeps its data in; for PostgreSQL a cluster is made and thrown away again
    #[arg(long, value_enum, default_value = "sqlite")]
    database: Kind,
    #[arg(long, value_name = "N")]
    rounds: Option<usize>,
    /// Seconds of a round that count
    #[arg(long)]
    seconds: Option<f64>,
    /// How many tickets the big database has; 5,000,000 unless set, and 10,000,000 for the lists
    #[arg(long, value_parser = clap::value_parser!(i64).range(1..))]
    tickets: Option<i64>,
    /// Seconds that somebody's transaction stays open on PostgreSQL; 600 unless set
    #[arg(long, value_name = "SECONDS")]
    long_transaction: Option<f64>,
    /// Only these parts; all unless set
    #[arg(long, value_enum)]
    only: Vec<Section>,
    /// The server to measure; the `rota` beside this binary unless set
    #[arg(long, value_name = "PATH")]
    rota: Option<PathBuf>,
    /// A folder that may be emptied; `bench/work` in the target folder unless set
    #[arg(long, value_name = "FOLDER")]
    work: Option<PathBuf>,
    /// Write the tables to this file too, as Markdown
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Prints the tables; what is not reached is said there and is no error.
pub fn run(options: &Options) -> anyhow::Result<()> {
    let tools = Tools::find(options)?;
    let pace = pace(options);
    let scale = scale(options);
    let mut results = Results::default();
    for section in chosen(options)? {
        section.measure(&tools, &pace, &scale, &mut results)?;
    }
    tools.clear()?;
    let report = format!("{}\n\n{results}", pace.method());
    println!("{report}");
    options.out.as_ref().map_or(Ok(()), |file| write(file, &report))
}

fn pace(options: &Options) -> Pace {
    let (rounds, seconds, warmup) = if options.quick { (2, 1.0, 0.3) } else { (5, 3.0, 1.0) };
    Pace::new(options.rounds.unwrap_or(rounds), options.seconds.unwrap_or(seconds), warmup)
}

fn scale(options: &Options) -> Scale {
    let (tickets, long_transaction) = if options.quick { (100_000, 10.0) } else { (5_000_000, 600.0) };
    let listed = if options.quick { tickets } else { 10_000_000 };
    Scale {
        listed: options.tickets.unwrap_or(listed),
        tickets: options.tickets.unwrap_or(tickets),
        long_transaction: options.long_transaction.unwrap_or(long_transaction),
    }
}

fn chosen(options: &Options) -> anyhow::Result<Vec<Section>> {
    let all = Section::value_variants().iter().copied().filter(|section| section.is_about(options.database));
    if let Some(other) = options.only.iter().find(|section| !section.is_about(options.database)) {
        bail!("{} is measured on the other database; --database chooses", other.name());
    }
    Ok(all.filter(|section| options.only.is_empty() || options.only.contains(section)).collect())
}

fn write(file: &PathBuf, report: &str) -> anyhow::Result<()> {
    std::fs::write(file, format!("{report}\n"))
        .with_context(|| format!("cannot write {}; choose another file with --out", file.display()))?;
    eprintln!("written to {}", file.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    fn names(line: &[&str]) -> anyhow::Result<Vec<String>> {
        let line = Line::try_parse_from([&["run"], line].concat())?;
        Ok(chosen(&line.options)?.into_iter().map(Section::name).collect())
    }

    #[test]
    fn each_database_has_its_parts() {
        let on_sqlite = [
            "ceiling",
            "keys",
            "stores",
            "agents",
            "rules",
            "hand-out",
            "rows",
            "lists",
            "events",
            "deliveries",
            "streams",
            "batching",
        ];
        assert_eq!(names(&[]).unwrap(), on_sqlite);
        let on_postgres = [
            "ceiling",
            "keys",
            "stores",
            "rules",
            "hand-out",
            "rows",
            "lists",
            "events",
            "deliveries",
            "streams",
            "naive",
            "nodes",
            "long-transaction",
        ];
        assert_eq!(names(&["--database", "postgres"]).unwrap(), on_postgres);
    }

    #[test]
    fn a_part_of_the_other_database_is_refused() {
        assert_eq!(names(&["--database", "postgres", "--only", "nodes"]).unwrap(), ["nodes"]);
        assert!(
            names(&["--only", "nodes"]).unwrap_err().to_string().contains("nodes is measured on the other")
        );
    }
}
