//! Where a request comes from.

use axum::{
    extract::ConnectInfo,
    http::{HeaderMap, request::Parts},
};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The client's address as rate limits count it: IPv6 by its /64, which one customer commonly holds whole.
/// `X-Forwarded-For` is believed only where a proxy is known to set it, and then only its last entry, which
/// that proxy wrote itself.
pub(crate) fn client(parts: &Parts, trust_proxy: bool) -> IpAddr {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let forwarded = trust_proxy.then(|| forwarded_for(&parts.headers)).flatten();
    network(forwarded.or(peer).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)))
}

fn forwarded_for(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?;
    last.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()
}

fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    fn parts(forwarded: &str) -> Parts {
        let mut request = Request::builder().header("x-forwarded-for", forwarded).body(()).expect("request");
        let peer: SocketAddr = "192.0.2.1:1234".parse().expect("address");
        request.extensions_mut().insert(ConnectInfo(peer));
        request.into_parts().0
    }

    #[test]
    fn a_forwarded_address_is_believed_from_a_known_proxy_only() {
        let parts = parts("203.0.113.9, 198.51.100.7");
        assert_eq!(client(&parts, false).to_string(), "192.0.2.1");
        assert_eq!(client(&parts, true).to_string(), "198.51.100.7");
    }

    #[test]
    fn ipv6_counts_by_its_64_bit_network() {
        assert_eq!(client(&parts("2001:db8:1:2:3:4:5:6"), true).to_string(), "2001:db8:1:2::");
        assert_eq!(client(&parts("::ffff:192.0.2.9"), true).to_string(), "192.0.2.9");
    }
}
