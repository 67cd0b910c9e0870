/** Generated from the server's Rust types (crate rtc-wire). Do not edit. */

/** Every error code that the server sends. */
export type ErrorCode =
  | 'VALIDATION_ERROR'
  | 'UNAUTHORIZED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'CONFLICT'
  | 'PAYLOAD_TOO_LARGE'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'IDEMPOTENCY_MISMATCH'
  | 'RATE_LIMIT_EXCEEDED'
  | 'INTERNAL_ERROR'
  | 'UNAVAILABLE'
  | 'INVALID_MESSAGE'
  | 'INVALID_TOKEN'
  | 'TOKEN_EXPIRED'
  | 'ROOM_FULL'
  | 'NOT_IN_ROOM'
  | 'ALREADY_IN_ROOM'
  | 'ROOM_NOT_FOUND'
  | 'PEER_NOT_FOUND'
  | 'KICKED'
  | 'REPLACED'
  | 'ROOM_CLOSED';

/** What a peer may do. */
export type Role =
  | 'host'
  | 'participant'
  | 'viewer';

/** How media travels in a live room. */
export type Topology =
  | 'p2p'
  | 'sfu';

/** How media shall travel. */
export type TopologySetting =
  | 'p2p'
  | 'sfu'
  | 'auto';

/** A kind of media that can be muted. */
export type MediaKind =
  | 'audio'
  | 'video';

/** Why a peer left. */
export type LeaveReason =
  | 'left'
  | 'timeout'
  | 'kicked'
  | 'replaced'
  | 'room-closed'
  | 'revoked';

/** The HTTP status that carries each code. */
export const ErrorStatus = {
  VALIDATION_ERROR: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  CONFLICT: 409,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  IDEMPOTENCY_MISMATCH: 422,
  RATE_LIMIT_EXCEEDED: 429,
  INTERNAL_ERROR: 500,
  UNAVAILABLE: 503,
  INVALID_MESSAGE: 400,
  INVALID_TOKEN: 401,
  TOKEN_EXPIRED: 401,
  ROOM_FULL: 409,
  NOT_IN_ROOM: 409,
  ALREADY_IN_ROOM: 409,
  ROOM_NOT_FOUND: 404,
  PEER_NOT_FOUND: 404,
  KICKED: 403,
  REPLACED: 409,
  ROOM_CLOSED: 409,
} as const satisfies Record<ErrorCode, number>;

/** WebSocket close codes of the signaling connection. */
export const CloseCode = {
  InvalidData: 1007,
  TooLarge: 1009,
  ServiceRestart: 1012,
  Replaced: 4001,
  Kicked: 4002,
  RoomClosed: 4003,
  TokenRevoked: 4004,
  Unresponsive: 4008,
  RateLimit: 4029,
} as const;

/** Limits that the server enforces. */
export const Limits = {
  signalingMessageBytesMax: 131072,
  dataPayloadBytesMax: 16384,
  signalingRatePerS: 64,
  signalingBurst: 256,
} as const;

/**
 * A STUN or TURN server as `RTCPeerConnection` takes it (W3C WebRTC, `RTCIceServer`).
 */
export type IceServer = { 
/**
 * One or more `stun:`, `turn:` or `turns:` URLs.
 */
urls: Array<string>, 
/**
 * For TURN.
 */
username?: string, 
/**
 * For TURN.
 */
credential?: string, };

/**
 * A peer in a list.
 */
export type PeerSummary = { 
/**
 * Its seat.
 */
socketId: string, 
/**
 * The tenant's name for the user.
 */
userId: string, 
/**
 * What it may do.
 */
role: Role, };

/**
 * Which of a client's two connections to the media server is meant.
 */
export type Target = "publish" | "subscribe";

/**
 * A track that the client sends.
 */
export type SentTrack = { 
/**
 * Its section in the offer.
 */
mid: string, 
/**
 * `camera`, `microphone`, `screen`, `screen-audio`.
 */
source: string, };

/**
 * The size at which the client shows a video.
 */
export type View = { 
/**
 * Its section of the subscribe connection.
 */
mid: string, 
/**
 * Pixels of the screen; 0 with height 0: not shown.
 */
width: number, 
/**
 * Pixels of the screen.
 */
height: number, };

/**
 * A track that the client receives.
 */
export type ReceivedTrack = { 
/**
 * Its section of the subscribe connection.
 */
mid: string, 
/**
 * The seat that sends it.
 */
socketId: string, 
/**
 * The user that sends it.
 */
userId: string, 
/**
 * Audio or video.
 */
kind: MediaKind, 
/**
 * `camera`, `microphone`, `screen`, `screen-audio`, or what another client calls it.
 */
source: string, };

/**
 * A client's request to take, or take again, a seat.
 */
export type JoinMessage = { 
/**
 * The room that the token is for.
 */
roomId: string, 
/**
 * A call token. Not needed to resume.
 */
token?: string, 
/**
 * From an earlier `joined`: takes that seat again.
 */
resumeToken?: string, 
/**
 * The highest `seq` that the client has seen of its seat; what came after it is sent again.
 */
lastSeq?: number, };

/**
 * A message from client to server.
 */
export type ClientMessage = { "type": "join" } & JoinMessage | { "type": "offer", 
/**
 * The description, relayed untouched.
 */
sdp: string | RTCSessionDescriptionInit, 
/**
 * The target's `socketId`; may be left out in a room of two.
 */
to?: string, } | { "type": "offer", 
/**
 * Always `publish`.
 */
target: 'publish', 
/**
 * Counts the client's offers from 1, over all its connections.
 */
rev: number, 
/**
 * The description.
 */
sdp: string, 
/**
 * Where each track comes from.
 */
tracks: Array<SentTrack>, } | { "type": "answer", 
/**
 * The description, relayed untouched.
 */
sdp: string | RTCSessionDescriptionInit, 
/**
 * The target's `socketId`; may be left out in a room of two.
 */
to?: string, } | { "type": "answer", 
/**
 * Always `subscribe`.
 */
target: 'subscribe', 
/**
 * The offer's.
 */
rev: number, 
/**
 * The description.
 */
sdp: string, } | { "type": "subscribe", 
/**
 * An offer of the browser that would receive audio and video: it tells the codecs, and is not answered.
 */
sdp: string, } | { "type": "restart", 
/**
 * Always `subscribe`; on `publish` the client offers.
 */
target: 'subscribe', } | { "type": "view", 
/**
 * Those that changed.
 */
views: Array<View>, } | { "type": "ice", 
/**
 * Which connection.
 */
target: 'publish' | 'subscribe', 
/**
 * The candidate, unread.
 */
candidate: RTCIceCandidateInit | null, } | { "type": "ice", 
/**
 * The candidate, relayed untouched.
 */
candidate: RTCIceCandidateInit | null, 
/**
 * The target's `socketId`; may be left out in a room of two.
 */
to?: string, } | { "type": "data", 
/**
 * Any JSON of at most 16 KiB.
 */
payload: unknown, 
/**
 * The target's `socketId`; left out: everybody else in the room.
 */
to?: string, } | { "type": "mute", 
/**
 * Which media.
 */
kind: MediaKind, 
/**
 * Muted or live.
 */
muted: boolean, 
/**
 * Another user: hosts only.
 */
userId?: string, } | { "type": "kick", 
/**
 * Who is removed.
 */
userId: string, 
/**
 * Whether a new token lets the user back in (`false`, the default) or not.
 */
ban?: boolean, } | { "type": "leave" };

/**
 * The answer to a `join`.
 */
export type JoinedMessage = { 
/**
 * The room.
 */
roomId: string, 
/**
 * The client's own seat.
 */
socketId: string, 
/**
 * The client's own user.
 */
userId: string, 
/**
 * What it may do.
 */
role: Role, 
/**
 * How media travels.
 */
topology: Topology, 
/**
 * Who else is in the room.
 */
peers: Array<PeerSummary>, 
/**
 * For `RTCPeerConnection`.
 */
iceServers: Array<IceServer>, 
/**
 * Takes the seat again after a drop; a secret of this client.
 */
resumeToken: string, 
/**
 * How long the seat is kept after a drop, in milliseconds.
 */
resumeWindowMs: number, 
/**
 * How often the server pings, in milliseconds.
 */
heartbeatIntervalMs: number, 
/**
 * Whether an existing seat was taken again; missed messages follow.
 */
resumed: boolean, };

/**
 * A message from server to client.
 */
export type ServerMessage = { "type": "joined" } & JoinedMessage | { "type": "peer-joined", 
/**
 * Its seat.
 */
socketId: string, 
/**
 * Its user.
 */
userId: string, 
/**
 * What it may do.
 */
role: Role, 
/**
 * True: the receiver makes the offer.
 */
isInitiator: boolean, } | { "type": "peer-left", 
/**
 * Its seat.
 */
socketId: string, 
/**
 * Its user.
 */
userId: string, 
/**
 * Why.
 */
reason: LeaveReason, } | { "type": "offer", 
/**
 * The description as sent.
 */
sdp: string | RTCSessionDescriptionInit, 
/**
 * The sender's seat.
 */
from: string, 
/**
 * The sender's user.
 */
userId: string, } | { "type": "offer", 
/**
 * The description. Another session id in its `o=` line means another connection.
 */
sdp: string, 
/**
 * Always `sfu`.
 */
from: string, 
/**
 * Always `sfu`.
 */
userId: string, 
/**
 * Always `subscribe`.
 */
target: 'subscribe', 
/**
 * For the answer.
 */
rev: number, } | { "type": "answer", 
/**
 * The description as sent.
 */
sdp: string | RTCSessionDescriptionInit, 
/**
 * The sender's seat.
 */
from: string, 
/**
 * The sender's user.
 */
userId: string, } | { "type": "answer", 
/**
 * The description.
 */
sdp: string, 
/**
 * Always `sfu`.
 */
from: string, 
/**
 * Always `sfu`.
 */
userId: string, 
/**
 * Always `publish`.
 */
target: 'publish', 
/**
 * The offer's.
 */
rev: number, } | { "type": "tracks", 
/**
 * All.
 */
tracks: Array<ReceivedTrack>, } | { "type": "reset", 
/**
 * On `publish` the client offers; on `subscribe` an offer follows.
 */
target: Target, } | { "type": "layers", 
/**
 * Its section of the publish connection.
 */
mid: string, 
/**
 * Spatial layers, 0 the smallest; none: nobody looks.
 */
layers: Array<number>, } | { "type": "active-speaker", 
/**
 * Who; null: nobody.
 */
userId: string | null, } | { "type": "network-quality", 
/**
 * Whose; the receiver's own, too.
 */
userId: string, 
/**
 * 1 (poor) to 5 (excellent).
 */
quality: number, } | { "type": "ice", 
/**
 * The candidate as sent.
 */
candidate: RTCIceCandidateInit | null, 
/**
 * The sender's seat.
 */
from: string, 
/**
 * The sender's user.
 */
userId: string, } | { "type": "data", 
/**
 * The payload as sent.
 */
payload: unknown, 
/**
 * The sender's seat.
 */
from: string, 
/**
 * The sender's user.
 */
userId: string, } | { "type": "mute", 
/**
 * Which media.
 */
kind: MediaKind, 
/**
 * Muted or live.
 */
muted: boolean, 
/**
 * Whose.
 */
userId: string, 
/**
 * The seat that asked; missing where the tenant's backend did.
 */
from?: string, } | { "type": "error", 
/**
 * The contract.
 */
code: ErrorCode, 
/**
 * For people.
 */
message: string, 
/**
 * Whether the connection ends.
 */
fatal: boolean, 
/**
 * The `id` of the client message that was refused, where it had one.
 */
id?: string, };

/**
 * A message in its frame.
 *
 * `seq` counts the messages of the room to this seat from 1. `joined`, `error` and what the media server says do
 * not count: they carry the `seq` of the message before them.
 */
export type ServerFrame = { 
/**
 * Position in the seat's sequence.
 */
seq: number, } & ({ "type": "joined" } & JoinedMessage | { "type": "peer-joined", 
/**
 * Its seat.
 */
socketId: string, 
/**
 * Its user.
 */
userId: string, 
/**
 * What it may do.
 */
role: Role, 
/**
 * True: the receiver makes the offer.
 */
isInitiator: boolean, } | { "type": "peer-left", 
/**
 * Its seat.
 */
socketId: string, 
/**
 * Its user.
 */
userId: string, 
/**
 * Why.
 */
reason: LeaveReason, } | { "type": "offer", 
/**
 * The description as sent.
 */
sdp: string | RTCSessionDescriptionInit, 
/**
 * The sender's seat.
 */
from: string, 
/**
 * The sender's user.
 */
userId: string, } | { "type": "offer", 
/**
 * The description. Another session id in its `o=` line means another connection.
 */
sdp: string, 
/**
 * Always `sfu`.
 */
from: string, 
/**
 * Always `sfu`.
 */
userId: string, 
/**
 * Always `subscribe`.
 */
target: 'subscribe', 
/**
 * For the answer.
 */
rev: number, } | { "type": "answer", 
/**
 * The description as sent.
 */
sdp: string | RTCSessionDescriptionInit, 
/**
 * The sender's seat.
 */
from: string, 
/**
 * The sender's user.
 */
userId: string, } | { "type": "answer", 
/**
 * The description.
 */
sdp: string, 
/**
 * Always `sfu`.
 */
from: string, 
/**
 * Always `sfu`.
 */
userId: string, 
/**
 * Always `publish`.
 */
target: 'publish', 
/**
 * The offer's.
 */
rev: number, } | { "type": "tracks", 
/**
 * All.
 */
tracks: Array<ReceivedTrack>, } | { "type": "reset", 
/**
 * On `publish` the client offers; on `subscribe` an offer follows.
 */
target: Target, } | { "type": "layers", 
/**
 * Its section of the publish connection.
 */
mid: string, 
/**
 * Spatial layers, 0 the smallest; none: nobody looks.
 */
layers: Array<number>, } | { "type": "active-speaker", 
/**
 * Who; null: nobody.
 */
userId: string | null, } | { "type": "network-quality", 
/**
 * Whose; the receiver's own, too.
 */
userId: string, 
/**
 * 1 (poor) to 5 (excellent).
 */
quality: number, } | { "type": "ice", 
/**
 * The candidate as sent.
 */
candidate: RTCIceCandidateInit | null, 
/**
 * The sender's seat.
 */
from: string, 
/**
 * The sender's user.
 */
userId: string, } | { "type": "data", 
/**
 * The payload as sent.
 */
payload: unknown, 
/**
 * The sender's seat.
 */
from: string, 
/**
 * The sender's user.
 */
userId: string, } | { "type": "mute", 
/**
 * Which media.
 */
kind: MediaKind, 
/**
 * Muted or live.
 */
muted: boolean, 
/**
 * Whose.
 */
userId: string, 
/**
 * The seat that asked; missing where the tenant's backend did.
 */
from?: string, } | { "type": "error", 
/**
 * The contract.
 */
code: ErrorCode, 
/**
 * For people.
 */
message: string, 
/**
 * Whether the connection ends.
 */
fatal: boolean, 
/**
 * The `id` of the client message that was refused, where it had one.
 */
id?: string, });

/**
 * One fault in an input.
 */
export type ErrorDetail = { 
/**
 * Where: a dotted path into the body, or the name of a query parameter or header.
 */
path: string, 
/**
 * What is wrong and what is accepted.
 */
message: string, };

/**
 * What went wrong.
 */
export type ErrorInfo = { 
/**
 * The contract: a code of the list in the errors reference.
 */
code: ErrorCode, 
/**
 * For people.
 */
message: string, 
/**
 * Each fault on its own, where the code is `VALIDATION_ERROR`.
 */
details?: Array<ErrorDetail>, };

/**
 * The body of every REST error.
 */
export type ErrorBody = { 
/**
 * What went wrong.
 */
error: ErrorInfo, 
/**
 * The request's id, as in `x-request-id` and in the log.
 */
requestId: string, };

/**
 * Makes a tenant.
 */
export type CreateApp = { 
/**
 * 1–120 characters.
 */
name: string, };

/**
 * What is set for one app: caps (null or missing: no cap), and whether its livestreams are private.
 */
export type AppLimits = { 
/**
 * Rooms that may exist at once.
 */
roomsMax?: number, 
/**
 * Peers that may be connected at once, over all rooms.
 */
peersMax?: number, 
/**
 * Whether the state and the events of its livestreams need a token or the app's credentials; else, or where it
 * is missing, they are public.
 */
privateLivestreams?: boolean, };

/**
 * Renames a tenant or sets its caps; what is missing stays.
 */
export type UpdateApp = { 
/**
 * 1–120 characters.
 */
name?: string, 
/**
 * Replaces all caps.
 */
limits?: AppLimits, };

/**
 * A tenant.
 */
export type App = { 
/**
 * cuid2.
 */
id: string, 
/**
 * As given.
 */
name: string, 
/**
 * Caps; an empty object: none.
 */
limits: AppLimits, 
/**
 * ISO 8601, UTC.
 */
createdAt: string, 
/**
 * ISO 8601, UTC.
 */
updatedAt: string, };

/**
 * A tenant just made: the only time that its secret is shown.
 */
export type AppCreated = { 
/**
 * cuid2.
 */
id: string, 
/**
 * As given.
 */
name: string, 
/**
 * `sk_` and 43 base62 digits. Missing in the repeat of an idempotent request.
 */
secret?: string, 
/**
 * ISO 8601, UTC.
 */
createdAt: string, };

/**
 * Asks for a new secret.
 */
export type RotateSecret = { 
/**
 * Hours for which the old secret stays valid; 0: not at all; missing: 24; at most 720.
 */
graceHours?: number, };

/**
 * A new secret: the only time that it is shown.
 */
export type SecretRotated = { 
/**
 * The app.
 */
id: string, 
/**
 * `sk_` and 43 base62 digits.
 */
secret: string, };

/**
 * Makes a room.
 */
export type CreateRoom = { 
/**
 * 1–120 characters.
 */
name: string, 
/**
 * How many may be in it at once: 2–1000, 2 where it is missing.
 */
maxParticipants?: number, 
/**
 * `p2p`, `sfu` or `auto` (where it is missing).
 */
topology?: TopologySetting, 
/**
 * An object of at most 8 KiB, given back untouched.
 */
metadata?: Record<string, unknown>, 
/**
 * Seconds after which a room that nobody is in is deleted (60 to 30 days); missing: never.
 */
emptyTimeout?: number, };

/**
 * Changes a room; what is missing stays.
 */
export type UpdateRoom = { 
/**
 * 1–120 characters.
 */
name?: string, 
/**
 * 2–1000; peers that are in the room already stay.
 */
maxParticipants?: number, 
/**
 * `p2p`, `sfu` or `auto`.
 */
topology?: TopologySetting, 
/**
 * Replaces the object.
 */
metadata?: Record<string, unknown>, 
/**
 * Seconds after which a room that nobody is in is deleted: 60 to 30 days.
 */
emptyTimeout?: number, };

/**
 * A room with its live count.
 */
export type Room = { 
/**
 * Unique for the app.
 */
id: string, 
/**
 * The app that owns it.
 */
appId: string, 
/**
 * As given.
 */
name: string, 
/**
 * How many may be in it at once.
 */
maxParticipants: number, 
/**
 * `p2p`, `sfu` or `auto`.
 */
topology: TopologySetting, 
/**
 * As given; an empty object where none was.
 */
metadata: Record<string, unknown>, 
/**
 * Seconds after which the room is deleted while nobody is in it; null: never.
 */
emptyTimeout: number | null, 
/**
 * ISO 8601, UTC.
 */
createdAt: string, 
/**
 * ISO 8601, UTC.
 */
updatedAt: string, 
/**
 * How many are in it now.
 */
participants: number, };

/**
 * A track that a participant publishes through the media server.
 */
export type Track = { 
/**
 * Its id.
 */
id: string, 
/**
 * `audio` or `video`.
 */
kind: MediaKind, 
/**
 * `camera`, `microphone`, `screen`, …
 */
source: string, 
/**
 * Muted or live.
 */
muted: boolean, };

/**
 * Somebody who is in a room now.
 */
export type Participant = { 
/**
 * The seat.
 */
socketId: string, 
/**
 * The tenant's name for the user.
 */
userId: string, 
/**
 * `host`, `participant` or `viewer`.
 */
role: Role, 
/**
 * ISO 8601, UTC.
 */
joinedAt: string, 
/**
 * False while the socket is down and the seat is kept.
 */
connected: boolean, 
/**
 * Kinds of media that are muted: `audio`, `video`.
 */
muted: MediaKind[], 
/**
 * Tracks through the media server; empty in a peer-to-peer room, whose media the server never sees.
 */
tracks: Array<Track>, 
/**
 * `excellent`, `good`, `fair`, `poor` or `lost`. By the ways from and to the media server; in a peer-to-peer
 * room, whose media the server never sees, `good` or `lost` by the signaling connection.
 */
connectionQuality: string, 
/**
 * What the token carried.
 */
metadata: Record<string, unknown>, };

/**
 * Mutes or unmutes a participant.
 */
export type MuteParticipant = { 
/**
 * `audio` or `video`.
 */
kind: MediaKind, 
/**
 * Muted or live.
 */
muted: boolean, };

/**
 * Makes a call token.
 */
export type CreateToken = { 
/**
 * 1–128 printable characters.
 */
userId: string, 
/**
 * `host`, `participant` (where it is missing) or `viewer`.
 */
role?: Role, 
/**
 * 60 s to 24 h; missing: the server's `JWT_EXPIRES_IN`, 1 h by default.
 */
expiresIn?: number | string, 
/**
 * An object of at most 8 KiB that the participant carries.
 */
metadata?: Record<string, unknown>, };

/**
 * A call token: admits one session.
 */
export type TokenCreated = { 
/**
 * The signed token; give it to the user's page and nobody else.
 */
token: string, 
/**
 * Names the token without being it: revokes it later.
 */
jti: string, 
/**
 * The room that it admits to.
 */
roomId: string, 
/**
 * The user that it names.
 */
userId: string, 
/**
 * `host`, `participant` or `viewer`.
 */
role: Role, 
/**
 * ISO 8601, UTC.
 */
expiresAt: string, 
/**
 * Where the SDK connects: the signaling WebSocket.
 */
url: string, };

/**
 * One part of the server.
 */
export type Component = { 
/**
 * `healthy`, `unhealthy`, or `disabled` where the part does not run here.
 */
status: string, 
/**
 * Figures of the part.
 */
details?: Record<string, unknown>, };

/**
 * The state of the whole server.
 */
export type Health = { 
/**
 * Whether all is well.
 */
success: boolean, 
/**
 * `healthy` or `unhealthy`.
 */
status: string, 
/**
 * `rtc-platform`.
 */
service: string, 
/**
 * The server's version.
 */
version: string, 
/**
 * ISO 8601, UTC.
 */
timestamp: string, 
/**
 * By name: `api`, `database`, `redis`, `queue`, `state`, `media`.
 */
components: { [key in string]: Component }, };

/**
 * Makes a livestream.
 */
export type CreateLivestream = { 
/**
 * 1–120 characters; each that is not a letter, a digit, `-` or `_` becomes `-`. Unique among the app's
 * livestreams that have not ended.
 */
roomName: string, 
/**
 * 1–200 characters.
 */
title: string, 
/**
 * At most 2000 characters.
 */
description?: string, 
/**
 * The user who may be its host.
 */
createdBy: string, 
/**
 * 1–1,000,000; 100 where it is missing.
 */
maxParticipants?: number, 
/**
 * Seconds that the room stays when nobody has come: 1 to 30 days; a day where it is missing.
 */
emptyTimeout?: number, 
/**
 * An object of at most 8 KiB, given back untouched.
 */
metadata?: Record<string, unknown>, };

/**
 * Changes a livestream; what is missing stays.
 */
export type UpdateLivestream = { 
/**
 * 1–200 characters.
 */
title?: string, 
/**
 * At most 2000 characters.
 */
description?: string, 
/**
 * 1–1,000,000; those who are in it stay.
 */
maxParticipants?: number, 
/**
 * Seconds: 1 to 30 days.
 */
emptyTimeout?: number, 
/**
 * Replaces the object.
 */
metadata?: Record<string, unknown>, };

/**
 * Ends a livestream.
 */
export type EndLivestream = { 
/**
 * Its creator.
 */
requestingUserId: string, };

/**
 * Joins a livestream.
 */
export type JoinLivestream = { 
/**
 * Who.
 */
userId: string, 
/**
 * 1–120 characters.
 */
displayName: string, 
/**
 * `VIEWER`, or `HOST` for the creator.
 */
role: 'HOST' | 'VIEWER', 
/**
 * An object of at most 8 KiB, given back untouched.
 */
metadata?: Record<string, unknown>, };

/**
 * Leaves a livestream.
 */
export type LeaveLivestream = { 
/**
 * Who.
 */
userId: string, };

/**
 * A livestream.
 */
export type Livestream = { 
/**
 * A UUID.
 */
id: string, 
/**
 * The media room's name.
 */
roomName: string, 
/**
 * As given.
 */
title: string, 
/**
 * As given.
 */
description: string | null, 
/**
 * How far it has come.
 */
status: 'SCHEDULED' | 'LIVE' | 'ENDED' | 'ERROR', 
/**
 * The user who may be its host.
 */
createdBy: string, 
/**
 * Most participants at once.
 */
maxParticipants: number, 
/**
 * Seconds.
 */
emptyTimeout: number, 
/**
 * As given; null where none was.
 */
metadata: Record<string, unknown> | null, 
/**
 * ISO 8601, UTC.
 */
createdAt: string, 
/**
 * ISO 8601, UTC.
 */
updatedAt: string, 
/**
 * ISO 8601, UTC.
 */
startedAt: string | null, 
/**
 * ISO 8601, UTC.
 */
endedAt: string | null, };

/**
 * One stay of a user in a livestream.
 */
export type LivestreamParticipant = { 
/**
 * A UUID.
 */
id: string, 
/**
 * The livestream.
 */
livestreamId: string, 
/**
 * Who.
 */
userId: string, 
/**
 * As given.
 */
displayName: string, 
/**
 * What the user may do.
 */
role: 'HOST' | 'VIEWER', 
/**
 * Whether it goes on.
 */
status: 'JOINED' | 'LEFT', 
/**
 * As given; null where none was.
 */
metadata: Record<string, unknown> | null, 
/**
 * The media session; null: it has not begun.
 */
livekitParticipantSid: string | null, 
/**
 * The media room of that session.
 */
livekitRoomSid: string | null, 
/**
 * ISO 8601, UTC.
 */
joinedAt: string, 
/**
 * ISO 8601, UTC.
 */
leftAt: string | null, };

/**
 * A place in a livestream.
 */
export type LivestreamJoined = { 
/**
 * A LiveKit access token.
 */
token: string, 
/**
 * Where a LiveKit client connects with it.
 */
url: string, 
/**
 * The participant.
 */
participant: LivestreamParticipant, };

/**
 * Who hosts a livestream.
 */
export type HostInfo = { 
/**
 * The creator.
 */
userId: string, 
/**
 * The host's name; the livestream's title until the host has come.
 */
displayName: string, };

/**
 * What watchers see of a livestream.
 */
export type LivestreamState = { 
/**
 * The livestream.
 */
streamId: string, 
/**
 * Whether it goes on.
 */
status: 'LIVE' | 'ENDED', 
/**
 * Users that are in it, the host included.
 */
participants: Array<string>, 
/**
 * True where `participants` names only some of them.
 */
participantsTruncated?: boolean, 
/**
 * ISO 8601, UTC.
 */
startedAt: string | null, 
/**
 * Viewers that are in it.
 */
viewerCount: number, 
/**
 * Users that were in it as viewers.
 */
totalViewers: number, 
/**
 * The most viewers at once.
 */
peakViewerCount: number, 
/**
 * Who hosts it.
 */
hostInfo: HostInfo, };

/**
 * `room_started`.
 */
export type RoomStarted = { 
/**
 * The livestream.
 */
streamId: string, 
/**
 * ISO 8601, UTC.
 */
startedAt: string | null, };

/**
 * `viewer_count_update`: at most one every 5 s.
 */
export type ViewerCountUpdate = { 
/**
 * The livestream.
 */
streamId: string, 
/**
 * Viewers that are in it.
 */
viewerCount: number, 
/**
 * Users that were in it as viewers.
 */
totalViewers: number, 
/**
 * The most viewers at once.
 */
peakViewerCount: number, };

/**
 * `room_ended`; the server closes the stream after it.
 */
export type RoomEnded = { 
/**
 * The livestream.
 */
streamId: string, 
/**
 * ISO 8601, UTC.
 */
endedAt: string | null, };

/**
 * Registers an endpoint.
 */
export type CreateWebhookEndpoint = { 
/**
 * An `https:` URL (in development also `http:`).
 */
url: string, 
/**
 * Names of events; all (`["*"]`) where it is missing.
 */
events?: Array<string>, };

/**
 * An endpoint.
 */
export type WebhookEndpoint = { 
/**
 * Its id.
 */
id: string, 
/**
 * Where messages go.
 */
url: string, 
/**
 * Names of events; `*`: all.
 */
events: Array<string>, 
/**
 * `whsec_…`; in the answer that makes the endpoint, and never again.
 */
secret?: string, 
/**
 * ISO 8601, UTC.
 */
createdAt: string, 
/**
 * From when on nothing is sent to it; null: it is in use.
 */
disabledAt: string | null, 
/**
 * Why.
 */
disabledReason: string | null, };

/**
 * A test message that was put on its way.
 */
export type WebhookTest = { 
/**
 * The delivery's id, as in the log.
 */
deliveryId: string, };

/**
 * A delivery.
 */
export type WebhookDelivery = { 
/**
 * The message's id (`webhook-id`).
 */
id: string, 
/**
 * The event's name.
 */
event: string, 
/**
 * Where it stands.
 */
status: 'waiting' | 'active' | 'delivered' | 'failed', 
/**
 * How often it was sent.
 */
attempts: number, 
/**
 * The status of the last answer.
 */
responseStatus: number | null, 
/**
 * What the last attempt failed of.
 */
error: string | null, 
/**
 * The body, as JSON text.
 */
payload: string, 
/**
 * ISO 8601, UTC.
 */
createdAt: string, 
/**
 * When it is sent next; null once it is settled.
 */
nextAttemptAt: string | null, 
/**
 * When it was delivered or given up.
 */
settledAt: string | null, };

/**
 * An error, wrapped.
 */
export type Failure = { 
/**
 * Always false.
 */
success: boolean, 
/**
 * What went wrong.
 */
error: ErrorInfo, 
/**
 * The request's id, as in `x-request-id` and in the log.
 */
requestId: string, };

/**
 * Takes a seat: `POST /rtc/connect`.
 */
export type ConnectRequest = { 
/**
 * The room; made where there is none. 1–128 printable characters.
 */
roomId: string, 
/**
 * The peer's own id in the room. 1–128 printable characters.
 */
peerId: string, 
/**
 * An object of at most 8 KiB that the snapshot shows with the peer.
 */
metadata?: Record<string, unknown>, };

/**
 * A seat that was taken.
 */
export type ConnectInfo = { 
/**
 * The room.
 */
roomId: string, 
/**
 * The peer.
 */
peerId: string, 
/**
 * For the peer connection's configuration.
 */
iceServers: Array<IceServer>, 
/**
 * How often the peer has to say that it is alive, in milliseconds. After two intervals it is dropped.
 */
heartbeatIntervalMs: number, 
/**
 * The ids of the others, in the order of their coming. They were there first and make the offers.
 */
peers: Array<string>, };

/**
 * Names a peer: `POST /rtc/heartbeat`, `POST /rtc/disconnect`.
 */
export type PeerRequest = { 
/**
 * The room.
 */
roomId: string, 
/**
 * The peer.
 */
peerId: string, };

/**
 * The answer to a heartbeat.
 */
export type HeartbeatAnswer = { 
/**
 * When the peer was last known to be alive, in milliseconds since the Unix epoch.
 */
lastSeen: number, };

/**
 * What a peer sends to others.
 */
export type PeerSignal = { 
/**
 * `offer`, `answer`, `candidate` or any other name of 1–64 printable characters.
 */
type: string, 
/**
 * Any JSON, relayed byte for byte; missing: null.
 */
payload: unknown, };

/**
 * Relays a signal: `POST /rtc/signal`.
 */
export type SignalRequest = { 
/**
 * The room.
 */
roomId: string, 
/**
 * Who sends.
 */
fromPeerId: string, 
/**
 * What.
 */
signal: PeerSignal, 
/**
 * Who receives; missing: everybody else in the room.
 */
toPeerId?: string, };

/**
 * The answer to a signal.
 */
export type SignalAnswer = { 
/**
 * How many of the server's own listeners were handed the signal.
 */
listenersNotified: number, 
/**
 * How many peers it is for.
 */
recipients: number, };

/**
 * The data of an event `signal` of `GET /rtc/events`; its `id` is the seat's running number.
 */
export type SignalEvent = { 
/**
 * The room.
 */
roomId: string, 
/**
 * Who sent it.
 */
fromPeerId: string, 
/**
 * What.
 */
signal: PeerSignal, };

/**
 * The answer to a disconnect.
 */
export type DisconnectAnswer = { 
/**
 * The room.
 */
roomId: string, 
/**
 * The peer.
 */
peerId: string, 
/**
 * Whether it was the last one, so that the room was closed.
 */
roomClosed: boolean, };

/**
 * A peer in a snapshot.
 */
export type PeerSnapshot = { 
/**
 * The peer.
 */
peerId: string, 
/**
 * When it came, in milliseconds since the Unix epoch.
 */
connectedAt: number, 
/**
 * When it was last known to be alive, in milliseconds since the Unix epoch.
 */
lastSeen: number, 
/**
 * Whether its event stream is open.
 */
streaming: boolean, 
/**
 * What was attached to it.
 */
metadata?: Record<string, unknown>, };

/**
 * A room as it is: `GET /rtc/rooms/{roomId}`.
 */
export type RoomSnapshot = { 
/**
 * The room.
 */
roomId: string, 
/**
 * When it was made, in milliseconds since the Unix epoch.
 */
createdAt: number, 
/**
 * How many peers it admits.
 */
maxPeers: number, 
/**
 * How many are in it.
 */
peerCount: number, 
/**
 * What was attached to it.
 */
metadata?: Record<string, unknown>, 
/**
 * Who is in it, in the order of coming.
 */
peers: Array<PeerSnapshot>, };

/**
 * What an embedded server is made with.
 */
export type RtcServerOptions = { 
/**
 * The servers that peers are told to use; missing: one public STUN server.
 */
iceServers?: Array<IceServer>, 
/**
 * How many peers a room admits that was made without options, 1–1000; missing: 8.
 */
maxPeersPerRoom?: number, 
/**
 * How often a peer has to say that it is alive, in milliseconds, at least 1; missing: 30,000. After
 * two intervals of silence a sweep drops it.
 */
heartbeatIntervalMs?: number, };

/**
 * Makes a room by hand.
 */
export type CreateRoomRequest = { 
/**
 * The room. 1–128 printable characters.
 */
roomId: string, 
/**
 * How many peers it admits, 1–1000; missing: as the server is configured.
 */
maxPeers?: number, 
/**
 * An object of at most 8 KiB that the snapshot shows.
 */
metadata?: Record<string, unknown>, };

/**
 * A peer that a sweep dropped.
 */
export type SweptPeer = { 
/**
 * Its room.
 */
roomId: string, 
/**
 * The peer.
 */
peerId: string, 
/**
 * When it was last known to be alive, in milliseconds since the Unix epoch.
 */
lastSeen: number, };

/**
 * Something that happened in an embedded server's rooms.
 */
export type ServerEvent = { "type": "room:created", 
/**
 * Its id.
 */
roomId: string, } | { "type": "room:closed", 
/**
 * Its id.
 */
roomId: string, } | { "type": "peer:connected", 
/**
 * The room.
 */
roomId: string, 
/**
 * The peer.
 */
peerId: string, 
/**
 * What was attached to it.
 */
metadata?: Record<string, unknown>, } | { "type": "peer:disconnected", 
/**
 * The room.
 */
roomId: string, 
/**
 * The peer.
 */
peerId: string, 
/**
 * Why.
 */
reason: LeaveReason, } | { "type": "peer:heartbeat", 
/**
 * The room.
 */
roomId: string, 
/**
 * The peer.
 */
peerId: string, 
/**
 * When, in milliseconds since the Unix epoch.
 */
lastSeen: number, } | { "type": "signal", 
/**
 * The room.
 */
roomId: string, 
/**
 * Who sent it.
 */
fromPeerId: string, 
/**
 * For whom it is.
 */
toPeerIds: Array<string>, 
/**
 * What.
 */
signal: PeerSignal, };
