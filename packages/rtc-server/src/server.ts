/** The server: its calls, typed. What they do is the addon's. */
import type { IceServer } from '@rtc-platform/shared';
import { checkTexts, fromNative, RtcError } from './error.ts';
import { Listeners } from './listeners.ts';
import { Members } from './members.ts';
import { EVERYBODY, kindOf, NativeServer, REFUSED, STREAMS_READY, type BareCalls } from './native.ts';
import { SignalStream, type StreamReader } from './stream.ts';
import type {
  ConnectInfo,
  ConnectRequest,
  CreateRoomRequest,
  DisconnectAnswer,
  EventName,
  Handler,
  HeartbeatAnswer,
  PeerRequest,
  RoomSnapshot,
  RtcServerConfig,
  ServerEvent,
  SignalAnswer,
  SignalRequest,
  SubscribeRequest,
  SweptPeer,
} from './types.ts';
import { body, text, written } from './writer.ts';

const ROOM = ['roomId'];
const PEER = ['roomId', 'peerId'];
const SENDER = ['roomId', 'fromPeerId'];
const NONE: string[] = [];
/** Of these, the call says all that the event says: the addon is not asked for it. */
const TRAFFIC: ReadonlySet<EventName> = new Set<EventName>(['peer:heartbeat', 'signal']);

/** The longest time that Node's timers take. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/**
 * A signaling server inside your process. Calls are synchronous: they do no I/O. Handlers are called before the
 * call that caused the event returns, after the room is free again.
 */
export class RtcServer {
  readonly #native: NativeServer;
  readonly #bare: BareCalls;
  readonly #members: Members;
  readonly #listeners: Listeners;
  /** How many handlers there are of what is called for every message. */
  #heartbeatHandlers = 0;
  #signalHandlers = 0;
  readonly #streams = new Map<number, () => void>();
  readonly #time: () => number;
  readonly #iceServers: IceServer[];
  readonly #heartbeatIntervalMs: number;
  readonly #sweeps: NodeJS.Timeout | undefined;
  /** How many kinds of events the addon is asked for. */
  #kinds = 0;
  #isClosed = false;

  /** See `createRtcServer`. */
  constructor(config: RtcServerConfig = {}) {
    const { sweepIntervalMs, now, onListenerError = warn, ...options } = config;
    try {
      this.#native = new NativeServer(JSON.stringify(options));
    } catch (error) {
      throw fromNative(error, config, NONE);
    }
    this.#bare = this.#native.bare(written);
    this.#time = now ? () => Math.max(0, Math.trunc(now())) || 0 : Date.now;
    this.#listeners = new Listeners(onListenerError);
    this.#iceServers = frozen(JSON.parse(this.#native.iceServers()) as IceServer[]);
    this.#heartbeatIntervalMs = this.#native.heartbeatIntervalMs();
    this.#members = new Members(this.#native, 2 * this.#heartbeatIntervalMs);
    this.#sweeps = sweepIntervalMs === 0 ? undefined : sweeping(this, sweepIntervalMs ?? this.#heartbeatIntervalMs);
  }

  /** How often peers have to say that they are alive, in milliseconds. */
  get heartbeatIntervalMs(): number {
    return this.#heartbeatIntervalMs;
  }

  /** Whether `close` was called; every other call throws `UNAVAILABLE` then. */
  get closed(): boolean {
    return this.#isClosed;
  }

  /**
   * Makes a room by hand. It stays, empty, until its last peer goes or `closeRoom`.
   * @throws RtcError `CONFLICT`: there is one of this name; `VALIDATION_ERROR`
   */
  createRoom(request: CreateRoomRequest): RoomSnapshot {
    return this.#call(request, ROOM, () => {
      const snapshot = JSON.parse(this.#native.createRoom(text(request, 'request'))) as RoomSnapshot;
      this.#members.open(snapshot.roomId);
      return snapshot;
    });
  }

  /**
   * Ends a room and everybody's seat in it.
   * @throws RtcError `ROOM_NOT_FOUND`, `VALIDATION_ERROR`
   */
  closeRoom(roomId: string): void {
    this.#call({ roomId }, ROOM, () => {
      this.#native.closeRoom(roomId);
      this.#members.close(roomId);
    });
  }

  /**
   * Gives a peer a seat; makes the room if there is none. `iceServers` of the answer is shared and frozen.
   * @throws RtcError `ROOM_FULL`, `ALREADY_IN_ROOM`: a live peer has this id; `VALIDATION_ERROR`
   */
  connectPeer(request: ConnectRequest): ConnectInfo {
    const now = this.#time();
    const { roomId, peerId, metadata } = fields(request);
    const given = isNone(metadata) ? 0 : body(metadata, 'metadata');
    const room = this.#members.rooms.get(roomId);
    const other = room?.first();
    let number = REFUSED;
    if (other === undefined) number = this.#bare.connect(now, roomId, peerId, given);
    else if (room && now < room.dueAt) number = this.#bare.connectBeside(now, other, peerId, given);
    if (number === REFUSED) number = this.#connectAgain(request);
    const peers = this.#members.add(roomId, room, peerId, number, now);
    this.#flush();
    const heartbeatIntervalMs = this.#heartbeatIntervalMs;
    return { roomId, peerId, iceServers: this.#iceServers, heartbeatIntervalMs, peers };
  }

  /** Where peers' time may be over, or the call is refused: by the class, whose errors say why. */
  #connectAgain(request: ConnectRequest): number {
    return this.#again(request, PEER, () => {
      const { roomId, peerId } = request;
      const metadata = isNone(request.metadata) ? undefined : text(request.metadata, 'metadata');
      const room = this.#members.rooms.get(roomId);
      if (!room) return this.#native.connect(roomId, peerId, metadata);
      this.#members.tell(room);
      let admitted: string | undefined;
      try {
        const number = this.#native.connect(roomId, peerId, metadata);
        admitted = peerId;
        return number;
      } finally {
        this.#members.lookAgain(roomId, room, admitted);
      }
    });
  }

  /**
   * Takes note that a peer is alive. Gives when, in milliseconds since the epoch.
   * @throws RtcError `ROOM_NOT_FOUND`, `PEER_NOT_FOUND`, `VALIDATION_ERROR`
   */
  heartbeat(request: PeerRequest): HeartbeatAnswer {
    const { roomId, peerId } = fields(request);
    const number = this.#members.rooms.get(roomId)?.get(peerId);
    if (number === undefined) {
      return this.#call(request, PEER, () => ({ lastSeen: this.#native.heartbeat(roomId, peerId) }));
    }
    const lastSeen = this.#time();
    this.#members.heard(number, lastSeen);
    if (this.#heartbeatHandlers > 0) {
      this.#listeners.tell({ type: 'peer:heartbeat', roomId, peerId, lastSeen });
    }
    return { lastSeen };
  }

  /**
   * Hands a signal to the handlers of `signal`, and to one peer or, without `toPeerId`, to all others.
   * @throws RtcError `ROOM_NOT_FOUND`, `NOT_IN_ROOM`: the sender; `PEER_NOT_FOUND`: the target; `PAYLOAD_TOO_LARGE`,
   * `VALIDATION_ERROR`
   */
  relay(request: SignalRequest): SignalAnswer {
    const { roomId, fromPeerId, toPeerId, signal } = fields(request);
    if (typeof signal !== 'object' || signal === null) return this.#relayAgain(request);
    const listenersNotified = this.#signalHandlers;
    const given = signal.payload ?? null;
    // Handlers get a copy, which is made of the text. First, since it may run code of the caller.
    const payload = listenersNotified > 0 ? text(given, 'signal.payload') : body(given, 'signal.payload');
    const room = this.#members.rooms.get(roomId);
    const from = room?.get(fromPeerId);
    const isToOne = toPeerId !== undefined && toPeerId !== null;
    const to = isToOne ? room?.get(toPeerId) : EVERYBODY;
    if (!room || from === undefined || to === undefined) return this.#relayAgain(request);
    const answer = this.#bare.relay(from, kindOf(signal.type), payload, to);
    if (answer === REFUSED) return this.#relayAgain(request);
    if (answer >= STREAMS_READY) this.#wake();
    if (listenersNotified > 0) {
      const toPeerIds = isToOne ? [toPeerId] : room.others(fromPeerId);
      const heard = { type: signal.type, payload: JSON.parse(payload as string) as unknown };
      this.#listeners.tell({ type: 'signal', roomId, fromPeerId, toPeerIds, signal: heard });
    }
    return { listenersNotified, recipients: answer % STREAMS_READY };
  }

  /** What was refused, by the class, whose errors say why. */
  #relayAgain(request: SignalRequest): SignalAnswer {
    const recipients = this.#call(request, SENDER, () => {
      const { roomId, fromPeerId, toPeerId, signal } = request;
      if (signal === undefined) throw RtcError.invalid('signal', 'is missing');
      if (typeof signal !== 'object' || signal === null) throw RtcError.invalid('signal', 'must be an object');
      if (typeof signal.type !== 'string') throw RtcError.invalid('signal.type', 'must be a text');
      const payload = text(signal.payload ?? null, 'signal.payload');
      return this.#native.relay(roomId, fromPeerId, signal.type, payload, toPeerId ?? undefined);
    });
    return { listenersNotified: this.#signalHandlers, recipients };
  }

  /**
   * Takes a peer's seat away. The room closes with its last peer.
   * @throws RtcError `ROOM_NOT_FOUND`, `PEER_NOT_FOUND`, `VALIDATION_ERROR`
   */
  disconnectPeer(request: PeerRequest): DisconnectAnswer {
    const { roomId, peerId } = fields(request);
    const room = this.#members.rooms.get(roomId);
    const number = room?.get(peerId);
    const answer = number === undefined ? REFUSED : this.#bare.disconnect(number);
    if (!room || answer === REFUSED) {
      return this.#call(request, PEER, () => ({ roomId, peerId, roomClosed: this.#native.disconnect(roomId, peerId) }));
    }
    const roomClosed = answer === 1;
    if (roomClosed) this.#members.rooms.delete(roomId);
    else room.delete(peerId);
    this.#flush();
    return { roomId, peerId, roomClosed };
  }

  /**
   * A room as it is.
   * @throws RtcError `ROOM_NOT_FOUND`, `VALIDATION_ERROR`
   */
  getRoomSnapshot(roomId: string): RoomSnapshot {
    return this.#call({ roomId }, ROOM, () => {
      const room = this.#members.rooms.get(roomId);
      if (room) this.#members.tell(room);
      return JSON.parse(this.#native.snapshot(roomId)) as RoomSnapshot;
    });
  }

  /** The ids of the rooms, in no order. */
  rooms(): string[] {
    return this.#call(undefined, NONE, () => this.#native.rooms());
  }

  /** Drops the peers whose last heartbeat is two intervals old, and gives those. `now`: milliseconds since the epoch. */
  sweep(now?: number): SweptPeer[] {
    return this.#call(undefined, NONE, () => {
      this.#members.tell();
      const swept = JSON.parse(this.#native.sweep(now ?? this.#time())) as SweptPeer[];
      this.#members.drop(swept);
      return swept;
    });
  }

  /** Calls `handler` on each event of a name. Gives a function that takes it off. */
  on<Name extends EventName>(name: Name, handler: Handler<Name>): () => void {
    const known = handler as unknown as Handler<EventName>;
    if (this.#isClosed || (this.#listeners.count(name) === 0 && !TRAFFIC.has(name))) {
      this.#call(undefined, NONE, () => this.#native.listen(name, true));
      this.#kinds += 1;
    }
    this.#listeners.add(name, known);
    this.#countHandlers();
    return () => this.off(name, handler);
  }

  /** Takes a handler off. */
  off<Name extends EventName>(name: Name, handler: Handler<Name>): void {
    const before = this.#listeners.count(name);
    this.#listeners.remove(name, handler as unknown as Handler<EventName>);
    this.#countHandlers();
    if (before === 0 || this.#listeners.count(name) > 0 || this.#isClosed || TRAFFIC.has(name)) return;
    this.#native.listen(name, false);
    this.#kinds -= 1;
  }

  /**
   * Opens a peer's stream of what others send to it; a stream that it had ends. An open stream counts as a heartbeat;
   * leaving the loop closes it. It ends with the seat, or where it is not read (512 signals wait at most).
   * @throws RtcError `ROOM_NOT_FOUND`, `PEER_NOT_FOUND`, `VALIDATION_ERROR`
   */
  subscribe(request: SubscribeRequest): SignalStream {
    return new SignalStream(this.openStream(request));
  }

  /** @internal A stream for those who render it themselves. */
  openStream(request: SubscribeRequest): StreamReader {
    const id = this.#call(request, PEER, () =>
      this.#native.subscribe(request.roomId, request.peerId, request.lastEventId ?? undefined),
    );
    const close = (): void => {
      if (!this.#streams.delete(id) || this.#isClosed) return;
      this.#call(undefined, NONE, () => this.#native.closeStream(id));
    };
    this.#streams.set(id, () => undefined);
    return {
      read: () => this.#native.readStream(id),
      readText: () => this.#native.readStreamText(id),
      whenReady: (ready) => void (this.#streams.has(id) && this.#streams.set(id, ready)),
      close,
    };
  }

  /** Ends every room, with its events, and frees everything. Calls that follow throw `UNAVAILABLE`. */
  close(): void {
    if (this.#isClosed) return;
    clearInterval(this.#sweeps);
    this.#native.setTime(this.#time());
    this.#isClosed = true;
    this.#native.close();
    this.#members.rooms.clear();
    this.#flush();
    const streams = [...this.#streams.values()];
    this.#streams.clear();
    for (const ended of streams) ended();
    this.#listeners.clear();
    this.#countHandlers();
    this.#kinds = 0;
  }

  #countHandlers(): void {
    this.#heartbeatHandlers = this.#listeners.count('peer:heartbeat');
    this.#signalHandlers = this.#listeners.count('signal');
  }

  /** A call of the addon, and what it caused. */
  #call<T>(request: unknown, needs: readonly string[], call: () => T): T {
    const answer = this.#again(request, needs, call);
    this.#flush();
    return answer;
  }

  /** A call of the addon whose events are still to be told. */
  #again<T>(request: unknown, needs: readonly string[], call: () => T): T {
    try {
      checkTexts(request, needs);
      this.#native.setTime(this.#time());
      return call();
    } catch (error) {
      // A call that is refused may still have dropped peers whose time was over.
      this.#flush();
      throw fromNative(error, request, needs);
    }
  }

  #flush(): void {
    if (this.#streams.size > 0) this.#wake();
    const events = this.#kinds > 0 ? this.#native.takeEvents() : null;
    if (events !== null) this.#listeners.dispatch(JSON.parse(events) as ServerEvent[]);
  }

  /** Tells the readers of streams that have something to read, or are over. */
  #wake(): void {
    for (const id of this.#native.readyStreams()) this.#streams.get(id)?.();
  }
}

/** A server; without arguments with the defaults: 8 peers a room, a heartbeat every 30 s, one public STUN server. */
export function createRtcServer(config?: RtcServerConfig): RtcServer {
  return new RtcServer(config);
}

/** Sweeps from time to time. Keeps neither the process nor a server that nobody has any more. */
function sweeping(server: RtcServer, everyMs: number): NodeJS.Timeout {
  const weak = new WeakRef(server);
  const timer = setInterval(
    () => {
      const alive = weak.deref();
      if (alive && !alive.closed) alive.sweep();
      else clearInterval(timer);
    },
    Math.min(everyMs, TIMER_MS_MAX),
  );
  return timer.unref();
}

const NO_FIELDS = Object.freeze({});

/** A request's fields; what is no object has none, and is refused by name later. */
function fields<T extends object>(request: T): T {
  return request ?? (NO_FIELDS as T);
}

function isNone(value: unknown): boolean {
  return value === undefined || value === null;
}

function frozen(servers: IceServer[]): IceServer[] {
  for (const server of servers) Object.freeze(Object.freeze(server).urls);
  return Object.freeze(servers) as IceServer[];
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : new Error(String(error)), { type: 'RtcListenerWarning' });
}
