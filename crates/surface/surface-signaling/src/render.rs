//! Domain messages as frames of this surface: mapping happens at the receiver.

use rtc_app::{
    Content, Direction, MediaNotice, MediaSignal, RoomMessage, SessionInfo, SignalKind, SubscribedTrack,
};
use rtc_types::{CloseReason, ErrorCode, Json};
use rtc_wire::signal::{
    CloseCode, IceServer, JoinedMessage, PeerSummary, ReceivedTrack, RelayKind, SFU, ServerFrame,
    ServerMessage, Target, write_relay,
};

/// One message of the room as a text frame.
pub(crate) fn room_message(seq: u64, message: &RoomMessage) -> String {
    let message = match message {
        RoomMessage::Relayed { from, content, .. } => return relayed(seq, from, content),
        RoomMessage::PeerJoined { peer, is_initiator } => ServerMessage::PeerJoined {
            socket_id: peer.seat.to_string(),
            user_id: peer.user_id.to_string(),
            role: peer.role,
            is_initiator: *is_initiator,
        },
        RoomMessage::PeerLeft { peer, reason } => ServerMessage::PeerLeft {
            socket_id: peer.seat.to_string(),
            user_id: peer.user_id.to_string(),
            reason: *reason,
        },
        RoomMessage::Muted { peer, by, kind, muted } => ServerMessage::Mute {
            kind: *kind,
            muted: *muted,
            user_id: peer.user_id.to_string(),
            from: by.as_ref().map(|by| by.seat.to_string()),
        },
    };
    frame(seq, message)
}

fn relayed(seq: u64, from: &rtc_types::PeerInfo, content: &Content) -> String {
    let (kind, body) = match content {
        Content::Data(body) => (RelayKind::Data, body),
        Content::Signal(signal) => match &signal.kind {
            SignalKind::Offer => (RelayKind::Offer, &signal.body),
            SignalKind::Answer => (RelayKind::Answer, &signal.body),
            SignalKind::Ice => (RelayKind::Ice, &signal.body),
            named @ (SignalKind::Candidate | SignalKind::Custom(_)) => {
                // This surface knows no such message: it arrives as data that names it.
                let payload = serde_json::json!({ "type": named.name(), "payload": &signal.body });
                return match Json::of(&payload) {
                    Ok(payload) => write_relay(RelayKind::Data, &payload, from, seq),
                    Err(_) => write_relay(RelayKind::Data, &signal.body, from, seq),
                };
            }
        },
    };
    write_relay(kind, body, from, seq)
}

/// The answer to a join.
pub(crate) fn joined(
    info: &SessionInfo,
    ice_servers: &[IceServer],
    resume_window_ms: u64,
    heartbeat_interval_ms: u64,
) -> String {
    let message = ServerMessage::Joined(JoinedMessage {
        room_id: info.room_id.to_string(),
        socket_id: info.peer.seat.to_string(),
        user_id: info.peer.user_id.to_string(),
        role: info.peer.role,
        topology: info.topology,
        peers: info.peers.iter().map(PeerSummary::from).collect(),
        ice_servers: ice_servers.to_vec(),
        resume_token: info.resume_token.clone().unwrap_or_default(),
        resume_window_ms,
        heartbeat_interval_ms,
        resumed: info.resumed,
    });
    frame(info.seq, message)
}

/// What negotiation of media tells the client. It carries the `seq` of the message before it.
pub(crate) fn media_signal(seq: u64, signal: MediaSignal) -> String {
    let (from, user_id) = (SFU, SFU);
    let message = match signal {
        MediaSignal::Offer { rev, sdp } => {
            ServerMessage::SubscribeOffer { sdp, from, user_id, target: Target::Subscribe, rev }
        }
        MediaSignal::Answer { rev, sdp } => {
            ServerMessage::PublishAnswer { sdp, from, user_id, target: Target::Publish, rev }
        }
        MediaSignal::Tracks(tracks) => {
            ServerMessage::Tracks { tracks: tracks.into_iter().map(received_track).collect() }
        }
        MediaSignal::Layers { mid, layers } => ServerMessage::Layers { mid, layers },
        MediaSignal::Reset(direction) => {
            let target = match direction {
                Direction::Send => Target::Publish,
                // Peers of this surface have no connection for both.
                Direction::Recv | Direction::Both => Target::Subscribe,
            };
            ServerMessage::Reset { target }
        }
    };
    frame(seq, message)
}

fn received_track((mid, view): SubscribedTrack) -> ReceivedTrack {
    ReceivedTrack {
        mid,
        socket_id: view.peer.seat.to_string(),
        user_id: view.peer.user_id.to_string(),
        kind: view.kind,
        source: view.source.to_string(),
    }
}

/// What the media server reports, where the client is told of it as it is.
pub(crate) fn media_notice(seq: u64, notice: &MediaNotice) -> Option<String> {
    let message = match notice {
        MediaNotice::ActiveSpeaker(speaker) => {
            let user_id = speaker.as_ref().map(|speaker| speaker.peer.user_id.to_string());
            ServerMessage::ActiveSpeaker { user_id }
        }
        MediaNotice::NetworkQuality { peer, quality } => {
            ServerMessage::NetworkQuality { user_id: peer.user_id.to_string(), quality: *quality }
        }
        _ => return None,
    };
    Some(frame(seq, message))
}

/// An error.
pub(crate) fn error(seq: u64, code: ErrorCode, message: String, fatal: bool, id: Option<String>) -> String {
    frame(seq, ServerMessage::Error { code: code.as_str(), message, fatal, id })
}

/// What a client is told before its connection is closed: the error and the close code.
pub(crate) fn close(reason: CloseReason) -> (ErrorCode, &'static str, CloseCode) {
    match reason {
        CloseReason::Replaced => {
            (ErrorCode::Replaced, "the same user came in by another connection", CloseCode::Replaced)
        }
        CloseReason::Kicked => (ErrorCode::Kicked, "you were removed from the room", CloseCode::Kicked),
        CloseReason::RoomClosed => (ErrorCode::RoomClosed, "the room was ended", CloseCode::RoomClosed),
        CloseReason::Revoked => (ErrorCode::InvalidToken, "the token was revoked", CloseCode::TokenRevoked),
        CloseReason::Unresponsive => {
            (ErrorCode::RateLimitExceeded, "the connection did not keep up", CloseCode::Unresponsive)
        }
    }
}

fn frame(seq: u64, message: ServerMessage) -> String {
    // Every part is a plain value or JSON already, so this cannot fail; an empty object would be harmless.
    serde_json::to_string(&ServerFrame { message, seq }).unwrap_or_else(|_| "{}".into())
}
