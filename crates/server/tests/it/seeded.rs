//! Random numbers that come again with the same seed (SplitMix64, Steele et al. 2014).

use rota::clock::{Entropy, SystemEntropy};

pub fn draws(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed;
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// Another seed in every run, told where the run fails.
pub fn fresh() -> u64 {
    let mut bytes = [0; 8];
    SystemEntropy.fill(&mut bytes);
    let seed = u64::from_le_bytes(bytes);
    println!("seed {seed}");
    seed
}
