//! The desk API over HTTP (desk 2 and 3), by the real program.

mod commands;
mod due;
mod harness;
mod kills;
mod ledger;
mod lists;
mod replay;
mod roles;
mod session;
mod settings;
mod views;
