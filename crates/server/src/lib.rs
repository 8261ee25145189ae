//! Rota's server: the HTTP front, intake's batcher, storage, and the command line over them.

pub mod clock;
pub mod store;
