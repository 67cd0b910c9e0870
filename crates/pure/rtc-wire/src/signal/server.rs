//! What the server sends. Each frame carries the `seq` of the receiver's seat.

use super::media::{ReceivedTrack, Target};
use rtc_types::{Json, LeaveReason, MediaKind, PeerInfo, Role, Topology};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A STUN or TURN server as `RTCPeerConnection` takes it (W3C WebRTC, `RTCIceServer`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, utoipa::ToSchema)]
pub struct IceServer {
    /// One or more `stun:`, `turn:` or `turns:` URLs.
    pub urls: Vec<String>,
    /// For TURN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub username: Option<String>,
    /// For TURN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub credential: Option<String>,
}

/// A peer in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PeerSummary {
    /// Its seat.
    pub socket_id: String,
    /// The tenant's name for the user.
    pub user_id: String,
    /// What it may do.
    #[ts(type = "Role")]
    pub role: Role,
}

impl From<&PeerInfo> for PeerSummary {
    fn from(peer: &PeerInfo) -> Self {
        Self { socket_id: peer.seat.to_string(), user_id: peer.user_id.to_string(), role: peer.role }
    }
}

/// The answer to a `join`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct JoinedMessage {
    /// The room.
    pub room_id: String,
    /// The client's own seat.
    pub socket_id: String,
    /// The client's own user.
    pub user_id: String,
    /// What it may do.
    #[ts(type = "Role")]
    pub role: Role,
    /// How media travels.
    #[ts(type = "Topology")]
    pub topology: Topology,
    /// Who else is in the room.
    pub peers: Vec<PeerSummary>,
    /// For `RTCPeerConnection`.
    pub ice_servers: Vec<IceServer>,
    /// Takes the seat again after a drop; a secret of this client.
    pub resume_token: String,
    /// How long the seat is kept after a drop, in milliseconds.
    #[ts(type = "number")]
    pub resume_window_ms: u64,
    /// How often the server pings, in milliseconds.
    #[ts(type = "number")]
    pub heartbeat_interval_ms: u64,
    /// Whether an existing seat was taken again; missed messages follow.
    pub resumed: bool,
}

/// A message from server to client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum ServerMessage {
    /// The client has its seat.
    Joined(JoinedMessage),
    /// Somebody came.
    #[serde(rename_all = "camelCase")]
    PeerJoined {
        /// Its seat.
        socket_id: String,
        /// Its user.
        user_id: String,
        /// What it may do.
        #[ts(type = "Role")]
        role: Role,
        /// True: the receiver makes the offer.
        is_initiator: bool,
    },
    /// Somebody went.
    #[serde(rename_all = "camelCase")]
    PeerLeft {
        /// Its seat.
        socket_id: String,
        /// Its user.
        user_id: String,
        /// Why.
        #[ts(type = "LeaveReason")]
        reason: LeaveReason,
    },
    /// An offer from a peer.
    #[serde(rename_all = "camelCase")]
    Offer {
        /// The description as sent.
        #[ts(type = "string | RTCSessionDescriptionInit")]
        sdp: Json,
        /// The sender's seat.
        from: String,
        /// The sender's user.
        user_id: String,
    },
    /// The server's offer of what it sends: on `subscribe`. Not counted.
    #[serde(rename = "offer", rename_all = "camelCase")]
    SubscribeOffer {
        /// The description. Another session id in its `o=` line means another connection.
        sdp: String,
        /// Always `sfu`.
        from: &'static str,
        /// Always `sfu`.
        user_id: &'static str,
        /// Always `subscribe`.
        #[ts(type = "'subscribe'")]
        target: Target,
        /// For the answer.
        rev: u32,
    },
    /// An answer from a peer.
    #[serde(rename_all = "camelCase")]
    Answer {
        /// The description as sent.
        #[ts(type = "string | RTCSessionDescriptionInit")]
        sdp: Json,
        /// The sender's seat.
        from: String,
        /// The sender's user.
        user_id: String,
    },
    /// The server's answer: on `publish`. Not counted.
    #[serde(rename = "answer", rename_all = "camelCase")]
    PublishAnswer {
        /// The description.
        sdp: String,
        /// Always `sfu`.
        from: &'static str,
        /// Always `sfu`.
        user_id: &'static str,
        /// Always `publish`.
        #[ts(type = "'publish'")]
        target: Target,
        /// The offer's.
        rev: u32,
    },
    /// Whose track each section of the subscribe connection carries, all of them. Not counted.
    Tracks {
        /// All.
        tracks: Vec<ReceivedTrack>,
    },
    /// A connection to the media server is gone, with what it carried: make a new one. Not counted.
    Reset {
        /// On `publish` the client offers; on `subscribe` an offer follows.
        target: Target,
    },
    /// Which layers of a track that the client sends anybody looks at. Not counted.
    Layers {
        /// Its section of the publish connection.
        mid: String,
        /// Spatial layers, 0 the smallest; none: nobody looks.
        layers: Vec<u8>,
    },
    /// Somebody else speaks now. Not counted.
    #[serde(rename_all = "camelCase")]
    ActiveSpeaker {
        /// Who; null: nobody.
        user_id: Option<String>,
    },
    /// How a user's way to the media server does. Not counted.
    #[serde(rename_all = "camelCase")]
    NetworkQuality {
        /// Whose; the receiver's own, too.
        user_id: String,
        /// 1 (poor) to 5 (excellent).
        quality: u8,
    },
    /// A candidate from a peer.
    #[serde(rename_all = "camelCase")]
    Ice {
        /// The candidate as sent.
        #[ts(type = "RTCIceCandidateInit | null")]
        candidate: Json,
        /// The sender's seat.
        from: String,
        /// The sender's user.
        user_id: String,
    },
    /// Application data from a peer.
    #[serde(rename_all = "camelCase")]
    Data {
        /// The payload as sent.
        #[ts(type = "unknown")]
        payload: Json,
        /// The sender's seat.
        from: String,
        /// The sender's user.
        user_id: String,
    },
    /// A peer's media was muted or unmuted; where `userId` is the receiver's own, by a host or the tenant.
    #[serde(rename_all = "camelCase")]
    Mute {
        /// Which media.
        #[ts(type = "MediaKind")]
        kind: MediaKind,
        /// Muted or live.
        muted: bool,
        /// Whose.
        user_id: String,
        /// The seat that asked; missing where the tenant's backend did.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        from: Option<String>,
    },
    /// Something the client sent, or its session, was refused.
    Error {
        /// The contract.
        #[ts(type = "ErrorCode")]
        code: &'static str,
        /// For people.
        message: String,
        /// Whether the connection ends.
        fatal: bool,
        /// The `id` of the client message that was refused, where it had one.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        id: Option<String>,
    },
}

/// A message in its frame.
///
/// `seq` counts the messages of the room to this seat from 1. `joined`, `error` and what the media server says do
/// not count: they carry the `seq` of the message before them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct ServerFrame {
    /// The message.
    #[serde(flatten)]
    pub message: ServerMessage,
    /// Position in the seat's sequence.
    #[ts(type = "number")]
    pub seq: u64,
}

/// Which relayed message [`write_relay`] writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelayKind {
    /// `offer`
    Offer,
    /// `answer`
    Answer,
    /// `ice`
    Ice,
    /// `data`
    Data,
}

/// Writes a relayed message's frame in one pass, without a tree between.
///
/// This is the hot path of signaling; its text equals what [`ServerFrame`] serialises to (a test holds
/// the two together).
pub fn write_relay(kind: RelayKind, body: &Json, from: &PeerInfo, seq: u64) -> String {
    let (name, field) = match kind {
        RelayKind::Offer => ("offer", "sdp"),
        RelayKind::Answer => ("answer", "sdp"),
        RelayKind::Ice => ("ice", "candidate"),
        RelayKind::Data => ("data", "payload"),
    };
    let (seat, user) = (from.seat.as_str(), from.user_id.as_str());
    let mut text = String::with_capacity(80 + body.as_str().len() + seat.len() + user.len());
    text.push_str(r#"{"type":""#);
    text.push_str(name);
    text.push_str(r#"",""#);
    text.push_str(field);
    text.push_str(r#"":"#);
    text.push_str(body.as_str());
    text.push_str(r#","from":"#);
    push_json_string(&mut text, seat);
    text.push_str(r#","userId":"#);
    push_json_string(&mut text, user);
    text.push_str(r#","seq":"#);
    text.push_str(itoa(&mut [0; 20], seq));
    text.push('}');
    text
}

fn push_json_string(text: &mut String, value: &str) {
    text.push('"');
    // Ids hold no control characters, so these two are all that JSON wants escaped (RFC 8259, section 7).
    for part in value.split_inclusive(['"', '\\']) {
        match part.as_bytes().last() {
            Some(&last @ (b'"' | b'\\')) => {
                text.push_str(&part[..part.len() - 1]);
                text.push('\\');
                text.push(last as char);
            }
            _ => text.push_str(part),
        }
    }
    text.push('"');
}

fn itoa(digits: &mut [u8; 20], mut number: u64) -> &str {
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    std::str::from_utf8(&digits[at..]).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rtc_types::{SeatId, UserId};

    #[test]
    fn the_hot_path_writes_what_the_type_serialises_to() {
        let from = PeerInfo {
            seat: SeatId::new("s1").expect("id"),
            user_id: UserId::new(r#"a"b\c é"#).expect("id"),
            role: Role::Host,
        };
        let body = Json::parse(r#"{"type":"offer","sdp":"v=0"}"#).expect("json");
        let (seat, user_id) = (from.seat.to_string(), from.user_id.to_string());
        for (kind, message) in [
            (
                RelayKind::Offer,
                ServerMessage::Offer { sdp: body.clone(), from: seat.clone(), user_id: user_id.clone() },
            ),
            (
                RelayKind::Answer,
                ServerMessage::Answer { sdp: body.clone(), from: seat.clone(), user_id: user_id.clone() },
            ),
            (
                RelayKind::Ice,
                ServerMessage::Ice { candidate: body.clone(), from: seat.clone(), user_id: user_id.clone() },
            ),
            (
                RelayKind::Data,
                ServerMessage::Data { payload: body.clone(), from: seat.clone(), user_id: user_id.clone() },
            ),
        ] {
            for seq in [0, 7, u64::MAX] {
                let slow = serde_json::to_string(&ServerFrame { message: message.clone(), seq })
                    .expect("serialises");
                assert_eq!(write_relay(kind, &body, &from, seq), slow);
            }
        }
    }
}
