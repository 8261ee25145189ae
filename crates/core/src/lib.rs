//! Rota's domain: tickets, agents, teams, hours, and the assignment engine. No I/O, no clock, no randomness:
//! time and ids come in as arguments, so every decision can be repeated from its inputs.

pub mod access;
pub mod address;
pub mod assign;
pub mod availability;
pub mod due;
pub mod event;
pub mod floor;
pub mod holidays;
pub mod hours;
pub mod ids;
pub mod intake;
mod json;
pub mod leave;
pub mod ledger;
pub mod life;
pub mod mail;
pub mod password;
pub mod problem;
pub mod receipt;
pub mod rejecting;
pub mod replay;
pub mod request;
pub mod roster;
mod route;
pub mod rules;
pub mod search;
pub mod session;
pub mod stages;
pub mod text;
pub mod ticket;
pub mod view;
pub mod viewing;
pub mod wait;
pub mod webhook;
