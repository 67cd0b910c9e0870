//! The addresses of the machine's interfaces.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// Every address of an interface that is up, without IPv6 link-local ones: those need a scope, which an ICE
/// candidate cannot tell.
pub(crate) fn addresses() -> io::Result<Vec<IpAddr>> {
    let mut found = all()?;
    found.retain(|address| match address {
        IpAddr::V4(address) => !address.is_unspecified(),
        IpAddr::V6(address) => !address.is_unicast_link_local() && !address.is_unspecified(),
    });
    Ok(found)
}

#[allow(unsafe_code, reason = "getifaddrs is a C list; no safe wrapper is among our dependencies")]
fn all() -> io::Result<Vec<IpAddr>> {
    let mut list: *mut libc::ifaddrs = std::ptr::null_mut();
    // SAFETY: `list` is a valid place for the result; it is read only where the call succeeded.
    if unsafe { libc::getifaddrs(&mut list) } != 0 {
        return Err(io::Error::last_os_error());
    }
    let mut found = Vec::new();
    let mut entry = list;
    while !entry.is_null() {
        // SAFETY: `entry` is a node of the list that getifaddrs made; it is freed only below.
        let node = unsafe { &*entry };
        if node.ifa_flags & libc::IFF_UP as libc::c_uint != 0 && !node.ifa_addr.is_null() {
            // SAFETY: a non-null `ifa_addr` points to a socket address whose size goes with its family.
            found.extend(unsafe { address(node.ifa_addr) });
        }
        entry = node.ifa_next;
    }
    // SAFETY: `list` came from getifaddrs and nothing refers into it any more.
    unsafe { libc::freeifaddrs(list) };
    Ok(found)
}

/// # Safety
/// `address` points to a socket address of the size that its family has.
#[allow(unsafe_code, reason = "socket addresses are told apart by a tag")]
unsafe fn address(address: *const libc::sockaddr) -> Option<IpAddr> {
    // SAFETY: every socket address begins with its family; for the two families below the caller vouches
    // for the size. The reads are unaligned, so alignment does not matter.
    unsafe {
        match i32::from(address.cast::<libc::sa_family_t>().read_unaligned()) {
            libc::AF_INET => {
                let v4 = address.cast::<libc::sockaddr_in>().read_unaligned();
                Some(IpAddr::V4(Ipv4Addr::from(v4.sin_addr.s_addr.to_ne_bytes())))
            }
            libc::AF_INET6 => {
                let v6 = address.cast::<libc::sockaddr_in6>().read_unaligned();
                Some(IpAddr::V6(Ipv6Addr::from(v6.sin6_addr.s6_addr)))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_address_is_among_the_machines_own() {
        let found = addresses().expect("addresses");
        assert!(found.contains(&IpAddr::V4(Ipv4Addr::LOCALHOST)), "{found:?}");
    }
}
