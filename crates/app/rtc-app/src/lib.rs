//! What the platform does, apart from how it is asked: use cases, authorization, live rooms.
//!
//! Surfaces parse, call [`App`] and map the answer; they hold no rules of their own. Everything a tenant
//! owns is reached through a [`Tenant`], which only authentication gives out.

mod app;
mod conference;
mod environment;
mod error;
mod live;
mod livestream;
mod media;
mod rate;
mod usecase;

pub use app::{App, AppConfig};
pub use conference::{
    ConferenceDesk, ConferenceNotice, ConferenceRoom, FactSink, MemberFact, MemberView, Permission, Profile,
    ProfilePatch, Refusal, RoomFact, RoomFacts, RoomSettings, TrackAudience, TrackDetails, TrackDraft,
    TrackFact, TrackLayer, TrackSource, TrackView, Wish, stored_room_sid, track_sid,
};
pub use environment::{Clock, SystemClock, random_bytes, random_id};
pub use error::{RequestError, SessionError};
pub use live::{
    Access, JoinRequest, LiveStats, Mailbox, Outbound, PeerHandle, ResumeRequest, RoomSnapshot, Session,
    SessionInfo,
};
pub use livestream::{
    BuiltInRooms, DueDelivery, EventId, ExternalRooms, JoinGrant, JoinTicket, LivestreamDraft,
    LivestreamJoin, LivestreamParts, LivestreamSeat, LivestreamState, MediaRoomDraft, MediaRooms,
    MediaRoomsError, NewEndpointSecret, Outlet, PARTICIPANT_ATTRIBUTE, PLACE_KEPT_MS, StreamEvent,
    WEBHOOK_QUEUE, Watch, WatchEvent, WatchPass, safe_room_name, shared_room_name, stream_claims,
};
pub use media::{
    AnnouncedTrack, ChannelListener, ChannelMessage, ConsumeDraft, ConsumerInfo, DataConsumerInfo,
    DataProduceDraft, DataProducerView, Direction, EntityStats, Exchanged, MediaError, MediaNotice,
    MediaPlane, MediaSignal, MediaStartError, MediaStats, MediaWorker, Negotiator, PeerMedia, PeerMediaView,
    ProduceDraft, ProducerView, PublishedTrack, SentSource, StatsOf, SubscribedTrack, TransportDraft,
    TransportInfo,
};
pub use rate::{MessageRate, Verdict};
pub use rtc_auth::Claims;
pub use rtc_auth::livekit::{AccessClaims, VideoGrant};
pub use rtc_bus::{Bus, BusError};
pub use rtc_livestream::{
    MediaRoom, Role as StreamRole, Session as StreamSession, SessionStatus, StreamStatus,
};
pub use rtc_media::{Load, MediaConfig, SocketStats, WorkerStats};
pub use rtc_room::{
    Actor, Addressed, Audience, Content, DuplicatePolicy, JoinError, Liveness, RelayError, RoomMessage,
    SeatView, Signal, SignalKind,
};
pub use rtc_sfu::{
    ConsumerStats, DataMode, Dropped, EngineStats, ProducerStats, ReceivedStream, TransportFailure,
    TransportStats, VisibleSize, send::Layers,
};
pub use rtc_store::{
    ClaimedDelivery, DeliveryCounts, DeliveryRow, DeliveryState, EndpointRow, JobCounts, JobKey, JobRow,
    JobState, LivestreamPatch, LivestreamRow as LivestreamDetails, ParticipantFilter, Rows, Settled,
};
pub use usecase::{
    AccessTokenError, AppDetails, AppLimits, Idempotency, IdempotentAnswer, Listing, NewAppSecret,
    Participant, RoomDetails, RoomDraft, RoomPatch, Tenant, TokenDraft, TokenMinted,
};
