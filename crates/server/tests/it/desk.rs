//! The desk API over HTTP (desk 2 and 3), by the real program.

mod commands;
mod due;
mod harness;
mod kills;
mod lists;
mod roles;
mod session;
mod settings;
mod stream;
mod views;
