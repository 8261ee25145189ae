//! Black-box tests: the real binary, over HTTP and the command line; where the disk has to fail or the power to go, the
//! same server inside this process. One module per promise.

mod cli;
mod concurrency;
mod console;
mod contract;
mod crash;
mod deploy;
mod desk;
mod docs;
mod document;
mod fault_vfs;
mod fault_vfs_proof;
mod faults;
mod harness;
mod live;
mod nodes;
mod operation;
mod power_loss;
mod seeded;
mod start;
mod store_suite;
mod tls;
