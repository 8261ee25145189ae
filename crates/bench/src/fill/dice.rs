//! Chance that comes out the same every time.

/// splitmix64: neighbouring seeds come out far apart.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: i64) -> Self {
        Self(seed as u64)
    }

    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0.wrapping_mul(0xd134_2543_de82_ef95);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// 0 to `n` - 1, each as likely.
    pub fn below(&mut self, n: usize) -> usize {
        (self.roll() % n.max(1) as u64) as usize
    }

    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub fn is_within(&mut self, share: f64) -> bool {
        self.fraction() < share
    }

    /// 0 to `n` - 1, the first ones far more often, by the law of Zipf and Mandelbrot: of very many, the first few come
    /// nearly alike.
    pub fn early(&mut self, n: usize) -> usize {
        let flat = (1 + n / 200) as f64;
        let place = flat * ((n as f64 + flat) / flat).powf(self.fraction()) - flat;
        (place as usize).min(n.saturating_sub(1))
    }

    pub fn pick<'t, T>(&mut self, from: &'t [T]) -> Option<&'t T> {
        from.get(self.below(from.len()))
    }

    /// The same with the first ones far more often.
    pub fn pick_early<'t, T>(&mut self, from: &'t [T]) -> Option<&'t T> {
        from.get(self.early(from.len()))
    }

    fn fraction(&mut self) -> f64 {
        (self.roll() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_come_far_more_often_and_all_come() {
        let mut dice = Dice::new(1);
        let mut seen = [0; 100];
        (0..100_000).for_each(|_| seen[dice.early(100)] += 1);
        assert!(seen[0] > 5 * seen[9] && seen.iter().all(|count| *count > 0), "{seen:?}");
    }

    #[test]
    fn nothing_to_choose_from_is_no_panic() {
        let mut dice = Dice::new(1);
        assert_eq!((dice.below(0), dice.early(0), dice.pick::<i64>(&[])), (0, 0, None));
    }
}
