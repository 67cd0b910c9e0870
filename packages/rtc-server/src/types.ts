/** The types of the calls. What has a shape on the wire is generated from the Rust types. */
import type { RtcServerOptions, ServerEvent, SignalEvent } from '@rtc-platform/shared';

export type {
  ConnectInfo,
  ConnectRequest,
  CreateRoomRequest,
  DisconnectAnswer,
  ErrorCode,
  ErrorDetail,
  HeartbeatAnswer,
  IceServer,
  LeaveReason,
  PeerRequest,
  PeerSignal,
  PeerSnapshot,
  RoomSnapshot,
  RtcServerOptions,
  ServerEvent,
  SignalAnswer,
  SignalEvent,
  SignalRequest,
  SweptPeer,
} from '@rtc-platform/shared';

/** What `createRtcServer` takes. */
export interface RtcServerConfig extends RtcServerOptions {
  /** How often silent peers are dropped, in milliseconds; missing: each heartbeat interval; 0: only when you call `sweep`. */
  sweepIntervalMs?: number;
  /** The time in milliseconds since the Unix epoch; missing: the system's clock. For tests. */
  now?: () => number;
  /** Hears what a handler threw, or its promise was rejected with; missing: a process warning. */
  onListenerError?: (error: unknown, event: ServerEvent) => void;
}

/** The names of the events. */
export type EventName = ServerEvent['type'];
/** The event of a name. */
export type EventOf<Name extends EventName> = Extract<ServerEvent, { type: Name }>;
/** What `on` takes. */
export type Handler<Name extends EventName> = (event: EventOf<Name>) => unknown;

/** Which peer's stream to open. */
export interface SubscribeRequest {
  /** The room. */
  roomId: string;
  /** The peer. */
  peerId: string;
  /** The last id that was seen; missing: from the oldest signal that is kept. */
  lastEventId?: number;
}

/** An item of a peer's stream. */
export type StreamItem =
  /** A signal; a later stream starts after the `id` that it is given. */
  | { type: 'signal'; id: number; event: SignalEvent }
  /** Signals that the peer missed are no longer kept. Those that are follow. */
  | { type: 'lagged' };
