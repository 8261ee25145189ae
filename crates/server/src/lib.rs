//! Rota's server: the HTTP front, intake's batcher, storage, and the command line over them.

mod activity;
pub mod app;
mod assets;
pub mod cli;
pub mod clock;
pub mod config;
pub mod country;
mod due;
pub mod duration;
mod filing;
pub mod floor;
pub mod http;
pub mod intake;
pub mod keys;
mod ledger;
mod percent;
mod plural;
pub mod provision;
mod query_string;
mod replay;
pub mod server;
pub mod settings;
pub mod sign_in;
pub mod site;
pub mod store;
pub mod telemetry;
