//! The desk API over HTTP (desk 2 and 3), by the real program.

mod commands;
mod harness;
mod kills;
mod roles;
mod session;
mod settings;
