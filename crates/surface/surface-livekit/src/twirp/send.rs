//! RoomService: data and calls to members.

use super::{
    Caller,
    error::{Code, TwirpError},
    room::{live, user},
};
use crate::{render, state::Shared};
use livekit_protocol::{self as lk, data_packet::Value};
use prost::Message;
use rtc_app::App;
use rtc_types::SeatId;
use std::{sync::Arc, time::Duration};

/// Bytes of what is sent at once: what clients take.
const DATA_BYTES_MAX: usize = 64_000;
/// How long a member may take to answer a call, where nothing is said, and at most.
const ANSWER_MS: u32 = 15_000;
const ANSWER_MS_MAX: u32 = 60_000;

/// Sends a packet to all members, or those named.
pub(super) fn data(
    app: &App,
    caller: &Caller,
    request: lk::SendDataRequest,
) -> Result<lk::SendDataResponse, TwirpError> {
    let room = live(app, caller, &request.room)?;
    if request.data.len() > DATA_BYTES_MAX {
        return Err(TwirpError::new(Code::InvalidArgument, "data has at most 64,000 bytes"));
    }
    let reliable = request.kind == i32::from(lk::data_packet::Kind::Reliable);
    #[allow(deprecated, reason = "older clients and backends use them")]
    let (packet, sids) = {
        let user = lk::UserPacket {
            payload: request.data,
            destination_identities: request.destination_identities.clone(),
            topic: request.topic,
            nonce: request.nonce,
            ..lk::UserPacket::default()
        };
        let packet = lk::DataPacket {
            kind: request.kind,
            destination_identities: request.destination_identities.clone(),
            value: Some(Value::User(user)),
            ..lk::DataPacket::default()
        };
        (packet, request.destination_sids)
    };
    let users = request.destination_identities.iter();
    let by_user = users.filter_map(|identity| room.member(&user(identity).ok()?).ok());
    let mut to: Vec<SeatId> = by_user.map(|member| member.peer.seat).collect();
    to.extend(sids.iter().flat_map(|sid| render::seat_of(sid)));
    let named = !request.destination_identities.is_empty() || !sids.is_empty();
    if !named || !to.is_empty() {
        let payload: Arc<[u8]> = packet.encode_to_vec().into();
        room.send(&to, &payload, reliable);
    }
    Ok(lk::SendDataResponse::default())
}

/// Calls a method of a member and gives its answer.
pub(super) async fn call(
    shared: &Shared,
    caller: &Caller,
    request: lk::PerformRpcRequest,
) -> Result<lk::PerformRpcResponse, TwirpError> {
    let room = live(&shared.app, caller, &request.room)?;
    let member = room.member(&user(&request.destination_identity)?)?;
    let patience_ms = match request.response_timeout_ms {
        0 => ANSWER_MS,
        wanted => wanted.min(ANSWER_MS_MAX),
    };
    let id = rtc_app::random_id();
    let mut waiting = shared.calls.begin(id.clone());
    let packet = lk::DataPacket {
        destination_identities: vec![request.destination_identity],
        value: Some(Value::RpcRequest(lk::RpcRequest {
            id,
            method: request.method,
            payload: request.payload,
            response_timeout_ms: patience_ms,
            version: 1,
            ..lk::RpcRequest::default()
        })),
        ..lk::DataPacket::default()
    };
    let payload: Arc<[u8]> = packet.encode_to_vec().into();
    room.send(&[member.peer.seat], &payload, true);
    let patience = Duration::from_millis(patience_ms.into());
    match tokio::time::timeout(patience, &mut waiting.answer).await {
        Ok(Ok(Ok(payload))) => Ok(lk::PerformRpcResponse { payload }),
        Ok(Ok(Err(error))) => Err(TwirpError::new(Code::Aborted, error.message)
            .with("rpc_code", error.code.to_string())
            .with("rpc_data", error.data)),
        Ok(Err(_)) | Err(_) => {
            Err(TwirpError::new(Code::DeadlineExceeded, "the participant did not answer in time"))
        }
    }
}
