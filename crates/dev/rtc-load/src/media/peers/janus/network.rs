//! An address for Janus, which skips loopback interfaces for ICE: a private pair of virtual interfaces lends one;
//! where they cannot be made, the machine's own address does. Packets stay on the machine either way.

use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::process::Command;

use anyhow::{Context, Result};

const INTERFACE: &str = "rtcload0";
const OTHER_END: &str = "rtcload1";
/// Of the range for benchmarks (RFC 2544).
const ADDRESS: Ipv4Addr = Ipv4Addr::new(198, 18, 77, 1);

/// The address that Janus gathers its candidates from.
pub struct Network {
    /// It.
    pub address: IpAddr,
    made: bool,
}

impl Network {
    /// Makes the pair of interfaces, or finds the machine's own address.
    pub fn make() -> Result<Self> {
        let ip = |arguments: &str| {
            let output = Command::new("ip").args(arguments.split(' ')).output();
            output.is_ok_and(|output| output.status.success())
        };
        let made = ip(&format!("link add {INTERFACE} type veth peer name {OTHER_END}"))
            || ip(&format!("link show {INTERFACE}"));
        if made
            && (ip(&format!("addr replace {ADDRESS}/30 dev {INTERFACE}")))
            && ip(&format!("link set {INTERFACE} up"))
            && ip(&format!("link set {OTHER_END} up"))
        {
            return Ok(Self { address: IpAddr::V4(ADDRESS), made });
        }
        // No packet is sent: connecting only asks for the route, and with it for our own address.
        let probe = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
        probe.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).context("no address beside loopback for Janus")?;
        Ok(Self { address: probe.local_addr()?.ip(), made })
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        if self.made {
            let _ = Command::new("ip").args(["link", "del", INTERFACE]).output();
        }
    }
}
