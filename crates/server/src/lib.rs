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
pub mod events;
mod filing;
pub mod http;
pub mod intake;
pub mod keys;
mod percent;
mod plural;
pub mod provision;
mod query_string;
pub mod server;
pub mod settings;
pub mod sign_in;
pub mod site;
pub mod store;
mod stream;
pub mod telemetry;
