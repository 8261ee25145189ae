//! Under which address people reach the server, and what follows from that for links, cookies and who is who.

use crate::percent::encoded;
use axum::http::Uri;
use rota_core::ids::{StoreId, TicketId};
use serde::Deserialize;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

/// `http://HOST` or `https://HOST`, with a port where it is not the usual one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct PublicUrl(String);

impl PublicUrl {
    /// Of a server that listens here and has no other name.
    pub fn of(listening: SocketAddr, tls: bool) -> Self {
        Self(format!("{}://{listening}", if tls { "https" } else { "http" }))
    }

    pub fn is_https(&self) -> bool {
        self.0.starts_with("https:")
    }

    /// Without port, and without the brackets of an IPv6 address.
    pub fn host(&self) -> &str {
        let (_, rest) = self.0.split_once("://").unwrap_or_default();
        match rest.strip_prefix('[') {
            Some(rest) => rest.split(']').next().unwrap_or_default(),
            None => rest.split(':').next().unwrap_or_default(),
        }
    }

    /// The page of a ticket (desk 2).
    pub fn ticket(&self, ticket: TicketId) -> String {
        format!("{self}/t/{ticket}")
    }

    /// Where an invited agent sets a password. The token is in the fragment, which browsers do not send, so that it is in
    /// nobody's log.
    pub fn invitation(&self, store: &StoreId, token: &str) -> String {
        format!("{self}/s/{}/invitation#{token}", encoded(store.as_str()))
    }
}

impl FromStr for PublicUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "is https://HOST or http://HOST, with :PORT where needed and without a path";
        let url: Uri = text.parse().map_err(|_| WRONG)?;
        let known = matches!(url.scheme_str(), Some("http" | "https"));
        let plain = url.path() == "/" && url.query().is_none();
        match url.authority() {
            Some(host) if known && plain && !host.as_str().contains('@') => {
                Ok(Self(text.trim_end_matches('/').to_ascii_lowercase()))
            }
            _ => Err(WRONG),
        }
    }
}

impl TryFrom<String> for PublicUrl {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// Also its origin (RFC 6454, section 6.2).
impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The server as browsers reach it.
#[derive(Debug, Clone)]
pub struct Site {
    pub url: PublicUrl,
    /// Whether cookies are for https alone.
    pub secure: bool,
    /// Whose word on a client's address is taken.
    pub proxies: Vec<IpAddr>,
}

impl Site {
    /// The client's own address: that of the connection, or what trusted proxies say in `X-Forwarded-For`. Each adds the
    /// address it was called from at the end, so the last one that is no trusted proxy's is the client's; what stands before it
    /// may be made up.
    pub fn client(&self, peer: IpAddr, forwarded: &[&str]) -> IpAddr {
        let mut client = peer.to_canonical();
        let hops = forwarded.iter().rev().flat_map(|value| value.rsplit(','));
        for hop in hops {
            if !self.proxies.contains(&client) {
                break;
            }
            match hop.trim().parse::<IpAddr>() {
                Ok(before) => client = before.to_canonical(),
                Err(_) => break,
            }
        }
        client
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_a_scheme_and_a_host() {
        for (text, told) in [
            ("https://desk.shop.example", "https://desk.shop.example"),
            ("https://Desk.shop.example/", "https://desk.shop.example"),
            ("http://127.0.0.1:7070", "http://127.0.0.1:7070"),
            ("http://[::1]:7070", "http://[::1]:7070"),
        ] {
            assert_eq!(text.parse::<PublicUrl>().unwrap().to_string(), told);
        }
        for bad in [
            "",
            "desk.shop.example",
            "ftp://a.b",
            "https://a.b/desk",
            "https://a.b?x",
            "https://u@a.b",
            "https://",
        ] {
            assert!(bad.parse::<PublicUrl>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_link_leads_to_its_store_whatever_its_id_has_in_it() {
        let url: PublicUrl = "https://desk.example".parse().unwrap();
        let store = StoreId::new("a/b #ü").unwrap();
        assert_eq!(url.invitation(&store, "T"), "https://desk.example/s/a%2Fb%20%23%C3%BC/invitation#T");
    }

    #[test]
    fn only_a_trusted_proxy_says_who_the_client_is() {
        let [proxy, inner, client, liar]: [IpAddr; 4] =
            ["10.0.0.1", "10.0.0.2", "192.0.2.7", "198.51.100.9"].map(|text| text.parse().unwrap());
        let url = "http://127.0.0.1:7070".parse().unwrap();
        let site = Site { url, secure: false, proxies: vec![proxy, inner] };
        assert_eq!(site.client(client, &["198.51.100.9"]), client);
        assert_eq!(site.client(proxy, &[]), proxy);
        assert_eq!(site.client(proxy, &["192.0.2.7"]), client);
        assert_eq!(site.client(proxy, &["192.0.2.7", "10.0.0.2"]), client);
        assert_eq!(site.client(proxy, &["198.51.100.9, 192.0.2.7, 10.0.0.2"]), client);
        assert_eq!(site.client(proxy, &["192.0.2.7, 198.51.100.9"]), liar);
        assert_eq!(site.client(proxy, &["192.0.2.7, unknown"]), proxy);
    }
}
