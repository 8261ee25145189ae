//! Rounds: every contestant once, then all of them again. Only figures of one round are compared.

use std::{cell::Cell, time::Duration};

use super::{
    commands::Commands,
    pgbench,
    server::Server,
    site::{CUSTOMER_BASE, CUSTOMERS, Site},
    tools::{Tools, output},
};
use crate::{commit, load};

pub struct Pace {
    rounds: usize,
    seconds: f64,
    warmup: f64,
    /// Loads so far: makes each one's idempotency keys new.
    loads: Cell<usize>,
}

/// What is measured in each round.
pub enum Contestant<'a> {
    Load(Load<'a>),
    /// A load while commands are worked too.
    Beside {
        commands: &'a Commands,
        load: Load<'a>,
    },
    Commit {
        site: &'a Site,
    },
    Pgbench {
        site: &'a Site,
    },
}

/// Callers spread evenly over the servers.
pub struct Load<'a> {
    pub name: &'static str,
    pub nodes: Vec<&'a Server>,
    pub site: &'a Site,
    pub connections: usize,
    /// Whether each request has an Idempotency-Key.
    pub keys: bool,
    /// Calls a second; as many as are answered unless set.
    pub rate: Option<f64>,
}

#[derive(Clone, Copy)]
pub struct Sample {
    pub rps: f64,
    pub p50_us: f64,
    pub p99_us: f64,
    pub errors: usize,
}

/// One contestant's samples, one a round.
pub struct Series {
    pub name: &'static str,
    samples: Vec<Sample>,
}

impl Pace {
    pub fn new(rounds: usize, seconds: f64, warmup: f64) -> Self {
        Self { rounds: rounds.max(1), seconds, warmup, loads: Cell::new(0) }
    }

    pub fn rounds(&self) -> usize {
        self.rounds
    }

    /// The part of a round that counts.
    pub fn span(&self) -> Duration {
        Duration::from_secs_f64(self.seconds)
    }

    /// How many seconds all the rounds of so many contestants take.
    pub fn duration(&self, contestants: usize) -> f64 {
        (self.rounds * contestants) as f64 * (self.warmup + self.seconds)
    }

    pub fn method(&self) -> String {
        let processors = std::thread::available_parallelism().map_or(0, usize::from);
        format!(
            "{} rounds of {} s after {} s of warm-up, interleaved; medians over the rounds; a ratio is the \
             median of the rounds' ratios. Server and load generator share {processors} processors, nothing \
             is pinned.",
            self.rounds, self.seconds, self.warmup
        )
    }

    /// One series a contestant, in their order.
    pub fn measure<const N: usize>(
        &self,
        tools: &Tools,
        label: &str,
        contestants: [Contestant; N],
    ) -> anyhow::Result<[Series; N]> {
        let mut series = contestants.each_ref().map(|of| Series { name: of.name(), samples: Vec::new() });
        for round in 1..=self.rounds {
            for (contestant, series) in contestants.iter().zip(&mut series) {
                let sample = contestant.run(tools, self)?;
                eprintln!("{label}, round {round}/{}: {} {}", self.rounds, series.name, sample.summary());
                series.samples.push(sample);
            }
        }
        Ok(series)
    }
}

impl<'a> Contestant<'a> {
    /// Callers without keys, each of whom calls again once it is answered.
    pub fn load(name: &'static str, nodes: &[&'a Server], site: &'a Site, connections: usize) -> Self {
        Self::Load(Load { name, nodes: nodes.to_vec(), site, connections, keys: false, rate: None })
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Load(load) | Self::Beside { load, .. } => load.name,
            Self::Commit { .. } => "bare commit",
            Self::Pgbench { .. } => pgbench::NAME,
        }
    }

    fn run(&self, tools: &Tools, pace: &Pace) -> anyhow::Result<Sample> {
        match self {
            Self::Load(load) => load.run(tools, pace),
            Self::Beside { commands, load } => commands.beside(|| load.run(tools, pace)),
            Self::Commit { site } => commits(tools, pace, site),
            Self::Pgbench { site } => pgbench::run(site, pace.seconds),
        }
    }
}

impl Load<'_> {
    fn run(&self, tools: &Tools, pace: &Pace) -> anyhow::Result<Sample> {
        let number = pace.loads.get() + 1;
        pace.loads.set(number);
        let mut arguments = vec!["load".to_owned()];
        arguments.extend(self.nodes.iter().map(|node| format!("--url={}", node.url)));
        arguments.push(format!("--token-file={}", self.site.tokens.display()));
        arguments.extend([
            format!("--connections={}", self.connections),
            format!("--seconds={}", pace.seconds),
            format!("--warmup={}", pace.warmup),
            format!("--customers={CUSTOMERS}"),
            format!("--customer-base={CUSTOMER_BASE}"),
        ]);
        arguments.extend(self.keys.then(|| format!("--idempotency-keys=load-{number}")));
        arguments.extend(self.rate.map(|rate| format!("--rate={rate}")));
        let printed = output(&tools.bench, arguments.iter().map(String::as_str))?;
        let load::Report { rps, errors, latency, .. } = serde_json::from_str(&printed)?;
        Ok(Sample { rps, p50_us: latency.p50_us, p99_us: latency.p99_us, errors })
    }
}

/// On the same disk as the site's database.
fn commits(tools: &Tools, pace: &Pace, site: &Site) -> anyhow::Result<Sample> {
    let database = format!("--database={}", site.folder.join("commits.db").display());
    let seconds = format!("--seconds={}", pace.seconds);
    let printed = output(&tools.bench, ["commit", &database, &seconds])?;
    let commit::Report { commits, seconds, latency } = serde_json::from_str(&printed)?;
    Ok(Sample { rps: commits as f64 / seconds, p50_us: latency.p50_us, p99_us: latency.p99_us, errors: 0 })
}

impl Sample {
    fn summary(&self) -> String {
        format!("{:.0}/s, p50 {:.2} ms, p99 {:.2} ms", self.rps, self.p50_us / 1000.0, self.p99_us / 1000.0)
    }
}

impl Series {
    pub fn median(&self, of: fn(&Sample) -> f64) -> f64 {
        median(self.samples.iter().map(of).collect())
    }

    /// The median of the rounds' ratios to the baseline.
    pub fn ratio(&self, baseline: &Series, of: fn(&Sample) -> f64) -> f64 {
        let rounds = self.samples.iter().zip(&baseline.samples);
        median(rounds.map(|(own, base)| of(own) / of(base)).collect())
    }

    pub fn errors(&self) -> usize {
        self.samples.iter().map(|sample| sample.errors).sum()
    }
}

/// NaN where there is nothing to take the middle of.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let (low, high) = (values.len().saturating_sub(1) / 2, values.len() / 2);
    values.get(low).zip(values.get(high)).map_or(f64::NAN, |(low, high)| (low + high) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(rps: &[f64]) -> Series {
        let sample = |rps: &f64| Sample { rps: *rps, p50_us: 1.0, p99_us: 1.0, errors: 0 };
        Series { name: "any", samples: rps.iter().map(sample).collect() }
    }

    #[test]
    fn the_median_of_an_even_number_is_between_the_middle_ones() {
        assert_eq!(median(vec![4.0, 1.0, 2.0, 100.0]), 3.0);
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
    }

    #[test]
    fn a_ratio_compares_within_rounds_before_it_takes_the_median() {
        let (own, baseline) = (series(&[50.0, 10.0, 30.0]), series(&[100.0, 10.0, 100.0]));
        assert_eq!(own.ratio(&baseline, |sample| sample.rps), 0.5);
    }
}
