//! Black-box tests: the real binary, over HTTP and the command line. One module per promise.

mod cli;
mod concurrency;
mod contract;
mod crash;
mod harness;
mod operation;
