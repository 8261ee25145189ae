//! TLS as libpq's `sslmode` has it: `require` encrypts and believes any certificate unless there is a file with the
//! authorities to trust, `verify-ca` and `verify-full` check it.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use tokio_postgres::Socket;
use tokio_postgres::config::SslMode;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres_rustls::MakeRustlsConnect;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};

/// What the URL says of TLS.
#[derive(Default)]
pub struct Wanted {
    pub mode: Mode,
    /// PEM file with the certificates to trust.
    pub roots: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    Disable,
    #[default]
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

impl FromStr for Mode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "disable" => Self::Disable,
            // libpq would try without TLS first; whoever allows it is as well served with it.
            "allow" | "prefer" => Self::Prefer,
            "require" => Self::Require,
            "verify-ca" => Self::VerifyCa,
            "verify-full" => Self::VerifyFull,
            _ => {
                return Err(format!(
                    "sslmode={text} is not known; write disable, prefer, require, verify-ca or verify-full"
                ));
            }
        })
    }
}

impl Mode {
    pub fn of_the_driver(self) -> SslMode {
        match self {
            Self::Disable => SslMode::Disable,
            Self::Prefer => SslMode::Prefer,
            Self::Require | Self::VerifyCa | Self::VerifyFull => SslMode::Require,
        }
    }
}

/// The driver's, but for sockets of the file system: these have no name to check, and no TLS either.
#[derive(Clone)]
pub struct MakeTls(MakeRustlsConnect);

impl MakeTlsConnect<Socket> for MakeTls {
    type Stream = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream;
    type TlsConnect = <MakeRustlsConnect as MakeTlsConnect<Socket>>::TlsConnect;
    type Error = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Error;

    fn make_tls_connect(&mut self, name: &str) -> Result<Self::TlsConnect, Self::Error> {
        let name = if name.is_empty() { "localhost" } else { name };
        MakeTlsConnect::<Socket>::make_tls_connect(&mut self.0, name)
    }
}

pub fn connector(wanted: &Wanted) -> Result<MakeTls, String> {
    let provider = Arc::new(ring::default_provider());
    let check = match wanted.mode {
        Mode::Require if wanted.has_roots() => Check::Issuer(verifier(wanted, &provider)?),
        Mode::Disable | Mode::Prefer | Mode::Require => Check::Nothing,
        Mode::VerifyCa => Check::Issuer(verifier(wanted, &provider)?),
        Mode::VerifyFull => Check::All(verifier(wanted, &provider)?),
    };
    let verifier = Arc::new(Verifier { check, provider: provider.clone() });
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    Ok(MakeTls(MakeRustlsConnect::new(config)))
}

impl Wanted {
    /// The file that is named, or the user's own.
    fn roots(&self) -> Option<PathBuf> {
        let of_the_user = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".postgresql/root.crt"));
        self.roots.clone().or_else(of_the_user)
    }

    /// Whether a file is named, also one that is missing, or the user has one.
    fn has_roots(&self) -> bool {
        self.roots.is_some() || self.roots().is_some_and(|file| file.exists())
    }
}

fn verifier(wanted: &Wanted, provider: &Arc<CryptoProvider>) -> Result<Arc<WebPkiServerVerifier>, String> {
    let file = wanted.roots().ok_or("sslrootcert is missing")?;
    let failed = |why: String| {
        format!("{}: {why}; name a PEM file with the authority's certificate by sslrootcert", file.display())
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(&file).map_err(|error| failed(error.to_string()))? {
        let certificate = certificate.map_err(|error| failed(error.to_string()))?;
        roots.add(certificate).map_err(|error| failed(error.to_string()))?;
    }
    let builder = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone());
    builder.build().map_err(|error| failed(error.to_string()))
}

/// How far a server's certificate is checked.
#[derive(Debug)]
enum Check {
    Nothing,
    /// Its issuer, not its name.
    Issuer(Arc<WebPkiServerVerifier>),
    All(Arc<WebPkiServerVerifier>),
}

#[derive(Debug)]
struct Verifier {
    check: Check,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match &self.check {
            Check::Nothing => Ok(ServerCertVerified::assertion()),
            Check::All(webpki) => webpki.verify_server_cert(certificate, intermediates, name, ocsp, now),
            Check::Issuer(webpki) => {
                match webpki.verify_server_cert(certificate, intermediates, name, ocsp, now) {
                    // The name is looked at last, once the chain is known to be good.
                    Err(Error::InvalidCertificate(
                        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
                    )) => Ok(ServerCertVerified::assertion()),
                    outcome => outcome,
                }
            }
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
