//! The console has to be embedded anew when it was built anew. A release is not made without it: the feature `complete`.

use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let dist = Path::new("../../console/dist");
    let is_complete = env::var_os("CARGO_FEATURE_COMPLETE").is_some();
    if is_complete && !dist.join("index.html").is_file() {
        println!("cargo::error=the console is missing; `cargo xtask console` builds it");
    }
    // A folder that is not there would be one that has always changed, and be looked for in another place once it is there.
    if let Err(error) = fs::create_dir_all(dist) {
        println!("cargo::warning=cannot make {}: {error}", dist.display());
    }
    // Unoptimized programs read it where it lies.
    if is_complete || env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        println!("cargo::rerun-if-changed={}", dist.display());
    }
}
