/**
 * The embedded server's calls in plain TypeScript, as one would write them: maps of rooms and peers, a bounded queue
 * of signals for each peer, handlers that are called in order and harm nothing. It keeps the whole contract
 * (packages/rtc-server/test/contract.test.ts runs the table against it). `make bench` compares with it.
 */
import type {
  ConnectInfo,
  ConnectRequest,
  CreateRoomRequest,
  DisconnectAnswer,
  HeartbeatAnswer,
  IceServer,
  LeaveReason,
  PeerRequest,
  RoomSnapshot,
  SignalAnswer,
  SignalRequest,
  SweptPeer,
} from '@rtc-platform/shared';
import { RtcError } from '../../../packages/rtc-server/src/error.ts';
import { Listeners } from '../../../packages/rtc-server/src/listeners.ts';
import type { EventName, Handler, RtcServerConfig, SubscribeRequest } from '../../../packages/rtc-server/src/types.ts';
import { checkId, checkPeers, checkType, metadataText, payloadText } from './check.ts';
import { Mailbox, type SignalStream } from './mailbox.ts';

type Peer = {
  peerId: string;
  metadata: string | undefined;
  connectedAt: number;
  lastSeen: number;
  mailbox: Mailbox;
};
type Room = {
  roomId: string;
  maxPeers: number;
  createdAt: number;
  metadata: string | undefined;
  peers: Map<string, Peer>;
  /** No peer's time is over before this. */
  nextTimeout: number;
};

/** What a kept signal weighs beside its payload. */
const FRAME_BYTES = 128;

export class PlainRtcServer {
  readonly #rooms = new Map<string, Room>();
  readonly #listeners = new Listeners((error) => process.emitWarning(String(error)));
  readonly #iceServers: IceServer[];
  readonly #maxPeersPerRoom: number;
  readonly #heartbeatIntervalMs: number;
  readonly #now: () => number;

  constructor(config: RtcServerConfig = {}) {
    this.#iceServers = config.iceServers ?? [{ urls: ['stun:stun.l.google.com:19302'] }];
    this.#maxPeersPerRoom = config.maxPeersPerRoom ?? 8;
    this.#heartbeatIntervalMs = config.heartbeatIntervalMs ?? 30_000;
    this.#now = config.now ?? Date.now;
    checkPeers('maxPeersPerRoom', this.#maxPeersPerRoom);
  }

  createRoom({ roomId, maxPeers = this.#maxPeersPerRoom, metadata }: CreateRoomRequest): RoomSnapshot {
    checkId('roomId', roomId);
    checkPeers('maxPeers', maxPeers);
    const given = metadataText(metadata);
    if (this.#rooms.has(roomId)) throw new RtcError('CONFLICT', 'this room exists already');
    this.#open(roomId, maxPeers, given);
    this.#listeners.run();
    return this.getRoomSnapshot(roomId);
  }

  closeRoom(roomId: string): void {
    const room = this.#room(roomId);
    for (const peer of room.peers.values()) this.#drop(room, peer, 'room-closed');
    this.#close(room);
    this.#listeners.run();
  }

  connectPeer({ roomId, peerId, metadata }: ConnectRequest): ConnectInfo {
    checkId('roomId', roomId);
    checkId('peerId', peerId);
    const given = metadataText(metadata);
    const now = this.#now();
    const known = this.#rooms.get(roomId);
    if (known && known.nextTimeout <= now) this.#sweepRoom(known, now);
    if (known?.peers.has(peerId)) throw this.#refused('ALREADY_IN_ROOM', 'a live peer of this id is in the room already');
    if (known && known.peers.size >= known.maxPeers) throw this.#refused('ROOM_FULL', 'the room is full');
    const room = known ?? this.#open(roomId, this.#maxPeersPerRoom, undefined);
    const peers = [...room.peers.keys()];
    room.peers.set(peerId, { peerId, metadata: given, connectedAt: now, lastSeen: now, mailbox: new Mailbox() });
    room.nextTimeout = Math.min(room.nextTimeout, now + 2 * this.#heartbeatIntervalMs);
    if (this.#listeners.count('peer:connected') > 0) {
      this.#listeners.push({ type: 'peer:connected', roomId, peerId, ...parsed(given) });
    }
    this.#listeners.run();
    return { roomId, peerId, iceServers: this.#iceServers, heartbeatIntervalMs: this.#heartbeatIntervalMs, peers };
  }

  heartbeat({ roomId, peerId }: PeerRequest): HeartbeatAnswer {
    checkId('roomId', roomId);
    checkId('peerId', peerId);
    const peer = this.#peer(this.#room(roomId), peerId);
    const lastSeen = this.#now();
    peer.lastSeen = lastSeen;
    if (this.#listeners.count('peer:heartbeat') > 0) {
      this.#listeners.tell({ type: 'peer:heartbeat', roomId, peerId, lastSeen });
    }
    return { lastSeen };
  }

  relay({ roomId, fromPeerId, signal, toPeerId }: SignalRequest): SignalAnswer {
    checkId('roomId', roomId);
    checkId('fromPeerId', fromPeerId);
    if (toPeerId !== undefined) checkId('toPeerId', toPeerId);
    if (typeof signal !== 'object' || signal === null) throw RtcError.invalid('signal', 'must be an object');
    const { type, payload = null } = signal;
    checkType(type);
    const text = payloadText(payload);
    const room = this.#room(roomId);
    this.#peer(room, fromPeerId, 'NOT_IN_ROOM');
    // The payload as text: whoever made the object may change it later.
    const sent = { roomId, fromPeerId, type, payload: text };
    const bytes = text.length + FRAME_BYTES;
    const toPeerIds: string[] = [];
    if (toPeerId !== undefined) {
      if (toPeerId === fromPeerId) throw new RtcError('PEER_NOT_FOUND', 'there is no such peer in the room');
      this.#peer(room, toPeerId).mailbox.push(sent, bytes);
      toPeerIds.push(toPeerId);
    } else {
      for (const peer of room.peers.values()) {
        if (peer.peerId === fromPeerId) continue;
        peer.mailbox.push(sent, bytes);
        toPeerIds.push(peer.peerId);
      }
    }
    const listenersNotified = this.#listeners.count('signal');
    if (listenersNotified > 0) {
      this.#listeners.tell({ type: 'signal', roomId, fromPeerId, toPeerIds, signal: { type, payload } });
    }
    return { listenersNotified, recipients: toPeerIds.length };
  }

  disconnectPeer({ roomId, peerId }: PeerRequest): DisconnectAnswer {
    checkId('roomId', roomId);
    checkId('peerId', peerId);
    const room = this.#room(roomId);
    this.#drop(room, this.#peer(room, peerId), 'left');
    const roomClosed = room.peers.size === 0;
    if (roomClosed) this.#close(room);
    this.#listeners.run();
    return { roomId, peerId, roomClosed };
  }

  getRoomSnapshot(roomId: string): RoomSnapshot {
    const { createdAt, maxPeers, metadata, peers } = this.#room(roomId);
    const shown = [...peers.values()].map((peer) => ({
      peerId: peer.peerId,
      connectedAt: peer.connectedAt,
      lastSeen: peer.lastSeen,
      streaming: peer.mailbox.stream !== undefined,
      ...parsed(peer.metadata),
    }));
    return { roomId, createdAt, maxPeers, peerCount: peers.size, ...parsed(metadata), peers: shown };
  }

  rooms(): string[] {
    return [...this.#rooms.keys()];
  }

  sweep(now = this.#now()): SweptPeer[] {
    const swept = [...this.#rooms.values()].flatMap((room) => {
      const dropped = this.#sweepRoom(room, now);
      if (dropped.length > 0 && room.peers.size === 0) this.#close(room);
      return dropped;
    });
    this.#listeners.run();
    return swept;
  }

  subscribe({ roomId, peerId, lastEventId }: SubscribeRequest): SignalStream {
    checkId('roomId', roomId);
    checkId('peerId', peerId);
    const room = this.#room(roomId);
    const peer = this.#peer(room, peerId);
    peer.lastSeen = this.#now();
    const { mailbox } = peer;
    const stream: SignalStream = mailbox.open(lastEventId, () => {
      if (mailbox.stream !== stream) return;
      mailbox.stream = undefined;
      peer.lastSeen = this.#now();
      room.nextTimeout = Math.min(room.nextTimeout, peer.lastSeen + 2 * this.#heartbeatIntervalMs);
    });
    return stream;
  }

  on<Name extends EventName>(name: Name, handler: Handler<Name>): void {
    this.#listeners.add(name, handler as unknown as Handler<EventName>);
  }

  close(): void {
    for (const roomId of this.#rooms.keys()) this.closeRoom(roomId);
  }

  #room(roomId: string): Room {
    checkId('roomId', roomId);
    const room = this.#rooms.get(roomId);
    if (!room) throw new RtcError('ROOM_NOT_FOUND', 'there is no such room');
    return room;
  }

  #peer(room: Room, peerId: string, code: 'PEER_NOT_FOUND' | 'NOT_IN_ROOM' = 'PEER_NOT_FOUND'): Peer {
    const peer = room.peers.get(peerId);
    if (!peer) throw new RtcError(code, 'there is no such peer in the room');
    return peer;
  }

  #open(roomId: string, maxPeers: number, metadata: string | undefined): Room {
    const room = { roomId, maxPeers, createdAt: this.#now(), metadata, peers: new Map(), nextTimeout: Infinity };
    this.#rooms.set(roomId, room);
    if (this.#listeners.count('room:created') > 0) this.#listeners.push({ type: 'room:created', roomId });
    return room;
  }

  #close(room: Room): void {
    this.#rooms.delete(room.roomId);
    if (this.#listeners.count('room:closed') > 0) this.#listeners.push({ type: 'room:closed', roomId: room.roomId });
  }

  #drop(room: Room, { peerId, mailbox }: Peer, reason: LeaveReason): void {
    room.peers.delete(peerId);
    mailbox.stream?.end();
    if (this.#listeners.count('peer:disconnected') === 0) return;
    this.#listeners.push({ type: 'peer:disconnected', roomId: room.roomId, peerId, reason });
  }

  /** Drops who was silent for two intervals; an open stream is no silence. */
  #sweepRoom(room: Room, now: number): SweptPeer[] {
    const swept: SweptPeer[] = [];
    room.nextTimeout = Infinity;
    for (const peer of room.peers.values()) {
      const deadline = peer.mailbox.stream ? Infinity : peer.lastSeen + 2 * this.#heartbeatIntervalMs;
      if (deadline <= now) {
        this.#drop(room, peer, 'timeout');
        swept.push({ roomId: room.roomId, peerId: peer.peerId, lastSeen: peer.lastSeen });
      } else room.nextTimeout = Math.min(room.nextTimeout, deadline);
    }
    return swept;
  }

  /** A refusal after a sweep that may have dropped peers. */
  #refused(code: 'ALREADY_IN_ROOM' | 'ROOM_FULL', message: string): RtcError {
    this.#listeners.run();
    return new RtcError(code, message);
  }
}

function parsed(metadata: string | undefined): { metadata?: Record<string, unknown> } {
  return metadata === undefined ? {} : { metadata: JSON.parse(metadata) as Record<string, unknown> };
}
