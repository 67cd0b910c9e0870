//! LiveKit's room API: Twirp over HTTP, protobuf or JSON.

mod body;
mod calls;
mod defaults;
mod error;
mod room;
mod send;

pub(crate) use calls::Calls;

use crate::{
    access,
    state::{LiveKitState, Shared},
};
use axum::{
    body::Bytes,
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use body::{Encoding, Reply};
use error::{Code, TwirpError};
use rtc_app::{Tenant, VideoGrant};
use rtc_types::RoomId;

/// Who calls.
struct Caller {
    tenant: Tenant,
    grant: VideoGrant,
}

impl Caller {
    /// # Errors
    /// `permission_denied` without the grant.
    fn may_create(&self) -> Result<(), TwirpError> {
        if self.grant.room_create { Ok(()) } else { Err(TwirpError::denied()) }
    }

    /// # Errors
    /// `permission_denied` without the grant.
    fn may_list(&self) -> Result<(), TwirpError> {
        if self.grant.room_list { Ok(()) } else { Err(TwirpError::denied()) }
    }

    /// The room that a call is about, which the caller administers.
    ///
    /// # Errors
    /// `permission_denied` without the grant for that very room.
    fn administers(&self, room: &str) -> Result<RoomId, TwirpError> {
        if !self.grant.room_admin || self.grant.room != room {
            return Err(TwirpError::denied());
        }
        room_id(room)
    }
}

/// # Errors
/// `invalid_argument` for a name that no room can have.
fn room_id(name: &str) -> Result<RoomId, TwirpError> {
    RoomId::new(name).map_err(|why| TwirpError::new(Code::InvalidArgument, format!("the room's name {why}")))
}

/// Reads a body as every request that there is, in both forms.
#[cfg(feature = "fuzzing")]
pub(crate) fn read_all(body: &Bytes) {
    use livekit_protocol as lk;
    for encoding in [Encoding::Protobuf, Encoding::Json] {
        // It is a request of one kind at most.
        let _ = encoding.read::<lk::CreateRoomRequest>(body);
        let _ = encoding.read::<lk::ListRoomsRequest>(body);
        let _ = encoding.read::<lk::RoomParticipantIdentity>(body);
        let _ = encoding.read::<lk::UpdateParticipantRequest>(body);
        let _ = encoding.read::<lk::UpdateSubscriptionsRequest>(body);
        let _ = encoding.read::<lk::SendDataRequest>(body);
        let _ = encoding.read::<lk::PerformRpcRequest>(body);
    }
}

/// Answers a call.
pub(crate) async fn serve(
    State(state): State<LiveKitState>,
    Path((service, method)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match call(&state.0, &service, &method, &headers, &body).await {
        Ok(reply) => reply.into_response(),
        Err(error) => error.into_response(),
    }
}

async fn call(
    shared: &Shared,
    service: &str,
    method: &str,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<Reply, TwirpError> {
    let encoding = Encoding::of(headers)?;
    let (tenant, claims) = access::verify(&shared.app, access::token(headers, None))
        .await
        .map_err(|refused| TwirpError::new(Code::of_status(refused.0), refused.1))?;
    if body.len() > shared.config.message_bytes_max {
        return Err(TwirpError::new(Code::ResourceExhausted, "the request is too large"));
    }
    let caller = Caller { tenant, grant: claims.video.unwrap_or_default() };
    match service {
        "livekit.RoomService" => room::call(shared, &caller, method, encoding, body).await,
        "livekit.Egress" | "livekit.Ingress" | "livekit.SIP" | "livekit.AgentDispatchService" => {
            Err(TwirpError::new(Code::Unimplemented, format!("{service} is not part of this server")))
        }
        _ => Err(TwirpError::new(Code::BadRoute, format!("there is no service {service}"))),
    }
}
