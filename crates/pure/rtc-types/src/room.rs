//! How a room's media travels.

use crate::peer::{UnknownName, names};
use std::fmt;

/// How media travels in a live room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Topology {
    /// Straight between the peers; the server relays signals only.
    P2p,
    /// Through the media server.
    Sfu,
}

/// What the tenant asked for; `auto` is `p2p` for at most two and `sfu` above.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TopologySetting {
    /// Always between the peers.
    P2p,
    /// Always through the media server.
    Sfu,
    /// Decided by the room's size.
    #[default]
    Auto,
}

impl TopologySetting {
    /// The topology of a room that admits `max_participants`.
    pub fn resolve(self, max_participants: u32) -> Topology {
        match self {
            TopologySetting::P2p => Topology::P2p,
            TopologySetting::Sfu => Topology::Sfu,
            TopologySetting::Auto if max_participants <= 2 => Topology::P2p,
            TopologySetting::Auto => Topology::Sfu,
        }
    }
}

names!(Topology: "p2p, sfu", P2p = "p2p", Sfu = "sfu");
names!(TopologySetting: "p2p, sfu, auto", P2p = "p2p", Sfu = "sfu", Auto = "auto");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auto_is_peer_to_peer_for_two_and_the_media_server_above() {
        assert_eq!(TopologySetting::Auto.resolve(2), Topology::P2p);
        assert_eq!(TopologySetting::Auto.resolve(3), Topology::Sfu);
        assert_eq!(TopologySetting::P2p.resolve(8), Topology::P2p);
    }
}
