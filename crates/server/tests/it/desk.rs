//! The desk API over HTTP (desk 2 and 3), by the real program.

mod commands;
mod due;
pub mod harness;
mod kills;
mod ledger;
mod lists;
mod mail;
mod opened;
mod rejections;
mod replay;
mod roles;
mod routing;
mod session;
mod settings;
mod stream;
mod viewing;
mod views;
mod webhooks;
