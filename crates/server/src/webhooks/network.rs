//! Which addresses may be reached: public ones, and private ones where the operator allows them.

use super::HookUrl;
use serde::Deserialize;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// A range such as `10.0.0.0/8`; an address alone is a range of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Cidr {
    first: IpAddr,
    bits: u32,
}

impl Cidr {
    fn contains(&self, ip: IpAddr) -> bool {
        match (self.first, ip) {
            (IpAddr::V4(first), IpAddr::V4(ip)) => {
                let mask = u32::MAX.checked_shl(32 - self.bits).unwrap_or(0);
                (first.to_bits() ^ ip.to_bits()) & mask == 0
            }
            (IpAddr::V6(first), IpAddr::V6(ip)) => {
                let mask = u128::MAX.checked_shl(128 - self.bits).unwrap_or(0);
                (first.to_bits() ^ ip.to_bits()) & mask == 0
            }
            _ => false,
        }
    }
}

impl FromStr for Cidr {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text} is no range of addresses such as 10.0.0.0/8");
        let (address, bits) = text.split_once('/').map_or((text, None), |(ip, bits)| (ip, Some(bits)));
        let first: IpAddr = address.parse().map_err(|_| wrong())?;
        let most = if first.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), str::parse).map_err(|_| wrong())?;
        if bits > most { Err(wrong()) } else { Ok(Self { first, bits }) }
    }
}

impl TryFrom<String> for Cidr {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// What the operator allows.
#[derive(Debug, Clone, Default)]
pub struct Network {
    pub allowed: Vec<Cidr>,
}

impl Network {
    /// Whether an address may be reached, with TLS or without.
    pub fn judge(&self, ip: IpAddr, https: bool) -> Result<(), String> {
        let plain = unmapped(ip);
        if self.allowed.iter().any(|range| range.contains(plain)) {
            return Ok(());
        }
        if !is_public(plain) {
            return Err(format!(
                "{ip} is not a public address; the operator has to allow it with --webhook-allow-private"
            ));
        }
        if https { Ok(()) } else { Err("needs https".into()) }
    }

    /// What can be said of an address before its name is looked up.
    pub fn judge_url(&self, url: &HookUrl) -> Result<(), String> {
        match url.literal() {
            Some(ip) => self.judge(ip, url.https),
            None if !url.https && self.allowed.is_empty() => Err("needs https".into()),
            None => Ok(()),
        }
    }
}

/// The IPv4 address that an IPv6 address leads to, where it does.
fn unmapped(ip: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = ip else { return ip };
    let [a, b, c, d, e, f, g, h] = v6.segments();
    let v4 = |high: u16, low: u16| IpAddr::V4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)));
    match [a, b, c, d, e, f] {
        // Mapped, and compatible but for :: and ::1.
        [0, 0, 0, 0, 0, 0xffff] => v4(g, h),
        [0, 0, 0, 0, 0, 0] if g > 0 => v4(g, h),
        // NAT64, 6to4.
        [0x64, 0xff9b, 0, 0, 0, 0] => v4(g, h),
        [0x2002, high, low, ..] => v4(high, low),
        _ => ip,
    }
}

fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

/// As the IANA registry of special-purpose addresses has it.
fn is_public_v4(ip: Ipv4Addr) -> bool {
    let special = matches!(
        ip.octets(),
        [0 | 127 | 224..=255, ..]
            | [100, 64..=127, ..]
            | [192, 0, 0, _]
            | [192, 88, 99, _]
            | [198, 18 | 19, ..]
    );
    !(special || ip.is_private() || ip.is_link_local() || ip.is_documentation())
}

/// Of IPv6 only 2000::/3 is given out; in it, what is for protocols and for documentation is special.
fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [first, second, ..] = ip.segments();
    let special = match first {
        0x2001 => second < 0x200 || second == 0xdb8,
        0x3fff => second < 0x1000,
        _ => false,
    };
    first & 0xe000 == 0x2000 && !special
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(network: &Network, ip: &str) -> bool {
        network.judge(ip.parse().unwrap(), true).is_ok()
    }

    #[test]
    fn only_public_addresses_are_reached() {
        let network = Network::default();
        for public in ["8.8.8.8", "100.63.255.255", "172.32.0.1", "2606:4700::1111", "::ffff:8.8.8.8"] {
            assert!(judged(&network, public), "{public}");
        }
        for private in [
            "127.0.0.1",
            "127.255.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "0.1.2.3",
            "224.0.0.1",
            "255.255.255.255",
            "240.0.0.1",
            "192.0.2.1",
            "198.51.100.1",
            "203.0.113.1",
            "198.18.0.1",
            "192.0.0.1",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "2001:db8::1",
            "3fff::1",
            "2001::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::7f00:1",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
            "2002:a00:1::",
            "fec0::1",
        ] {
            assert!(!judged(&network, private), "{private}");
        }
    }

    #[test]
    fn the_operator_allows_ranges() {
        let network = Network { allowed: ["10.1.0.0/16", "::1"].map(|text| text.parse().unwrap()).into() };
        for allowed in ["10.1.2.3", "::ffff:10.1.2.3", "::1"] {
            assert!(judged(&network, allowed), "{allowed}");
        }
        for other in ["10.2.0.1", "127.0.0.1", "::2"] {
            assert!(!judged(&network, other), "{other}");
        }
        let all = Network { allowed: vec!["0.0.0.0/0".parse().unwrap()] };
        assert!(judged(&all, "127.0.0.1") && !judged(&all, "::1"));
        assert!(["10.0.0.0/33", "x", "10.0.0.0/", "::/129"].iter().all(|bad| bad.parse::<Cidr>().is_err()));
    }

    #[test]
    fn without_tls_only_what_is_allowed_is_reached() {
        let network = Network { allowed: vec!["127.0.0.0/8".parse().unwrap()] };
        let judge = |url: &str| network.judge_url(&url.parse().unwrap()).is_ok();
        assert!(judge("http://127.0.0.1/") && judge("http://inside.example/") && judge("https://8.8.8.8/"));
        assert!(!judge("http://8.8.8.8/") && !judge("https://10.0.0.1/"));
        assert!(Network::default().judge_url(&"http://a.example/".parse().unwrap()).is_err());
    }
}
