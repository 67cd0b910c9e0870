//! What peers are told of a worker's sockets: ICE host candidates, UDP and passive TCP.

use crate::{MediaConfig, MediaError, interfaces};
use rtc_types::ortc::IceCandidate;
use std::net::IpAddr;

/// Type preference of UDP host candidates (RFC 8445, section 5.1.2.2).
const UDP_HOST: u32 = 126;
/// Type preference of TCP host candidates: below every UDP one (RFC 6544, section 4.2).
const TCP_HOST: u32 = 90;
/// Direction preference of passive TCP candidates (RFC 6544, section 4.2).
const TCP_PASSIVE: u32 = 4;

/// The addresses to announce, best first: as configured, else those listened on, with a wildcard standing
/// for the interfaces' addresses of its family.
pub(crate) fn announced(config: &MediaConfig, listening: &[IpAddr]) -> Result<Vec<IpAddr>, MediaError> {
    if !config.announced.is_empty() {
        return Ok(without_repeats(config.announced.clone()));
    }
    let own = interfaces::addresses().map_err(MediaError::Interfaces)?;
    let mut found = Vec::new();
    for address in listening {
        if address.is_unspecified() {
            found.extend(own.iter().filter(|own| own.is_ipv4() == address.is_ipv4()));
        } else {
            found.push(*address);
        }
    }
    let mut found = without_repeats(found);
    found.sort_by_key(IpAddr::is_loopback);
    if !config.announce_loopback && found.iter().any(|address| !address.is_loopback()) {
        found.retain(|address| !address.is_loopback());
    }
    if found.is_empty() { Err(MediaError::NothingAnnounced) } else { Ok(found) }
}

fn without_repeats(addresses: Vec<IpAddr>) -> Vec<IpAddr> {
    let mut kept: Vec<IpAddr> = Vec::with_capacity(addresses.len());
    for address in addresses {
        if !kept.contains(&address) {
            kept.push(address);
        }
    }
    kept
}

/// The candidates of one worker: all UDP ones first.
pub(crate) fn candidates(announced: &[IpAddr], port: u16) -> Vec<IceCandidate> {
    let udp = announced.iter().zip(0_u32..).map(|(address, index)| {
        candidate(*address, port, index, "udp", priority(UDP_HOST, 0xffff_u32.saturating_sub(index)))
    });
    let tcp = announced.iter().zip(0_u32..).map(|(address, index)| {
        let preference = (TCP_PASSIVE << 13) | 0x1fff_u32.saturating_sub(index);
        candidate(*address, port, index, "tcp", priority(TCP_HOST, preference))
    });
    udp.chain(tcp).collect()
}

fn candidate(address: IpAddr, port: u16, index: u32, protocol: &str, priority: u32) -> IceCandidate {
    IceCandidate {
        foundation: format!("{protocol}{index}"),
        priority,
        ip: address.to_string(),
        address: address.to_string(),
        protocol: protocol.to_owned(),
        port,
        kind: "host".to_owned(),
        tcp_type: (protocol == "tcp").then(|| "passive".to_owned()),
    }
}

/// RFC 8445, section 5.1.2.1, for component 1.
fn priority(kind: u32, local: u32) -> u32 {
    (kind << 24) | (local << 8) | 255
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_has_a_udp_and_a_passive_tcp_candidate_and_udp_comes_first() {
        let addresses = ["192.0.2.1".parse().expect("v4"), "2001:db8::1".parse().expect("v6")];
        let list = candidates(&addresses, 4000);
        let shown: Vec<_> = list.iter().map(|c| (c.protocol.as_str(), c.address.as_str())).collect();
        assert_eq!(
            shown,
            [("udp", "192.0.2.1"), ("udp", "2001:db8::1"), ("tcp", "192.0.2.1"), ("tcp", "2001:db8::1")]
        );
        assert!(list.windows(2).all(|pair| pair[0].priority > pair[1].priority), "in order of preference");
        assert_eq!(list[0].priority, 2_130_706_431, "the usual priority of a first host candidate");
        assert_eq!(list[2].tcp_type.as_deref(), Some("passive"));
        assert!(list.iter().all(|c| c.port == 4000 && c.kind == "host" && c.ip == c.address));
    }

    #[test]
    fn what_is_announced_need_not_be_what_is_listened_on() {
        let public: IpAddr = "203.0.113.9".parse().expect("an address");
        let config = MediaConfig { announced: vec![public, public], ..MediaConfig::default() };
        let told = announced(&config, &["0.0.0.0".parse().expect("an address")]).expect("announced");
        assert_eq!(told, [public]);
    }

    #[test]
    fn a_wildcard_stands_for_the_addresses_of_its_family_with_loopback_last() {
        let told = announced(&MediaConfig::default(), &["0.0.0.0".parse().expect("an address")]);
        let told = told.expect("announced");
        assert!(told.iter().all(IpAddr::is_ipv4), "{told:?}");
        assert!(told.last().expect("at least loopback").is_loopback(), "{told:?}");
    }
}
