//! How mail servers are reached: encryption, passwords, and what is said where it fails.

use super::harness::FROM;
use crate::harness::process::{Output, binary, run_exactly};
use crate::harness::{MailServer, TempDir};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use serde_json::{Value, json};

struct Files(TempDir);

impl Files {
    /// A certificate for this machine, and passwords.
    fn new() -> Self {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let files = Self(TempDir::new());
        for (name, content) in [
            ("cert.pem", cert.pem()),
            ("key.pem", signing_key.serialize_pem()),
            ("right", "a secret of the tests\n".into()),
            ("wrong", "another\n".into()),
        ] {
            std::fs::write(files.0.path().join(name), content).expect("the folder takes a file");
        }
        files
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    fn server(&self, tls: &str) -> MailServer {
        MailServer::with(&json!({
            "tls": tls, "cert": self.path("cert.pem"), "key": self.path("key.pem"),
            "user": "rota@shop.example", "password": "a secret of the tests",
        }))
    }

    fn test(&self, url: &str, more: &[&str]) -> Output {
        let args = ["mail", "test", "--to", "agent0@shop.example", "--smtp-url", url, "--mail-from", FROM];
        run_exactly(binary().args(args).args(more).env("SSL_CERT_FILE", self.path("cert.pem")))
    }
}

#[test]
fn a_test_goes_by_starttls_or_tls_with_the_user_s_password() {
    let files = Files::new();
    for (tls, scheme) in [("starttls", "smtp"), ("tls", "smtps")] {
        let server = files.server(tls);
        let url = format!("{scheme}://rota@shop.example@localhost:{}", server.port());
        let right = ["--smtp-password-file", &files.path("right")];
        files.test(&url, &right).succeeded().tells(&["agent0@shop.example was mailed"]);
        let mail = server.wait(1).remove(0);
        assert_eq!((mail.subject().as_str(), mail.user()), ("Test", &Value::from("rota@shop.example")));
        let wrong = files.test(&url, &["--smtp-password-file", &files.path("wrong")]).failed();
        wrong.tells(&["535", "--smtp-password-file"]);
        assert_eq!(server.handed().len(), 1);
    }
}

#[test]
fn nothing_is_sent_where_encryption_was_asked_for_and_is_not_there() {
    let files = Files::new();
    let plain = MailServer::start();
    let url = |scheme: &str, port: u16| format!("{scheme}://localhost:{port}");
    files.test(&url("smtp", plain.port()), &[]).failed().tells(&["STARTTLS", "?tls=none"]);
    files.test(&url("smtps", plain.port()), &[]).failed().tells(&["smtps://", "587"]);
    let other = Files::new();
    let server = other.server("starttls");
    files.test(&url("smtp", server.port()), &[]).failed().tells(&["certificate"]);
    assert_eq!(plain.handed().len() + server.handed().len(), 0);
}

#[test]
fn what_is_wrong_is_told_with_what_to_do_next() {
    let files = Files::new();
    let port = crate::harness::postgres::free_port();
    let nobody = format!("smtp://localhost:{port}?tls=none");
    files.test(&nobody, &[]).failed().tells(&["--smtp-url", &port.to_string()]);
    let mut server = MailServer::start();
    server.answer(&json!({ "rcpt": { "agent0@shop.example": "550 5.1.1 nobody of that name" } }));
    files.test(&server.url(), &[]).failed().tells(&["550", "nobody of that name", "--mail-from"]);
    server.answer(&json!({ "data": "451 4.3.0 later" }));
    files.test(&server.url(), &[]).failed().tells(&["451", "try again later"]);
    files.test("smtp://u:p@localhost", &[]).failed().tells(&["--smtp-password-file"]);
    files.test("smtp://u@localhost", &[]).failed().tells(&["--smtp-password-file"]);
    let clear = ["--smtp-password-file", &files.path("right")];
    files.test("smtp://u@mail.example?tls=none", &clear).failed().tells(&["in the clear"]);
    files.test("smtp://u@localhost", &["--smtp-password-file", "nowhere"]).failed().tells(&["nowhere"]);
}
