//! RoomService: rooms and members.

use super::{
    Caller,
    body::{Encoding, Reply},
    defaults::{ANSWER, MUTED, NONE, PARTICIPANT, PARTICIPANTS, ROOM, ROOMS},
    error::{Code, TwirpError},
    room_id, send,
};
use crate::{render, state::Shared};
use axum::body::Bytes;
use livekit_protocol as lk;
use rtc_app::{App, ConferenceRoom, ProfilePatch, RoomDetails, RoomSettings, Tenant};
use rtc_types::{RoomId, Topology, UserId};
use std::collections::HashMap;

/// Rooms of one list.
const ROOMS_MAX: usize = 1000;
/// Rooms that are asked of the database at once.
const PAGE: u32 = 100;

/// Does what a method says.
pub(super) async fn call(
    shared: &Shared,
    caller: &Caller,
    method: &str,
    encoding: Encoding,
    body: &Bytes,
) -> Result<Reply, TwirpError> {
    let app = &shared.app;
    match method {
        "CreateRoom" => Ok(encoding.write(&create(app, caller, encoding.read(body)?).await?, ROOM)),
        "ListRooms" => Ok(encoding.write(&list(app, caller, encoding.read(body)?).await?, ROOMS)),
        "DeleteRoom" => Ok(encoding.write(&delete(app, caller, encoding.read(body)?).await?, NONE)),
        "ListParticipants" => {
            let request: lk::ListParticipantsRequest = encoding.read(body)?;
            let room = live(app, caller, &request.room)?;
            let participants = room.members().iter().map(render::participant).collect();
            Ok(encoding.write(&lk::ListParticipantsResponse { participants }, PARTICIPANTS))
        }
        "GetParticipant" => {
            let request: lk::RoomParticipantIdentity = encoding.read(body)?;
            let room = live(app, caller, &request.room)?;
            Ok(encoding.write(&render::participant(&room.member(&user(&request.identity)?)?), PARTICIPANT))
        }
        "RemoveParticipant" => {
            let request: lk::RoomParticipantIdentity = encoding.read(body)?;
            let room = caller.administers(&request.room)?;
            app.kick(&caller.tenant, &room, &user(&request.identity)?, false).await?;
            Ok(encoding.write(&lk::RemoveParticipantResponse::default(), NONE))
        }
        "MutePublishedTrack" => Ok(encoding.write(&mute(app, caller, encoding.read(body)?).await?, MUTED)),
        "UpdateParticipant" => {
            Ok(encoding.write(&update(app, caller, encoding.read(body)?).await?, PARTICIPANT))
        }
        "UpdateSubscriptions" => {
            let request: lk::UpdateSubscriptionsRequest = encoding.read(body)?;
            let room = live(app, caller, &request.room)?;
            let of_participants = request.participant_tracks.into_iter().flat_map(|tracks| tracks.track_sids);
            let sids: Vec<String> = request.track_sids.into_iter().chain(of_participants).collect();
            room.subscribe(&user(&request.identity)?, &sids, request.subscribe)?;
            Ok(encoding.write(&lk::UpdateSubscriptionsResponse::default(), NONE))
        }
        "UpdateRoomMetadata" => {
            let request: lk::UpdateRoomMetadataRequest = encoding.read(body)?;
            let id = caller.administers(&request.room)?;
            app.set_conference_metadata(&caller.tenant, &id, request.metadata).await?;
            let room = match app.conference(&caller.tenant, &id) {
                Some(room) => of_live(&id, &room, None),
                None => of_stored(&app.get_room(&caller.tenant, &id).await?),
            };
            Ok(encoding.write(&room, ROOM))
        }
        "SendData" => Ok(encoding.write(&send::data(app, caller, encoding.read(body)?)?, NONE)),
        "PerformRpc" => Ok(encoding.write(&send::call(shared, caller, encoding.read(body)?).await?, ANSWER)),
        "ForwardParticipant" | "MoveParticipant" => {
            Err(TwirpError::new(Code::Unimplemented, format!("{method} is not part of this server")))
        }
        _ => Err(TwirpError::new(Code::BadRoute, format!("RoomService has no method {method}"))),
    }
}

/// # Errors
/// `invalid_argument` for an identity that nobody can have.
pub(super) fn user(identity: &str) -> Result<UserId, TwirpError> {
    UserId::new(identity).map_err(|why| TwirpError::new(Code::InvalidArgument, format!("the identity {why}")))
}

/// A room that somebody is in, which the caller administers.
pub(super) fn live(app: &App, caller: &Caller, room: &str) -> Result<ConferenceRoom, TwirpError> {
    let id = caller.administers(room)?;
    app.conference(&caller.tenant, &id).ok_or_else(|| TwirpError::not_found("room"))
}

fn of_live(id: &RoomId, room: &ConferenceRoom, stored: Option<&RoomDetails>) -> lk::Room {
    let (sid, metadata, created_at) = room.room();
    let members = room.members();
    render::room(render::RoomParts {
        sid: &sid,
        name: id.as_str(),
        metadata,
        created_at,
        capacity: room.capacity(),
        members: members.len(),
        publishers: members.iter().filter(|member| !member.tracks.is_empty()).count(),
        empty_timeout_s: stored.and_then(|stored| stored.empty_timeout_s).unwrap_or(0),
        departure_timeout_s: room.departure_timeout_s(),
    })
}

fn of_stored(room: &RoomDetails) -> lk::Room {
    render::room(render::RoomParts {
        sid: &rtc_app::stored_room_sid(room),
        name: room.id.as_str(),
        metadata: App::conference_metadata(room),
        created_at: room.created_at,
        capacity: room.max_participants as usize,
        members: 0,
        publishers: 0,
        empty_timeout_s: room.empty_timeout_s.unwrap_or(0),
        departure_timeout_s: App::conference_departure_timeout_s(room),
    })
}

fn described(app: &App, tenant: &Tenant, stored: &RoomDetails) -> lk::Room {
    match app.conference(tenant, &stored.id) {
        Some(room) => of_live(&stored.id, &room, Some(stored)),
        None => of_stored(stored),
    }
}

async fn create(app: &App, caller: &Caller, request: lk::CreateRoomRequest) -> Result<lk::Room, TwirpError> {
    caller.may_create()?;
    let id = room_id(&request.name)?;
    if let Some(room) = app.conference(&caller.tenant, &id) {
        return Ok(of_live(&id, &room, None));
    }
    let some = |number: u32| Some(number).filter(|number| *number > 0);
    let settings = RoomSettings {
        metadata: request.metadata,
        members_max: some(request.max_participants),
        empty_timeout_s: some(request.empty_timeout),
        departure_timeout_s: some(request.departure_timeout).or(Some(RoomSettings::DEPARTURE_TIMEOUT_S)),
    };
    let stored = app.open_conference(&caller.tenant, id, settings).await?;
    Ok(described(app, &caller.tenant, &stored))
}

async fn list(
    app: &App,
    caller: &Caller,
    request: lk::ListRoomsRequest,
) -> Result<lk::ListRoomsResponse, TwirpError> {
    caller.may_list()?;
    let asked = |name: &str| request.names.is_empty() || request.names.iter().any(|asked| asked == name);
    let mut rooms: HashMap<RoomId, lk::Room> = HashMap::new();
    for live in app.live_rooms(&caller.tenant).into_iter().filter(|room| room.topology == Topology::Sfu) {
        if asked(live.id.as_str())
            && let Some(room) = app.conference(&caller.tenant, &live.id)
        {
            rooms.insert(live.id.clone(), of_live(&live.id, &room, None));
        }
    }
    let mut cursor = None;
    loop {
        let page = app.list_rooms(&caller.tenant, PAGE, cursor.as_deref()).await?;
        for stored in page.items.iter().filter(|room| asked(room.id.as_str())) {
            if stored.topology.resolve(stored.max_participants) == Topology::Sfu {
                rooms.insert(stored.id.clone(), described(app, &caller.tenant, stored));
            }
        }
        cursor = page.next_cursor;
        if cursor.is_none() || rooms.len() >= ROOMS_MAX {
            break;
        }
    }
    let mut rooms: Vec<lk::Room> = rooms.into_values().collect();
    rooms.sort_by(|one, other| (one.creation_time_ms, &one.name).cmp(&(other.creation_time_ms, &other.name)));
    Ok(lk::ListRoomsResponse { rooms })
}

async fn delete(
    app: &App,
    caller: &Caller,
    request: lk::DeleteRoomRequest,
) -> Result<lk::DeleteRoomResponse, TwirpError> {
    caller.may_create()?;
    app.end_conference(&caller.tenant, &room_id(&request.room)?).await?;
    Ok(lk::DeleteRoomResponse::default())
}

async fn mute(
    app: &App,
    caller: &Caller,
    request: lk::MuteRoomTrackRequest,
) -> Result<lk::MuteRoomTrackResponse, TwirpError> {
    let room = live(app, caller, &request.room)?;
    if !request.muted {
        return Err(TwirpError::new(Code::FailedPrecondition, "remote unmute not enabled"));
    }
    let member = room.mute(&user(&request.identity)?, &request.track_sid, true).await?;
    let track = member.tracks.iter().find(|track| *track.sid == *request.track_sid);
    Ok(lk::MuteRoomTrackResponse { track: track.map(|track| render::track_info(track)) })
}

async fn update(
    app: &App,
    caller: &Caller,
    request: lk::UpdateParticipantRequest,
) -> Result<lk::ParticipantInfo, TwirpError> {
    let room = live(app, caller, &request.room)?;
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    let patch = ProfilePatch {
        name: some(request.name),
        metadata: some(request.metadata),
        attributes: request.attributes.into_iter().collect(),
        permission: request.permission.as_ref().map(render::permission_of),
    };
    let member = room.update(&user(&request.identity)?, patch).await?;
    Ok(render::participant(&member))
}
