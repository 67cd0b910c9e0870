//! Domain messages as events of this surface: mapping happens at the receiver.

use crate::asker::refusal;
use rtc_app::{Addressed, Content, RoomMessage, Signal, SignalKind};
use rtc_types::{CloseReason, ErrorCode, Json, MediaKind, PeerInfo};
use rtc_wire::socketio::{DataEvent, MuteEvent, RelayKind, RelayedEvent, RoomUsers, User, UserMoved};
use socketioxide::{
    SendError,
    socket::{Sid, Socket},
};
use std::str::FromStr;

/// One message of the room, sent to the socket whose seat `own` is.
pub(crate) fn send(
    socket: &Socket,
    room_id: &str,
    own: &PeerInfo,
    message: &RoomMessage,
) -> Result<(), SendError> {
    match message {
        RoomMessage::PeerJoined { peer, .. } => socket.emit("user-joined", &moved(room_id, peer)),
        RoomMessage::PeerLeft { peer, .. } => socket.emit("user-left", &moved(room_id, peer)),
        RoomMessage::Muted { peer, kind, muted, .. } => mute(socket, room_id, peer, *kind, *muted),
        RoomMessage::Relayed { from, content: Content::Data(payload), .. } => {
            data(socket, room_id, payload, from)
        }
        RoomMessage::Relayed { from, addressed, content: Content::Signal(signal) } => {
            send_signal(socket, room_id, own, (from, *addressed), signal)
        }
    }
}

fn send_signal(
    socket: &Socket,
    room_id: &str,
    own: &PeerInfo,
    (from, addressed): (&PeerInfo, Addressed),
    signal: &Signal,
) -> Result<(), SendError> {
    let kind = match &signal.kind {
        SignalKind::Offer => RelayKind::Offer,
        SignalKind::Answer => RelayKind::Answer,
        SignalKind::Ice => RelayKind::IceCandidate,
        // This surface knows no such signal: it arrives as data that names it.
        named @ (SignalKind::Candidate | SignalKind::Custom(_)) => {
            return socket.emit("data", &data_event(room_id, &signal.body, Some(named.name()), from));
        }
    };
    let target_id = match addressed {
        Addressed::User => own.user_id.as_str(),
        Addressed::Seat | Addressed::Everyone => own.seat.as_str(),
    };
    let description = description(kind, from, &signal.body);
    let body = description.as_ref().unwrap_or(&signal.body);
    let (from_id, from_user_id) = (from.seat.as_str(), from.user_id.as_str());
    socket.emit(kind.event(), &RelayedEvent { kind, room_id, target_id, body, from_id, from_user_id })
}

/// The description that a bare SDP stands for: peers of surface A may send `sdp` as text, where clients of
/// this surface hand what they get to `setRemoteDescription`. What a peer of this surface sent is left as
/// it is; its seat is its Socket.IO id.
fn description(kind: RelayKind, from: &PeerInfo, body: &Json) -> Option<Json> {
    let bare = kind != RelayKind::IceCandidate && body.as_str().starts_with('"');
    if !bare || Sid::from_str(from.seat.as_str()).is_ok() {
        return None;
    }
    Json::parse(&format!(r#"{{"type":"{}","sdp":{}}}"#, kind.event(), body.as_str())).ok()
}

/// Who else is in a room.
pub(crate) fn room_users<'a>(room_id: &str, others: impl Iterator<Item = &'a PeerInfo>) -> RoomUsers {
    let user = |peer: &PeerInfo| User { user_id: peer.user_id.to_string(), socket_id: peer.seat.to_string() };
    RoomUsers { room_id: room_id.to_owned(), users: others.map(user).collect() }
}

/// Tells a socket that its seat is over.
pub(crate) fn send_close(socket: &Socket, reason: CloseReason) -> Result<(), SendError> {
    let (code, text) = match reason {
        CloseReason::Replaced => (ErrorCode::Replaced, "the same user came in by another connection"),
        CloseReason::Kicked => (ErrorCode::Kicked, "you were removed from the room"),
        CloseReason::RoomClosed => (ErrorCode::RoomClosed, "the room was ended"),
        CloseReason::Revoked => (ErrorCode::InvalidToken, "the token was revoked"),
        CloseReason::Unresponsive => (ErrorCode::RateLimitExceeded, "the connection did not keep up"),
    };
    socket.emit("error", &refusal(code, text))
}

fn moved<'a>(room_id: &'a str, peer: &'a PeerInfo) -> UserMoved<'a> {
    UserMoved { user_id: peer.user_id.as_str(), socket_id: peer.seat.as_str(), room_id }
}

/// A peer's media was muted or unmuted.
pub(crate) fn mute(
    socket: &Socket,
    room_id: &str,
    peer: &PeerInfo,
    kind: MediaKind,
    muted: bool,
) -> Result<(), SendError> {
    socket.emit("mute", &MuteEvent { room_id, user_id: peer.user_id.as_str(), kind, muted })
}

/// Application data of another peer.
pub(crate) fn data(socket: &Socket, room_id: &str, payload: &Json, from: &PeerInfo) -> Result<(), SendError> {
    socket.emit("data", &data_event(room_id, payload, None, from))
}

fn data_event<'a>(
    room_id: &'a str,
    payload: &'a Json,
    kind: Option<&'a str>,
    from: &'a PeerInfo,
) -> DataEvent<'a> {
    let (from_id, from_user_id) = (from.seat.as_str(), from.user_id.as_str());
    DataEvent { room_id, payload, kind, from_id, from_user_id }
}
