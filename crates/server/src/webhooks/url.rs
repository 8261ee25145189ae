//! Addresses of endpoints.

use axum::http::Uri;
use serde::Deserialize;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

const LONGEST: usize = 2_000;

/// `https://HOST/PATH`, or `http://…` where the operator allows the address.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct HookUrl {
    text: String,
    pub https: bool,
    /// Without the brackets of an IPv6 address.
    pub host: String,
    pub port: u16,
    /// As the Host header has it.
    pub authority: String,
    /// Path and query.
    pub target: String,
}

impl HookUrl {
    /// The address, where the host is one.
    pub fn literal(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }
}

impl FromStr for HookUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const WRONG: &str =
            "is https://HOST/PATH, in ASCII, without user and fragment, up to 2000 characters";
        let uri: Uri = text.parse().map_err(|_| WRONG)?;
        let https = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(WRONG.into()),
        };
        let authority = uri.authority().ok_or(WRONG)?;
        if text.len() > LONGEST || text.contains('#') || authority.as_str().contains('@') {
            return Err(WRONG.into());
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() {
            return Err(WRONG.into());
        }
        Ok(Self {
            text: text.to_owned(),
            https,
            host: host.to_owned(),
            port: authority.port_u16().unwrap_or(if https { 443 } else { 80 }),
            authority: authority.as_str().to_owned(),
            target: uri.path_and_query().map_or("/", |target| target.as_str()).to_owned(),
        })
    }
}

impl TryFrom<String> for HookUrl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for HookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_into_its_parts() {
        let url: HookUrl = "https://hooks.example:8443/a/b?c=d".parse().unwrap();
        assert_eq!((url.host.as_str(), url.port, url.https), ("hooks.example", 8443, true));
        assert_eq!((url.authority.as_str(), url.target.as_str()), ("hooks.example:8443", "/a/b?c=d"));
        let url: HookUrl = "http://[::1]".parse().unwrap();
        assert_eq!((url.literal(), url.port, url.target.as_str()), ("::1".parse().ok(), 80, "/"));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for bad in ["", "hooks.example", "ftp://a.b/", "https://", "https://u:p@a.b/", "https://a.b/#x", "/a"]
        {
            assert!(bad.parse::<HookUrl>().is_err(), "{bad}");
        }
        assert!(format!("https://a.b/{}", "x".repeat(LONGEST)).parse::<HookUrl>().is_err());
    }
}
