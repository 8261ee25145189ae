//! What a run found, beside what the project promises.

use std::fmt::{self, Display};

use super::measure::{Sample, Series};
use crate::latency::Percentiles;

#[derive(Default)]
pub struct Results {
    comparisons: Vec<Comparison>,
    waits: Vec<Wait>,
    figures: Vec<Figure>,
}

/// A required figure; reaching the aim is said too.
#[derive(Clone, Copy)]
pub enum Goal {
    Floor(f64),
    FloorAndAim(f64, f64),
    Cap(f64),
}

struct Comparison {
    point: String,
    baseline: String,
    measured: String,
    ratio: f64,
    goal: Option<Goal>,
}

/// How long answers took on either side.
struct Wait {
    point: String,
    sides: [Percentiles; 2],
    ratio: f64,
    goal: Goal,
}

struct Figure {
    name: String,
    value: f64,
    unit: &'static str,
    goal: Option<Goal>,
}

impl Results {
    /// Compares throughput.
    pub fn compare(
        &mut self,
        point: impl Into<String>,
        baseline: &Series,
        measured: &Series,
        goal: Option<Goal>,
    ) {
        self.comparisons.push(Comparison {
            point: point.into(),
            ratio: measured.ratio(baseline, |sample| sample.rps),
            baseline: cells(baseline),
            measured: cells(measured),
            goal,
        });
    }

    /// Compares waiting times; `ratio` is of the p99.
    pub fn wait(&mut self, point: impl Into<String>, sides: [Percentiles; 2], ratio: f64, goal: Goal) {
        self.waits.push(Wait { point: point.into(), sides, ratio, goal });
    }

    pub fn figure(&mut self, name: impl Into<String>, value: f64, unit: &'static str, goal: Option<Goal>) {
        self.figures.push(Figure { name: name.into(), value, unit, goal });
    }
}

fn cells(series: &Series) -> String {
    let milliseconds = |of: fn(&Sample) -> f64| series.median(of) / 1000.0;
    let errors = match series.errors() {
        0 => String::new(),
        errors => format!(" ({errors} errors)"),
    };
    format!(
        "{}{errors} | {:.0} | {:.2} | {:.2}",
        series.name,
        series.median(|sample| sample.rps),
        milliseconds(|sample| sample.p50_us),
        milliseconds(|sample| sample.p99_us),
    )
}

impl Goal {
    fn verdict(self, value: f64) -> &'static str {
        match self {
            Self::FloorAndAim(_, aim) if value >= aim => "reached, the aim too",
            Self::Floor(least) | Self::FloorAndAim(least, _) if value >= least => "reached",
            Self::Cap(most) if value <= most => "reached",
            _ => "**not reached**",
        }
    }
}

impl Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Floor(least) => write!(f, "≥ {least}"),
            Self::FloorAndAim(least, aim) => write!(f, "≥ {least}, aim {aim}"),
            Self::Cap(most) => write!(f, "≤ {most}"),
        }
    }
}

/// The last two cells of a row.
fn judged(goal: Option<Goal>, value: f64) -> String {
    goal.map_or(" | ".to_owned(), |goal| format!("{goal} | {}", goal.verdict(value)))
}

impl Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { point, baseline, measured, ratio, goal } = self;
        writeln!(f, "| {point} | {baseline} | {measured} | {ratio:.2} | {} |", judged(*goal, *ratio))
    }
}

impl Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { point, sides, ratio, goal } = self;
        write!(f, "| {point} |")?;
        for side in sides {
            write!(f, " {:.2} | {:.2} |", side.p50_us / 1000.0, side.p99_us / 1000.0)?;
        }
        writeln!(f, " {ratio:.2} | {} |", judged(Some(*goal), *ratio))
    }
}

impl Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { name, value, unit, goal } = self;
        writeln!(f, "| {name} | {value:.2} {unit} | {} |", judged(*goal, *value))
    }
}

impl Display for Results {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if !self.comparisons.is_empty() {
            let side = "a second | p50 ms | p99 ms";
            writeln!(f, "| point | baseline | {side} | measured | {side} | ratio | required | verdict |")?;
            writeln!(f, "|---|---|--:|--:|--:|---|--:|--:|--:|--:|---|---|")?;
            self.comparisons.iter().try_for_each(|row| row.fmt(f))?;
            writeln!(f)?;
        }
        if !self.waits.is_empty() {
            let side = "p50 ms | p99 ms";
            writeln!(f, "| point | small: {side} | big: {side} | ratio of p99 | required | verdict |")?;
            writeln!(f, "|---|--:|--:|--:|--:|--:|---|---|")?;
            self.waits.iter().try_for_each(|row| row.fmt(f))?;
            writeln!(f)?;
        }
        if !self.figures.is_empty() {
            writeln!(f, "| figure | measured | required | verdict |\n|---|--:|---|---|")?;
            self.figures.iter().try_for_each(|row| row.fmt(f))?;
        }
        Ok(())
    }
}
