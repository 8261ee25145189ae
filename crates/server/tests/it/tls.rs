//! HTTPS, with certificates that are replaced while the server runs.

use crate::harness::process::{binary, run_exactly};
use crate::harness::{Rota, STORE, StoreFile, TempDir, tasks, until};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

type TlsStream = StreamOwned<ClientConnection, TcpStream>;

/// The server looks at its files every second; this is generous.
const READ_AGAIN: Duration = Duration::from_secs(10);

/// A certificate for this machine and its key.
struct Identity {
    cert: String,
    key: String,
    der: CertificateDer<'static>,
}

fn identity() -> Identity {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    Identity { cert: cert.pem(), key: signing_key.serialize_pem(), der: cert.der().clone() }
}

/// The files that a server is pointed at.
struct Files(TempDir);

impl Files {
    fn of(identity: &Identity) -> Self {
        let files = Self(TempDir::new());
        files.replace("cert.pem", &identity.cert);
        files.replace("key.pem", &identity.key);
        files
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// As a certificate's renewal does it: the new file takes the old one's name.
    fn replace(&self, name: &str, content: &str) {
        std::fs::write(self.path("new"), content).expect("the folder takes a file");
        std::fs::rename(self.path("new"), self.path(name)).expect("the file is renamed");
    }

    fn server(&self) -> Rota {
        let [cert, key] = ["cert.pem", "key.pem"].map(|name| self.path(name).display().to_string());
        Rota::with_options(StoreFile::default(), &["--tls-cert", &cert, "--tls-key", &key])
    }
}

/// A client that trusts one certificate.
struct Client(Arc<ClientConfig>);

impl Client {
    fn trusting(identity: &Identity) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(identity.der.clone()).expect("a certificate to trust");
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider has them")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self(Arc::new(config))
    }

    /// `Err` when the server shows another certificate.
    fn connect(&self, address: SocketAddr) -> io::Result<TlsStream> {
        let name = ServerName::try_from("localhost").expect("a name");
        let mut session = ClientConnection::new(self.0.clone(), name).expect("a session");
        let mut stream = TcpStream::connect(address)?;
        while session.is_handshaking() {
            session.complete_io(&mut stream)?;
        }
        Ok(StreamOwned::new(session, stream))
    }

    fn creates(&self, rota: &Rota) -> bool {
        self.connect(rota.address()).is_ok_and(|mut stream| is_created(&mut stream, rota))
    }
}

fn is_created(stream: &mut TlsStream, rota: &Rota) -> bool {
    stream.write_all(&rota.request().json(&tasks()).bytes()).expect("the server reads");
    let mut head = [0; 12];
    stream.read_exact(&mut head).expect("the server answers");
    head == *b"HTTP/1.1 200"
}

#[test]
fn tickets_are_created_over_tls_and_not_without_it() {
    let identity = identity();
    let files = Files::of(&identity);
    let rota = files.server();
    assert!(Client::trusting(&identity).creates(&rota));
    assert!(rota.connect().try_call(&rota.request().json(&tasks())).is_err());
    assert_eq!(rota.tickets().len(), 1);
}

#[test]
fn a_replaced_certificate_is_shown_to_new_connections_and_open_ones_go_on() {
    let (old, new) = (identity(), identity());
    let files = Files::of(&old);
    let rota = files.server();
    let client = Client::trusting(&old);
    let mut open = client.connect(rota.address()).expect("the old certificate is shown");
    assert!(!Client::trusting(&new).creates(&rota));

    files.replace("cert.pem", &new.cert);
    files.replace("key.pem", &new.key);
    let renewed = Client::trusting(&new);
    until(READ_AGAIN, || renewed.creates(&rota).then_some(()));
    assert!(client.connect(rota.address()).is_err(), "the old certificate is shown no more");
    assert!(is_created(&mut open, &rota));
}

#[test]
fn a_bad_new_file_is_logged_and_the_old_certificate_stays_until_a_good_one_comes() {
    let (old, new) = (identity(), identity());
    let files = Files::of(&old);
    let rota = files.server();
    let logged = || rota.server().log().matches("the old TLS certificate stays in force").count();
    for (round, (name, bad)) in
        [("cert.pem", "no certificate"), ("cert.pem", &*new.cert), ("key.pem", "no key")]
            .into_iter()
            .enumerate()
    {
        files.replace(name, bad);
        until(READ_AGAIN, || (logged() > round).then_some(()));
        assert!(Client::trusting(&old).creates(&rota), "{name}: {bad}");
    }
    files.replace("key.pem", &new.key);
    until(READ_AGAIN, || Client::trusting(&new).creates(&rota).then_some(()));
}

#[test]
fn files_that_cannot_be_used_stop_the_start_with_the_reason() {
    let identities = [identity(), identity()];
    let files = Files::of(&identities[0]);
    files.replace("other.pem", &identities[1].key);
    files.replace("noise.pem", "noise");
    let database = format!("sqlite:{}", files.path("rota.db").display());
    for (cert, key, told) in [
        ("none.pem", "key.pem", "none.pem"),
        ("cert.pem", "none.pem", "none.pem"),
        ("noise.pem", "key.pem", "noise.pem"),
        ("cert.pem", "noise.pem", "noise.pem"),
        ("cert.pem", "other.pem", "do not fit together"),
    ] {
        let mut serve = binary();
        serve.args(["serve", "--listen", "127.0.0.1:0", "--database", &database]);
        serve.arg("--tls-cert").arg(files.path(cert)).arg("--tls-key").arg(files.path(key));
        let output = run_exactly(&mut serve).failed().tells(&[told]);
        assert_eq!(output.status.code(), Some(1), "{output}");
    }
}

#[test]
fn a_certificate_without_its_key_is_told() {
    for (option, missing) in [("--tls-cert", "--tls-key"), ("--tls-key", "--tls-cert")] {
        run_exactly(binary().args(["serve", option, "file.pem"])).failed().tells(&[missing]);
    }
}

#[test]
fn a_webhook_goes_out_by_tls_to_whom_the_machine_trusts_and_to_nobody_else() {
    let identity = identity();
    let files = Files::of(&identity);
    let receiver = files.server();
    let url = format!("https://localhost:{}/hook", receiver.address().port());
    let allow = "--webhook-allow-private=127.0.0.0/8,::1";
    receiver.cli(&["webhook", "add", "--store", STORE, &url, allow]).succeeded();
    let test = |trusted: &PathBuf| {
        let args = ["webhook", "test", "--store", STORE, "1", allow, "--database", &receiver.database()];
        run_exactly(binary().args(args).env("SSL_CERT_FILE", trusted))
    };
    // This receiver has no such address, and says so: its answer came by TLS.
    test(&files.path("cert.pem")).tells(&["failed", "404"]);
    let other = Files::of(&self::identity());
    test(&other.path("cert.pem")).tells(&["failed", "TLS with"]);
}
