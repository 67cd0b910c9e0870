//! How a peer comes by a seat, whatever its surface.

use super::{
    cell::{CellDraft, CellState, RoomCell, RoomKey},
    mailbox::Mailbox,
    registry::Bar,
    session::{Session, SessionInfo},
};
use crate::{App, Claims, Profile, RequestError, SessionError, Tenant, environment::random_bytes};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rtc_auth::TokenError;
use rtc_room::{Admission, DuplicatePolicy, Join, JoinError, Liveness, Resume, ResumeToken};
use rtc_store::Claim;
use rtc_types::{AppId, ConnectionId, Json, Jti, Millis, PeerInfo, Role, RoomId, SeatId, Topology, UserId};
use std::sync::{Arc, atomic::Ordering};

/// By what right a peer joins.
#[derive(Clone, Debug)]
pub enum Access {
    /// A call token, verified by [`App::verify_call_token`]. It admits one session and names room, user and
    /// role. The room must exist.
    Token(Claims),
    /// The tenant itself vouches. The room comes into being with the join where there is none.
    Tenant {
        /// Whose room.
        tenant: Tenant,
        /// Who joins.
        user_id: UserId,
        /// As what.
        role: Role,
        /// What the tenant attaches to the peer.
        metadata: Option<Json>,
    },
}

/// A request for a seat.
pub struct JoinRequest {
    /// By what right.
    pub access: Access,
    /// Which room; must be the token's.
    pub room_id: RoomId,
    /// The seat's id, new in the room; [`App::new_seat_id`] draws one.
    pub seat: SeatId,
    /// What keeps the seat.
    pub liveness: Liveness,
    /// What a second join of the same user does.
    pub duplicates: DuplicatePolicy,
    /// Where messages go; `None`: a peer that attaches a stream later.
    pub mailbox: Option<Arc<Mailbox>>,
    /// Most peers of a room that comes into being by this join; `None`: the configured number.
    pub ad_hoc_capacity: Option<usize>,
    /// How media must travel for this peer's surface; a room that comes into being is of that kind. `None`:
    /// either way is fine, and a new room is peer-to-peer.
    pub topology: Option<Topology>,
}

/// A request for a seat that was held before.
pub struct ResumeRequest {
    /// Which room.
    pub room_id: RoomId,
    /// The seat's secret, from [`SessionInfo::resume_token`].
    pub resume_token: String,
    /// The highest `seq` that the client has seen.
    pub last_seq: Option<u64>,
    /// Where messages go.
    pub mailbox: Arc<Mailbox>,
}

/// Everything about a join that is settled before the room's lock is taken.
struct Admitted {
    key: RoomKey,
    user_id: UserId,
    role: Role,
    metadata: Option<Json>,
    jti: Option<Jti>,
    capacity: usize,
    stored: bool,
    topology: Topology,
    /// Of the room's conference.
    room_metadata: String,
    departure_timeout_s: Option<u32>,
    room_sid: Option<Arc<str>>,
    /// The count of ends when the join began.
    since: u64,
}

impl Admitted {
    fn cell_draft(&self) -> CellDraft<'_> {
        CellDraft {
            key: &self.key,
            capacity: self.capacity,
            topology: self.topology,
            stored: self.stored,
            metadata: &self.room_metadata,
            departure_timeout_s: self.departure_timeout_s,
            sid: self.room_sid.as_ref(),
        }
    }
}

impl App {
    /// A fresh seat id: 144 random bits.
    pub fn new_seat_id(&self) -> SeatId {
        SeatId::new(crate::random_id()).expect("base64url is printable and short")
    }

    /// Reads a call token. Whether it was used or revoked is seen at the join.
    ///
    /// # Errors
    /// [`SessionError::InvalidToken`] or [`SessionError::TokenExpired`].
    pub fn verify_call_token(&self, token: &str) -> Result<Claims, SessionError> {
        self.0.tokens.verify(token, self.now()).map_err(|error| match error {
            TokenError::Invalid(why) => SessionError::InvalidToken(why),
            TokenError::Expired => SessionError::TokenExpired,
        })
    }

    /// How media of one of the tenant's rooms travels; `None`: there is no such room yet.
    ///
    /// # Errors
    /// The database's.
    pub async fn topology_of(
        &self,
        tenant: &Tenant,
        room: &RoomId,
    ) -> Result<Option<Topology>, SessionError> {
        if let Some(cell) = self.0.live.find(tenant.app_id(), room) {
            return Ok(Some(cell.topology()));
        }
        let row = self.0.store.tenant(tenant.app_id()).get_room(room).await?;
        Ok(row.map(|row| row.topology.resolve(row.max_participants)))
    }

    /// Gives a peer a seat.
    ///
    /// # Errors
    /// See [`SessionError`]. A token is not used up by a room that is full.
    pub async fn join(&self, request: JoinRequest) -> Result<Session, SessionError> {
        self.join_as(request, None).await
    }

    /// [`Self::join`] with what the conference is to know of the member from its first moment.
    ///
    /// # Errors
    /// See [`Self::join`].
    pub async fn join_as(
        &self,
        request: JoinRequest,
        profile: Option<Profile>,
    ) -> Result<Session, SessionError> {
        if self.0.live.draining.load(Ordering::Relaxed) {
            return Err(SessionError::ShuttingDown);
        }
        let admitted = self.admit(&request).await?;
        if let Some(cell) = self.0.live.find(&admitted.key.app, &admitted.key.room)
            && cell.read(|room| room.is_full_for(&admitted.user_id))
        {
            return Err(JoinError::RoomFull.into());
        }
        self.claim(&admitted).await?;
        let result = self.take_seat(&request, &admitted, profile);
        if let (Err(_), Some(jti)) = (&result, &admitted.jti) {
            self.0.store.tenant(&admitted.key.app).unclaim_token(jti).await?;
        }
        let session = result?;
        metrics::counter!("rtc_joins_total").increment(1);
        Ok(session)
    }

    async fn admit(&self, request: &JoinRequest) -> Result<Admitted, SessionError> {
        let since = self.0.live.ends();
        let (app, user_id, role, metadata, jti) = match &request.access {
            Access::Token(claims) => {
                if claims.room_id != request.room_id {
                    return Err(SessionError::InvalidToken("the token is for another room"));
                }
                let metadata = claims.metadata.as_ref().and_then(|value| Json::of(value).ok());
                (
                    claims.app_id.clone(),
                    claims.user_id.clone(),
                    claims.role,
                    metadata,
                    Some(claims.jti.clone()),
                )
            }
            Access::Tenant { tenant, user_id, role, metadata } => {
                (tenant.app_id().clone(), user_id.clone(), *role, metadata.clone(), None)
            }
        };
        let store = self.0.store.tenant(&app);
        let row = store.get_room(&request.room_id).await?;
        let (capacity, topology, stored) = match &row {
            Some(row) => (row.max_participants as usize, row.topology.resolve(row.max_participants), true),
            None if jti.is_some() => return Err(SessionError::RoomNotFound),
            None => (
                request.ad_hoc_capacity.unwrap_or(self.0.config.ad_hoc_capacity),
                request.topology.unwrap_or(Topology::P2p),
                false,
            ),
        };
        // A live room stays what it was when the first came, whatever its tenant changed since.
        let live = self.0.live.find(&app, &request.room_id);
        let topology = live.map_or(topology, |cell| cell.topology());
        if request.topology.is_some_and(|wanted| wanted != topology) {
            return Err(SessionError::Topology(topology));
        }
        if topology == Topology::Sfu && !self.has_media() {
            return Err(SessionError::NeedsMediaServer);
        }
        if stored && store.is_banned(&request.room_id, &user_id).await? {
            return Err(SessionError::Banned);
        }
        if let Some(peers_max) = self.peers_max(&app).await?
            && self.0.live.app(&app).peers() >= peers_max
        {
            return Err(SessionError::PeersMax);
        }
        let key = RoomKey { app, room: request.room_id.clone() };
        let stored_metadata = row.as_ref().and_then(|row| row.metadata.as_deref());
        let room_metadata = crate::conference::metadata_of(stored_metadata);
        let departure_timeout_s = crate::conference::departure_timeout_of(stored_metadata);
        let room_sid =
            row.as_ref().map(|row| crate::conference::stored_sid(&key.app, &key.room, row.created_at));
        Ok(Admitted {
            key,
            user_id,
            role,
            metadata,
            jti,
            capacity,
            stored,
            topology,
            room_metadata,
            departure_timeout_s,
            room_sid,
            since,
        })
    }

    async fn peers_max(&self, app: &AppId) -> Result<Option<usize>, SessionError> {
        match self.limits_of(app).await {
            Ok(limits) => Ok(limits.peers_max.map(|max| max as usize)),
            Err(RequestError::Store(error)) => Err(SessionError::Store(error)),
            Err(_) => Err(SessionError::InvalidToken("the token's app no longer exists")),
        }
    }

    /// Uses the token up: of all attempts, in all processes, one gets through.
    async fn claim(&self, admitted: &Admitted) -> Result<(), SessionError> {
        let Some(jti) = &admitted.jti else { return Ok(()) };
        match self.0.store.tenant(&admitted.key.app).claim_token(jti, self.now()).await? {
            Claim::Claimed => Ok(()),
            Claim::Used => {
                Err(SessionError::InvalidToken("the token was used before: it admits one session"))
            }
            Claim::Revoked => Err(SessionError::InvalidToken("the token was revoked")),
            Claim::Unknown => Err(SessionError::InvalidToken("the token is not known")),
        }
    }

    /// Whether something that the join rests on was ended after the database was asked.
    fn ended_meanwhile(&self, admitted: &Admitted) -> Option<SessionError> {
        let Admitted { key, since, .. } = admitted;
        let live = &self.0.live;
        if live.is_barred(&Bar::App(key.app.clone()), *since)
            || live.is_barred(&Bar::Room(key.clone()), *since)
        {
            return Some(SessionError::RoomNotFound);
        }
        let token = admitted.jti.as_ref().map(|jti| Bar::Token(key.app.clone(), jti.clone()));
        let user = Bar::User(key.clone(), admitted.user_id.clone());
        if token.is_some_and(|bar| live.is_barred(&bar, *since)) || live.is_barred(&user, *since) {
            return Some(SessionError::InvalidToken("the token was revoked"));
        }
        None
    }

    fn take_seat(
        &self,
        request: &JoinRequest,
        admitted: &Admitted,
        profile: Option<Profile>,
    ) -> Result<Session, SessionError> {
        let secret = match request.liveness {
            Liveness::Connection { resume_window_ms } if resume_window_ms > 0 => {
                Some(resume_token(&admitted.key.app))
            }
            _ => None,
        };
        let connection = self.0.live.next_connection();
        let join = Join {
            peer: PeerInfo {
                seat: request.seat.clone(),
                user_id: admitted.user_id.clone(),
                role: admitted.role,
            },
            connection: request.mailbox.is_some().then_some(connection),
            liveness: request.liveness,
            duplicates: request.duplicates,
            resume_token: secret.clone(),
            jti: admitted.jti.clone(),
            metadata: admitted.metadata.clone(),
            hidden: profile.as_ref().is_some_and(|profile| profile.permission.hidden),
        };
        loop {
            let now = self.now();
            let cell = self.0.live.find_or_make(admitted.cell_draft(), now);
            if request.topology.is_some_and(|wanted| wanted != cell.topology()) {
                return Err(SessionError::Topology(cell.topology()));
            }
            let (result, _) = self.0.live.run(&cell, |state| {
                if state.dead {
                    return None;
                }
                if let Some(error) = self.ended_meanwhile(admitted) {
                    return Some(Err(error));
                }
                if let Some(profile) = &profile {
                    cell.conference().lock().enter(&join.peer.seat, profile.clone());
                }
                let joined = admit_into(state, now, &join, connection, request.mailbox.as_ref());
                if joined.is_err() {
                    cell.conference().lock().leave(&join.peer.seat);
                }
                Some(joined)
            });
            let Some(result) = result else { continue };
            let joined = result?;
            let secret = secret.as_ref().map(|secret| secret.0.to_string());
            let info = session_info(&admitted.key, &cell, joined, secret);
            return Ok(Session::new(self.clone(), cell, connection, info));
        }
    }

    /// Takes a seat again after a drop. The token that first admitted the peer is not needed.
    ///
    /// # Errors
    /// [`SessionError::Resume`] where the secret is not, or no longer, that of a seat in the room.
    pub fn resume(&self, request: ResumeRequest) -> Result<Session, SessionError> {
        if self.0.live.draining.load(Ordering::Relaxed) {
            return Err(SessionError::ShuttingDown);
        }
        let unknown = || SessionError::Resume(rtc_room::ResumeError::UnknownToken);
        let app = request
            .resume_token
            .split_once('.')
            .and_then(|(_, app)| AppId::new(app).ok())
            .ok_or_else(unknown)?;
        let cell = self.0.live.find(&app, &request.room_id).ok_or_else(unknown)?;
        let connection = self.0.live.next_connection();
        let (result, _) = self.0.live.run(&cell, |state| {
            let resume = Resume { token: &request.resume_token, connection, last_seq: request.last_seq };
            let joined = state.room.resume(self.now(), resume)?;
            state.attach_mailbox(connection, &joined.peer.seat, request.mailbox.clone());
            Ok::<_, rtc_room::ResumeError>(joined)
        });
        let joined = result?;
        metrics::counter!("rtc_resumes_total").increment(1);
        let info = session_info(&cell.key, &cell, joined, Some(request.resume_token));
        Ok(Session::new(self.clone(), cell, connection, info))
    }
}

fn session_info(
    key: &RoomKey,
    cell: &RoomCell,
    joined: rtc_room::Joined,
    resume_token: Option<String>,
) -> SessionInfo {
    SessionInfo {
        app: key.app.clone(),
        room_id: key.room.clone(),
        peer: joined.peer,
        peers: joined.peers,
        seq: joined.seq,
        resumed: joined.admission == Admission::Resumed,
        topology: cell.topology(),
        resume_token,
    }
}

fn admit_into(
    state: &mut CellState,
    now: Millis,
    join: &Join,
    connection: ConnectionId,
    mailbox: Option<&Arc<Mailbox>>,
) -> Result<rtc_room::Joined, SessionError> {
    state.room.handle_timeout(now);
    let joined = state.room.join(now, join.clone())?;
    if let Some(mailbox) = mailbox {
        state.attach_mailbox(connection, &joined.peer.seat, mailbox.clone());
    }
    Ok(joined)
}

/// 256 random bits, and the tenant in whose rooms the seat is looked for.
fn resume_token(app: &AppId) -> ResumeToken {
    ResumeToken(Arc::from(format!("{}.{app}", URL_SAFE_NO_PAD.encode(random_bytes::<32>()))))
}

impl RoomCell {
    /// The seat of a user or by its id, if it is in the room.
    pub(crate) fn has_seat(&self, seat: &SeatId) -> bool {
        self.read(|room| room.seat(seat).is_some())
    }
}
