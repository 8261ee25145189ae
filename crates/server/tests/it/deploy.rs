//! The files in `deploy/` against the program that they run.

use crate::harness::process::{binary, run_exactly};
use crate::harness::{Rota, TempDir};
use std::collections::BTreeSet;
use std::net::TcpListener;
use std::path::Path;

const FILES: [&str; 5] =
    ["Containerfile", "compose.yaml", "rota.service", "rota-postgresql.conf", "haproxy.cfg"];

fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The lines that say something.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// What stands behind `key` in the lines that begin with it.
fn values<'t>(text: &'t str, key: &'t str) -> Vec<&'t str> {
    lines(text).filter_map(|line| line.strip_prefix(key)).map(str::trim).collect()
}

fn help(command: &str) -> String {
    run_exactly(binary().args([command, "--help"])).succeeded().stdout
}

#[test]
fn every_setting_in_the_files_is_one_of_serve() {
    let help = help("serve");
    let known = |c: char| c.is_ascii_uppercase() || c == '_';
    let mut seen = BTreeSet::new();
    for name in FILES {
        let text = file(name);
        let text: String = lines(&text).collect::<Vec<_>>().join("\n");
        for variable in text.split(|c| !known(c)).filter(|word| word.starts_with("ROTA_")) {
            assert!(help.contains(&format!("[env: {variable}=]")), "{name}: {variable}");
            seen.insert(variable.to_owned());
        }
    }
    assert!(seen.contains("ROTA_DATABASE") && seen.contains("ROTA_LISTEN"), "{seen:?}");
}

#[test]
fn every_command_in_the_files_is_there() {
    let container = file("Containerfile");
    assert_eq!(values(&container, "ENTRYPOINT"), ["[\"/usr/local/bin/rota\"]"]);
    assert_eq!(values(&container, "CMD"), ["[\"serve\"]"]);
    assert!(container.contains("CMD [\"/usr/local/bin/rota\", \"probe\"]"));
    assert_eq!(values(&file("rota.service"), "ExecStart="), ["/usr/local/bin/rota serve"]);
    assert_eq!(values(&file("compose.yaml"), "command:"), ["[migrate]"]);
    for command in ["serve", "probe", "migrate"] {
        help(command);
    }
}

/// The feature fails a build that lacks the console.
#[test]
fn the_container_has_the_console() {
    let container = file("Containerfile");
    let build = values(&container, "RUN").into_iter().find(|run| run.contains("cargo build"));
    assert!(build.is_some_and(|build| build.contains("--features complete")), "{build:?}");
    let copied = "COPY --from=console /src/console/dist console/dist";
    assert!(lines(&container).any(|line| line == copied), "{copied}");
}

#[test]
fn every_container_is_confined_and_runs_as_a_number() {
    let container = file("Containerfile");
    let user = values(&container, "USER")[0];
    assert!(user.split(':').all(|id| id.parse::<u32>().is_ok_and(|id| id > 0)), "{user}");
    let compose = file("compose.yaml");
    let services = compose.split("\nservices:\n").nth(1).unwrap().split("\nnetworks:\n").next().unwrap();
    let mut names = 0;
    for service in services.split("\n\n").flat_map(|part| part.split("\n  rota-")) {
        names += 1;
        let confined = ["<<: *confined", "<<: *rota", ": *node"];
        assert!(confined.iter().any(|form| service.contains(form)), "{service}");
    }
    assert_eq!(names, 5, "{services}");
    for user in values(&compose, "user:") {
        assert!(user.trim_matches('"').split(':').all(|id| id.parse::<u32>().is_ok_and(|id| id > 0)));
    }
    assert!(values(&compose, "user:").contains(&format!("\"{user}\"").as_str()));
    for rule in ["read_only: true", "cap_drop: [ALL]", "no-new-privileges:true"] {
        assert!(compose.contains(rule), "{rule}");
    }
}

#[test]
fn the_unit_has_the_form_of_one_and_gives_the_shutdown_its_time() {
    for name in ["rota.service", "rota-postgresql.conf"] {
        let text = file(name);
        for line in lines(&text) {
            let is_section = line.starts_with('[') && line.ends_with(']');
            let is_setting = line
                .split_once('=')
                .is_some_and(|(key, _)| !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric()));
            assert!(is_section || is_setting, "{name}: {line}");
        }
    }
    let unit = file("rota.service");
    let stop: u64 = values(&unit, "TimeoutStopSec=")[0].parse().unwrap();
    assert!(stop > 10);
    assert_eq!(values(&file("compose.yaml"), "stop_grace_period:")[0], format!("{stop}s"));
    // The default of --connections, and those that the program needs besides.
    assert!(values(&unit, "LimitNOFILE=")[0].parse::<u64>().unwrap() > 8192 + 20);
    for rule in ["NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=", "UMask=0077"] {
        assert!(lines(&unit).any(|line| line == rule), "{rule}");
    }
}

/// Where systemd is there to be asked. It wants the programs to be there too.
#[test]
fn systemd_takes_the_unit_and_its_drop_in_without_a_complaint() {
    let Ok(analyze) = std::process::Command::new("systemd-analyze").arg("--version").output() else { return };
    assert!(analyze.status.success());
    let dir = TempDir::new();
    let program = env!("CARGO_BIN_EXE_rota");
    let unit = dir.path().join("rota.service");
    std::fs::write(&unit, file("rota.service").replace("/usr/local/bin/rota", program)).unwrap();
    let drop_ins = dir.path().join("rota.service.d");
    std::fs::create_dir(&drop_ins).unwrap();
    std::fs::write(drop_ins.join("postgresql.conf"), file("rota-postgresql.conf")).unwrap();
    let mut verify = std::process::Command::new("systemd-analyze");
    let told = run_exactly(verify.args(["verify", "--man=no"]).arg(&unit)).succeeded();
    let complaints: Vec<&str> = told.stderr.lines().filter(|line| line.contains("rota")).collect();
    assert!(complaints.is_empty(), "{complaints:?}");
}

#[test]
fn a_probe_finds_a_server_that_is_ready() {
    let rota = Rota::start();
    let address = rota.address().to_string();
    run_exactly(binary().args(["probe", "--listen", &address])).succeeded().tells(&["ready"]);
    run_exactly(binary().arg("probe").env("ROTA_LISTEN", &address)).succeeded();
}

#[test]
fn a_probe_of_a_server_that_is_not_ready_or_not_there_fails() {
    let dir = TempDir::new();
    let nobody = "postgresql://rota@127.0.0.1:1/rota".to_owned();
    let server = crate::harness::Server::start(&nobody, &[], &dir.path().join("server.log"));
    let address = server.address().to_string();
    run_exactly(binary().args(["probe", "--listen", &address])).failed().tells(&["not ready", "503"]);
    server.kill();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    run_exactly(binary().args(["probe", "--listen", &free])).failed().tells(&["no answer", "--listen"]);
}
