//! What the body may be: JSON itself, then one family of fields per file.

mod addresses;
mod fields;
mod json;
mod numbers;
mod text;
mod unused;
