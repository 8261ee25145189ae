//! How a database is reached: TLS, passwords, several hosts.

use super::file;
use crate::harness::process::{Output, binary, run_exactly};
use crate::harness::{Rota, postgres, until};
use rcgen::generate_simple_self_signed;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

const RELOADED: Duration = Duration::from_secs(5);

fn check(url: &str) -> Output {
    run_exactly(binary().args(["check", "--database", url]))
}

#[test]
fn tls_is_used_and_checked_as_sslmode_says() {
    let cluster = postgres::OwnCluster::start();
    let rota = Rota::on_postgres(cluster.database(), &file());
    let url = rota.database();
    check(&format!("{url}&sslmode=prefer")).succeeded();
    check(&format!("{url}&sslmode=require")).failed().tells(&["TLS"]);

    // The certificate is for the name, not for the address.
    let certified = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let roots = rota.file("roots.pem", certified.cert.pem());
    let other = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let others = rota.file("others.pem", other.cert.pem());
    cluster.put("server.crt", &certified.cert.pem());
    cluster.put("server.key", &certified.signing_key.serialize_pem());
    cluster.sql("ALTER SYSTEM SET ssl = on");
    cluster.sql("SELECT pg_reload_conf()");
    until(RELOADED, || (cluster.sql("SHOW ssl") == "on").then_some(()));

    for mode in ["disable", "allow", "prefer", "require"] {
        check(&format!("{url}&sslmode={mode}")).succeeded();
    }
    // A file with authorities makes `require` as strict as `verify-ca`, whether it is named or the user's own.
    check(&format!("{url}&sslmode=require&sslrootcert={roots}")).succeeded();
    check(&format!("{url}&sslmode=require&sslrootcert={others}")).failed().tells(&["certificate"]);
    check(&format!("{url}&sslmode=prefer&sslrootcert={others}")).succeeded();
    let of_the_user = rota.path("home");
    std::fs::create_dir_all(of_the_user.join(".postgresql")).unwrap();
    std::fs::write(of_the_user.join(".postgresql/root.crt"), other.cert.pem()).unwrap();
    let required = format!("{url}&sslmode=require");
    let mut of_a_user = binary();
    of_a_user.args(["check", "--database", &required]).env("HOME", &of_the_user);
    run_exactly(&mut of_a_user).failed().tells(&["certificate"]);
    check(&format!("{url}&sslmode=verify-ca&sslrootcert={roots}")).succeeded();
    check(&format!("{url}&sslmode=verify-ca&sslrootcert={others}")).failed().tells(&["certificate"]);
    check(&format!("{url}&sslmode=verify-full&sslrootcert={roots}")).failed().tells(&["certificate"]);
    let by_name = url.replace("127.0.0.1", "localhost");
    check(&format!("{by_name}&sslmode=verify-full&sslrootcert={roots}")).succeeded();
    check(&format!("{by_name}&sslmode=verify-full&sslrootcert={others}")).failed().tells(&["certificate"]);
    check(&format!("{url}&sslmode=verify-ca&sslrootcert=nowhere.pem")).failed().tells(&["sslrootcert"]);
    check(&format!("{url}&sslmode=always")).failed().tells(&["sslmode=always", "verify-full"]);
}

/// It has no name that a certificate could be for, and needs none.
#[test]
fn a_server_is_reached_by_its_socket_in_the_file_system() {
    let cluster = postgres::OwnCluster::start();
    let rota = Rota::on_postgres(cluster.database(), &file());
    let folder = cluster.folder().display().to_string().replace('/', "%2F");
    let url = rota.database().replace("127.0.0.1", &folder);
    check(&url).succeeded();
    check(&format!("{url}&sslmode=disable")).succeeded();
}

#[test]
fn a_password_is_taken_from_a_file_that_only_its_user_reads() {
    let cluster = postgres::OwnCluster::start();
    let rota = Rota::on_postgres(cluster.database(), &file());
    cluster.sql("CREATE ROLE guest SUPERUSER LOGIN PASSWORD 'se:cret'");
    cluster.put("pg_hba.conf", "host all guest all scram-sha-256\nhost all all all trust\n");
    cluster.sql("SELECT pg_reload_conf()");
    let url = rota.database().replace("postgres@", "guest@");
    until(RELOADED, || (!check(&url).status.success()).then_some(()));
    check(&url).failed().tells(&["password"]);
    check(&url.replace("guest@", "guest:se%3Acret@")).succeeded();

    let passwords = rota.file("passwords", "127.0.0.1:*:postgres:guest:se\\:cret\n");
    let with_file =
        || run_exactly(binary().args(["check", "--database", &url]).env("PGPASSFILE", &passwords));
    let allow = |mode| std::fs::set_permissions(&passwords, std::fs::Permissions::from_mode(mode)).unwrap();
    allow(0o600);
    with_file().succeeded();
    check(&format!("{url}&passfile={passwords}")).succeeded();
    allow(0o644);
    with_file().failed().tells(&["password"]);
}

#[test]
fn of_several_hosts_the_one_that_takes_writes_is_used() {
    let cluster = postgres::OwnCluster::start();
    let rota = Rota::on_postgres(cluster.database(), &file());
    let nobody = postgres::free_port();
    let hosts = format!("@127.0.0.1:{nobody},");
    let url = rota.database().replacen('@', &hosts, 1);
    check(&format!("{url}&target_session_attrs=read-write")).succeeded();
    let named = url.replace("127.0.0.1", "localhost");
    check(&format!("{named}&hostaddr=127.0.0.1,127.0.0.1&target_session_attrs=read-write")).succeeded();
    check(&url).succeeded();
    cluster.sql("ALTER SYSTEM SET default_transaction_read_only = on");
    cluster.sql("SELECT pg_reload_conf()");
    until(RELOADED, || (cluster.sql("SHOW default_transaction_read_only") == "on").then_some(()));
    check(&format!("{url}&target_session_attrs=read-write")).failed();
}
