//! Exact latencies: every one is kept and sorted at the end. A run has at most a few million.

use std::time::Duration;

use serde::{Deserialize, Serialize};

#[derive(Default)]
pub struct Latencies {
    nanoseconds: Vec<u64>,
}

/// Percentiles in microseconds.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Percentiles {
    pub p50_us: f64,
    pub p99_us: f64,
    pub max_us: f64,
}

impl Latencies {
    pub fn record(&mut self, latency: Duration) {
        self.nanoseconds.push(latency.as_nanos() as u64);
    }

    pub fn merge(&mut self, other: Latencies) {
        self.nanoseconds.extend(other.nanoseconds);
    }

    pub fn count(&self) -> usize {
        self.nanoseconds.len()
    }

    /// All zero when nothing was recorded.
    pub fn percentiles(mut self) -> Percentiles {
        self.nanoseconds.sort_unstable();
        Percentiles { p50_us: self.rank(50), p99_us: self.rank(99), max_us: self.rank(100) }
    }

    /// The nearest-rank percentile of the sorted values.
    fn rank(&self, percent: usize) -> f64 {
        let rank = (self.count() * percent).div_ceil(100);
        let nanoseconds = self.nanoseconds.get(rank.saturating_sub(1)).copied().unwrap_or(0);
        (nanoseconds / 10) as f64 / 100.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(microseconds: impl Iterator<Item = u64>) -> Percentiles {
        let mut latencies = Latencies::default();
        microseconds.for_each(|us| latencies.record(Duration::from_micros(us)));
        latencies.percentiles()
    }

    #[test]
    fn percentiles_are_nearest_ranks_whatever_the_order() {
        let found = of((1..=200).rev());
        assert_eq!((found.p50_us, found.p99_us, found.max_us), (100.0, 198.0, 200.0));
    }

    #[test]
    fn one_value_is_every_percentile() {
        let found = of([7].into_iter());
        assert_eq!((found.p50_us, found.p99_us, found.max_us), (7.0, 7.0, 7.0));
    }

    #[test]
    fn nothing_recorded_is_zero() {
        assert_eq!(of(std::iter::empty()).max_us, 0.0);
    }
}
