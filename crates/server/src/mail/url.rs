//! Addresses of mail servers.

use serde::Deserialize;
use std::str::FromStr;

const WRONG: &str = "is smtp://HOST for STARTTLS or smtps://HOST for TLS from the start, with USER@ before and :PORT behind \
                     the host where needed; ?tls=none at the end of smtp:// goes without encryption";

/// How what is sent is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// From the first byte on (RFC 8314).
    Implicit,
    /// Begun by STARTTLS, and required (RFC 3207).
    StartTls,
    None,
}

/// `smtp://` or `smtps://`, with a user where the server wants one. The password is never part of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct SmtpUrl {
    pub tls: Tls,
    pub user: Option<String>,
    /// Without the brackets of an IPv6 address.
    pub host: String,
    pub port: u16,
}

impl FromStr for SmtpUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (scheme, rest) = text.split_once("://").ok_or(WRONG)?;
        let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, query)| (rest, Some(query)));
        let (tls, usual) = match (scheme, query) {
            ("smtps", None) => (Tls::Implicit, 465),
            ("smtp", None) => (Tls::StartTls, 587),
            ("smtp", Some("tls=none")) => (Tls::None, 25),
            _ => return Err(WRONG.into()),
        };
        // A user may be a mail address.
        let (user, server) =
            rest.rsplit_once('@').map_or((None, rest), |(user, server)| (Some(user), server));
        if user.is_some_and(|user| user.contains(':')) {
            return Err("has no password in it; it stands in a file, which --smtp-password-file names".into());
        }
        let (host, port) = host_and_port(server.strip_suffix('/').unwrap_or(server), usual)?;
        let plain = |text: &str| !text.is_empty() && text.chars().all(|letter| letter.is_ascii_graphic());
        if !plain(&host) || host.contains(['/', '@']) || user.is_some_and(|user| !plain(user)) {
            return Err(WRONG.into());
        }
        Ok(Self { tls, user: user.map(str::to_owned), host, port })
    }
}

fn host_and_port(server: &str, usual: u16) -> Result<(String, u16), String> {
    let (host, port) = match server.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, rest)) => (host, rest.strip_prefix(':')),
        None => server.rsplit_once(':').map_or((server, None), |(host, port)| (host, Some(port))),
    };
    let port = port.map_or(Ok(usual), str::parse).map_err(|_| WRONG)?;
    Ok((host.to_owned(), port))
}

impl TryFrom<String> for SmtpUrl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Tls, Option<String>, String, u16) {
        let SmtpUrl { tls, user, host, port } = text.parse().unwrap();
        (tls, user, host, port)
    }

    #[test]
    fn an_address_is_read_into_its_parts() {
        assert_eq!(read("smtp://mail.example"), (Tls::StartTls, None, "mail.example".into(), 587));
        let user = Some("rota@shop.example".into());
        assert_eq!(
            read("smtps://rota@shop.example@mail.example/"),
            (Tls::Implicit, user, "mail.example".into(), 465)
        );
        assert_eq!(read("smtp://127.0.0.1?tls=none"), (Tls::None, None, "127.0.0.1".into(), 25));
        assert_eq!(read("smtp://[::1]:2525"), (Tls::StartTls, None, "::1".into(), 2525));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for bad in [
            "",
            "mail.example",
            "http://a",
            "smtp://",
            "smtps://a?tls=none",
            "smtp://a:x",
            "smtp://a/b",
            "smtp://@a",
        ] {
            assert!(bad.parse::<SmtpUrl>().is_err(), "{bad}");
        }
        assert!("smtp://u:p@a".parse::<SmtpUrl>().unwrap_err().contains("--smtp-password-file"));
    }
}
