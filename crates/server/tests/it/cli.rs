//! The commands, as an operator or a script meets them.

mod agent;
mod apply;
mod archive;
mod backup;
mod copy;
mod customer_import;
mod demo;
mod key;
mod replay;
mod restore_to_postgres;
mod routing;
mod settings;
mod store_file;
mod ticket;

use crate::harness::process::binary;
use crate::harness::{Rota, STORE, StoreFile, tasks};
use std::process::Stdio;

#[test]
fn a_reader_that_has_gone_ends_no_command_in_panic() {
    let rota = Rota::start();
    rota.create(&tasks());
    let file = rota.file("again.toml", StoreFile::default().render());
    let copy = rota.path("copy.db").display().to_string();
    let commands: [&[&str]; 9] = [
        &["apply", &file],
        &["key", "list"],
        &["key", "create", "--store", STORE],
        &["agent", "list", "--store", STORE],
        &["agent", "offline", "--store", STORE, "agent0@shop.example"],
        &["ticket", "list", "--store", STORE],
        &["ticket", "show", "--store", STORE, "1"],
        &["backup", &copy],
        &["check"],
    ];
    for command in commands {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut process = binary();
        process.args(command).args(["--database", &rota.database()]);
        let output = process.stdout(writer).stderr(Stdio::piped()).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command:?}: {told}");
    }
}
