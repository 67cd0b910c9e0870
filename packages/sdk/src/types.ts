/** What a page sees of a call. */
import type { LeaveReason, MediaKind, Role } from '@rtc-platform/shared';
import type { CallError } from './errors.js';

/** Where a call connects. */
export interface CallConfig {
  /** The app that the call belongs to. */
  appId: string;
  /**
   * The signaling server: a `ws(s)` or `http(s)` URL, as in the `url` of a created token. Missing: the server
   * that the page came from.
   */
  signalingUrl?: string | undefined;
}

/** What `join` takes. */
export interface JoinOptions {
  /** The room that the token is for. */
  roomId: string;
  /** A call token from the app's backend. It admits one session. */
  token: string;
  /** Tracks to publish at once; the page keeps owning it. */
  stream?: MediaStream | undefined;
}

/** `idle` before the first `join`; `failed` and `disconnected` may `join` again. */
export type ConnectionState = 'idle' | 'connecting' | 'connected' | 'reconnecting' | 'disconnected' | 'failed';

/** Where a track comes from. */
export type TrackSource = 'camera' | 'microphone' | 'screen' | 'screen-audio';

/** How well a user's connection does: `lost` where nothing arrives at present. */
export type NetworkQuality = 'good' | 'ok' | 'poor' | 'lost';

/** A track of another user. */
export interface RemoteTrack {
  readonly track: MediaStreamTrack;
  /** Camera and microphone of a user share one stream, so do screen and its sound. */
  readonly stream: MediaStream;
  readonly source: TrackSource;
}

/** Which kinds of media a user has muted. */
export type MutedKinds = Readonly<Record<MediaKind, boolean>>;

/** Another user in the call, as of now. */
export interface User {
  readonly userId: string;
  readonly role: Role;
  readonly tracks: readonly RemoteTrack[];
  readonly muted: MutedKinds;
  readonly quality: NetworkQuality;
}

/** The user of this page. */
export interface LocalUser {
  readonly userId: string;
  readonly role: Role;
  readonly muted: MutedKinds;
  /** Of the way to the media server; in a peer-to-peer room each user has its own. */
  readonly quality: NetworkQuality;
}

/** A track that this page publishes. */
export interface Publication {
  readonly track: MediaStreamTrack;
  readonly source: TrackSource;
}

/** How `publish` sends a track. */
export interface PublishOptions {
  /** Missing: `microphone` for sound, `camera` for pictures. */
  source?: TrackSource | undefined;
  /** Several sizes at once, where media goes through the server; peer-to-peer rooms send one. */
  simulcast?: boolean | undefined;
}

/** A shared screen. */
export interface ScreenShare {
  /** What is shared, for a preview. */
  readonly stream: MediaStream;
  /** Resolves when sharing has ended: by `stop`, by the browser's own button, or with the call. */
  readonly ended: Promise<void>;
  /** Ends it. */
  stop(): Promise<void>;
}

/** Figures of the connection to one user. */
export interface UserStats {
  readonly userId: string;
  readonly quality: NetworkQuality;
  /** Null before the first measurement. */
  readonly roundTripTimeMs: number | null;
  /** Share of received packets that were lost in the last interval, 0 to 1. */
  readonly packetLoss: number;
  /** All figures of the browser (W3C `RTCStatsReport`). */
  readonly report: RTCStatsReport;
}

/** The events of a call and what each carries. */
export interface CallEvents {
  'user-joined': { userId: string; role: Role };
  'user-left': { userId: string; reason: LeaveReason };
  'track-added': { userId: string } & RemoteTrack;
  'track-removed': { userId: string; track: MediaStreamTrack; source: TrackSource };
  'connection-state': { state: ConnectionState; previousState: ConnectionState };
  /** With `fatal` the call has ended. */
  error: CallError;
  /** What another page sent with `send`. */
  data: { userId: string; data: unknown };
  /** Somebody's media was muted or unmuted; `local` where it is this page's, by a host or the backend. */
  muted: { userId: string; kind: MediaKind; muted: boolean; local: boolean };
  /** Who speaks now; null: nobody. Measured only while somebody listens. */
  'active-speaker': { userId: string | null };
  /** Measured only while somebody listens. Also of this page's user, where media goes through the server. */
  'network-quality': { userId: string; quality: NetworkQuality };
}
