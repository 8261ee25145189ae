//! Whether a browser sends a request for a page of this server's own or for another site's, which must not act with the
//! cookie of whoever looks at it.

use crate::site::PublicUrl;
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// By `Sec-Fetch-Site` (W3C Fetch Metadata), which pages cannot forge; where a browser has none, by `Origin`. `None` where
/// neither says anything, which is no browser that one can rely on. Headers that come twice are nobody's word.
pub fn is_own(headers: &HeaderMap, site: &PublicUrl) -> Option<bool> {
    let all =
        |name: &HeaderName| headers.get_all(name).iter().map(|value| value.to_str().unwrap_or_default());
    if headers.contains_key(SEC_FETCH_SITE) {
        return Some(all(&SEC_FETCH_SITE).eq(["same-origin"]) || all(&SEC_FETCH_SITE).eq(["none"]));
    }
    let mut origins = all(&ORIGIN);
    let origin = origins.next()?;
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let same_host = origin.split_once("://").is_some_and(|(scheme, of)| {
        matches!(scheme, "http" | "https") && host.is_some_and(|host| host.eq_ignore_ascii_case(of))
    });
    let same_site = origin.eq_ignore_ascii_case(&site.to_string());
    Some(origins.next().is_none() && (same_host || same_site))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn of(headers: &[(&'static str, &'static str)]) -> Option<bool> {
        let headers = headers.iter();
        let headers: HeaderMap = headers
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .fold(HeaderMap::new(), |mut all, (name, value)| {
                all.append(name, value);
                all
            });
        is_own(&headers, &"https://desk.example".parse().unwrap())
    }

    #[test]
    fn what_the_browser_says_of_the_site_counts_first() {
        for (site, own) in
            [("same-origin", true), ("none", true), ("same-site", false), ("cross-site", false), ("", false)]
        {
            let headers = [("sec-fetch-site", site), ("host", "a.b"), ("origin", "http://a.b")];
            assert_eq!(of(&headers), Some(own), "{site}");
        }
        assert_eq!(of(&[("sec-fetch-site", "none"), ("sec-fetch-site", "cross-site")]), Some(false));
    }

    #[test]
    fn without_that_the_origin_is_that_of_the_host_or_the_public_url() {
        for (origin, own) in [
            ("http://inner:7070", true),
            ("https://Inner:7070", true),
            ("https://desk.example", true),
            ("http://desk.example", false),
            ("https://desk.example:8443", false),
            ("https://desk.example.evil.example", false),
            ("http://inner", false),
            ("null", false),
            ("", false),
        ] {
            assert_eq!(of(&[("host", "inner:7070"), ("origin", origin)]), Some(own), "{origin}");
        }
        assert_eq!(of(&[("host", "inner:7070")]), None);
    }
}
