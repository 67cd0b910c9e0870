//! Surface E: the embedded server's HTTP routes, `/rtc/*`.

use crate::{
    rest::validate::{self, Metadata},
    signal::IceServer,
};
use garde::Validate;
use rtc_types::Json;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// Takes a seat: `POST /rtc/connect`.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectRequest {
    /// The room; made where there is none. 1–128 printable characters.
    #[garde(custom(validate::id))]
    pub room_id: String,
    /// The peer's own id in the room. 1–128 printable characters.
    #[garde(custom(validate::id))]
    pub peer_id: String,
    /// An object of at most 8 KiB that the snapshot shows with the peer.
    #[garde(custom(validate::metadata))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    #[ts(optional, type = "Record<string, unknown>")]
    pub metadata: Option<Metadata>,
}

/// A seat that was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectInfo {
    /// The room.
    pub room_id: String,
    /// The peer.
    pub peer_id: String,
    /// For the peer connection's configuration.
    pub ice_servers: Vec<IceServer>,
    /// How often the peer has to say that it is alive, in milliseconds. After two intervals it is dropped.
    #[ts(type = "number")]
    pub heartbeat_interval_ms: u64,
    /// The ids of the others, in the order of their coming. They were there first and make the offers.
    pub peers: Vec<String>,
}

/// Names a peer: `POST /rtc/heartbeat`, `POST /rtc/disconnect`.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PeerRequest {
    /// The room.
    #[garde(custom(validate::id))]
    pub room_id: String,
    /// The peer.
    #[garde(custom(validate::id))]
    pub peer_id: String,
}

/// The answer to a heartbeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HeartbeatAnswer {
    /// When the peer was last known to be alive, in milliseconds since the Unix epoch.
    #[ts(type = "number")]
    pub last_seen: u64,
}

/// What a peer sends to others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Validate, TS, ToSchema)]
pub struct PeerSignal {
    /// `offer`, `answer`, `candidate` or any other name of 1–64 printable characters.
    #[serde(rename = "type")]
    #[garde(custom(signal_type))]
    pub kind: String,
    /// Any JSON, relayed byte for byte; missing: null.
    #[serde(default = "null")]
    #[garde(skip)]
    #[schema(value_type = Value)]
    #[ts(type = "unknown")]
    pub payload: Json,
}

/// The most characters that a signal's `type` may have.
pub const SIGNAL_TYPE_CHARS_MAX: usize = 64;

fn signal_type(value: &str, _: &()) -> garde::Result {
    let count = value.chars().count();
    if count == 0 || count > SIGNAL_TYPE_CHARS_MAX || value.chars().any(char::is_control) {
        return Err(garde::Error::new(format!("must be 1–{SIGNAL_TYPE_CHARS_MAX} printable characters")));
    }
    Ok(())
}

fn null() -> Json {
    Json::parse("null").unwrap_or_else(|_| unreachable!("null is JSON"))
}

/// Relays a signal: `POST /rtc/signal`.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignalRequest {
    /// The room.
    #[garde(custom(validate::id))]
    pub room_id: String,
    /// Who sends.
    #[garde(custom(validate::id))]
    pub from_peer_id: String,
    /// What.
    #[garde(dive)]
    pub signal: PeerSignal,
    /// Who receives; missing: everybody else in the room.
    #[garde(inner(custom(validate::id)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub to_peer_id: Option<String>,
}

/// The answer to a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignalAnswer {
    /// How many of the server's own listeners were handed the signal.
    pub listeners_notified: usize,
    /// How many peers it is for.
    pub recipients: usize,
}

/// The data of an event `signal` of `GET /rtc/events`; its `id` is the seat's running number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignalEvent {
    /// The room.
    pub room_id: String,
    /// Who sent it.
    pub from_peer_id: String,
    /// What.
    pub signal: PeerSignal,
}

/// The answer to a disconnect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DisconnectAnswer {
    /// The room.
    pub room_id: String,
    /// The peer.
    pub peer_id: String,
    /// Whether it was the last one, so that the room was closed.
    pub room_closed: bool,
}

/// A peer in a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PeerSnapshot {
    /// The peer.
    pub peer_id: String,
    /// When it came, in milliseconds since the Unix epoch.
    #[ts(type = "number")]
    pub connected_at: u64,
    /// When it was last known to be alive, in milliseconds since the Unix epoch.
    #[ts(type = "number")]
    pub last_seen: u64,
    /// Whether its event stream is open.
    pub streaming: bool,
    /// What was attached to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    #[ts(optional, type = "Record<string, unknown>")]
    pub metadata: Option<Json>,
}

/// A room as it is: `GET /rtc/rooms/{roomId}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoomSnapshot {
    /// The room.
    pub room_id: String,
    /// When it was made, in milliseconds since the Unix epoch.
    #[ts(type = "number")]
    pub created_at: u64,
    /// How many peers it admits.
    pub max_peers: usize,
    /// How many are in it.
    pub peer_count: usize,
    /// What was attached to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    #[ts(optional, type = "Record<string, unknown>")]
    pub metadata: Option<Json>,
    /// Who is in it, in the order of coming.
    pub peers: Vec<PeerSnapshot>,
}

/// What an embedded server is made with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RtcServerOptions {
    /// The servers that peers are told to use; missing: one public STUN server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub ice_servers: Option<Vec<IceServer>>,
    /// How many peers a room admits that was made without options, 1–1000; missing: 8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub max_peers_per_room: Option<usize>,
    /// How often a peer has to say that it is alive, in milliseconds, at least 1; missing: 30,000. After
    /// two intervals of silence a sweep drops it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub heartbeat_interval_ms: Option<u64>,
}

/// Makes a room by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CreateRoomRequest {
    /// The room. 1–128 printable characters.
    pub room_id: String,
    /// How many peers it admits, 1–1000; missing: as the server is configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub max_peers: Option<usize>,
    /// An object of at most 8 KiB that the snapshot shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "Record<string, unknown>")]
    pub metadata: Option<Json>,
}

/// A peer that a sweep dropped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SweptPeer {
    /// Its room.
    pub room_id: String,
    /// The peer.
    pub peer_id: String,
    /// When it was last known to be alive, in milliseconds since the Unix epoch.
    #[ts(type = "number")]
    pub last_seen: u64,
}

/// Something that happened in an embedded server's rooms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all_fields = "camelCase")]
pub enum ServerEvent {
    /// A room was made, by hand or for its first peer.
    #[serde(rename = "room:created")]
    RoomCreated {
        /// Its id.
        room_id: String,
    },
    /// A room was closed: its last peer went, or the host closed it.
    #[serde(rename = "room:closed")]
    RoomClosed {
        /// Its id.
        room_id: String,
    },
    /// A peer was admitted.
    #[serde(rename = "peer:connected")]
    PeerConnected {
        /// The room.
        room_id: String,
        /// The peer.
        peer_id: String,
        /// What was attached to it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional, type = "Record<string, unknown>")]
        metadata: Option<Json>,
    },
    /// A peer went.
    #[serde(rename = "peer:disconnected")]
    PeerDisconnected {
        /// The room.
        room_id: String,
        /// The peer.
        peer_id: String,
        /// Why.
        #[ts(type = "LeaveReason")]
        reason: String,
    },
    /// A peer said that it is alive.
    #[serde(rename = "peer:heartbeat")]
    PeerHeartbeat {
        /// The room.
        room_id: String,
        /// The peer.
        peer_id: String,
        /// When, in milliseconds since the Unix epoch.
        #[ts(type = "number")]
        last_seen: u64,
    },
    /// A peer sent a signal.
    #[serde(rename = "signal")]
    Signal {
        /// The room.
        room_id: String,
        /// Who sent it.
        from_peer_id: String,
        /// For whom it is.
        to_peer_ids: Vec<String>,
        /// What.
        signal: PeerSignal,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_carried_byte_for_byte() {
        let text = r#"{"roomId":"r","fromPeerId":"a","signal":{"type":"offer","payload":{ "sdp" : 1.0e2 }}}"#;
        let request: SignalRequest = serde_json::from_str(text).expect("valid");
        assert_eq!(request.signal.payload.as_str(), r#"{ "sdp" : 1.0e2 }"#);
        assert_eq!(serde_json::to_string(&request).expect("serialises"), text);
    }

    #[test]
    fn a_signal_without_payload_carries_null() {
        let signal: PeerSignal = serde_json::from_str(r#"{"type":"bye"}"#).expect("valid");
        assert_eq!(signal.payload.as_str(), "null");
        assert!(signal.validate().is_ok());
        let nameless = PeerSignal { kind: String::new(), ..signal };
        assert!(nameless.validate().is_err());
    }
}
