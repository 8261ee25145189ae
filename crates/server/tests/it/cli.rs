//! The commands, as an operator or a script meets them.

mod agent;
mod apply;
mod archive;
mod backup;
mod customer_import;
mod key;
mod store_file;
mod ticket;
