//! The intake contract, each rule both ways. Parts 1 and 2 of the contract page.

mod assignment;
mod authentication;
mod body;
mod content_type;
mod customers;
mod dedupe;
mod dry_run;
mod idempotency;
mod in_flight;
mod neighbours;
mod order;
mod problems;
mod rate;
mod routes;
mod size;
mod success;
mod table;
mod turns;
mod unknown;
