//! Numbers of things in words.

/// `1 change`, `2 changes`: `noun` is a singular that takes an s.
pub fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
