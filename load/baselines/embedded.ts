/**
 * The embedded server's calls in plain TypeScript, as one would write them: maps of rooms and peers, a bounded queue
 * of signals for each peer, an EventEmitter. The same arguments are refused. `make bench` compares with it.
 */
import { EventEmitter } from 'node:events';

export type Signal = { type: string; payload: unknown };
type Item = { seq: number; data: string; bytes: number };
type Peer = {
  peerId: string;
  metadata: object | undefined;
  connectedAt: number;
  lastSeen: number;
  streaming: boolean;
  seq: number;
  items: Item[];
  bytes: number;
};
type Room = { roomId: string; maxPeers: number; createdAt: number; peers: Map<string, Peer>; nextTimeout: number };

const ID = /^[^\p{Cc}]{1,128}$/u;
const TYPE = /^[^\p{Cc}]{1,64}$/u;
const METADATA_BYTES_MAX = 8 * 1024;
const PAYLOAD_BYTES_MAX = 128 * 1024;
const ITEMS_MAX = 1024;
const BYTES_MAX = 1024 * 1024;
const FRAME_BYTES = 128;

export class RtcError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

const invalid = (path: string, message: string): RtcError => new RtcError('VALIDATION_ERROR', `\`${path}\` ${message}`);

function checkId(path: string, id: unknown): void {
  if (typeof id !== 'string' || !ID.test(id)) throw invalid(path, 'must be 1-128 printable characters');
}

export class PlainRtcServer extends EventEmitter {
  readonly #rooms = new Map<string, Room>();
  readonly #iceServers = [{ urls: ['stun:stun.l.google.com:19302'] }];

  constructor(
    readonly maxPeersPerRoom = 8,
    readonly heartbeatIntervalMs = 30_000,
  ) {
    super();
  }

  connectPeer({ roomId, peerId, metadata }: { roomId: string; peerId: string; metadata?: object }): object {
    checkId('roomId', roomId);
    checkId('peerId', peerId);
    if (metadata !== undefined) {
      if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) {
        throw invalid('metadata', 'must be an object');
      }
      if (Buffer.byteLength(JSON.stringify(metadata)) > METADATA_BYTES_MAX) throw invalid('metadata', 'is too large');
    }
    const now = Date.now();
    let room = this.#rooms.get(roomId);
    if (!room) {
      room = { roomId, maxPeers: this.maxPeersPerRoom, createdAt: now, peers: new Map(), nextTimeout: Infinity };
      this.#rooms.set(roomId, room);
      this.emit('room:created', { type: 'room:created', roomId });
    }
    if (room.nextTimeout <= now) this.#sweepRoom(room, now);
    if (room.peers.has(peerId)) throw new RtcError('ALREADY_IN_ROOM', 'a live peer of this id is in the room already');
    if (room.peers.size >= room.maxPeers) throw new RtcError('ROOM_FULL', 'the room is full');
    const peers = [...room.peers.keys()];
    room.peers.set(peerId, {
      peerId,
      metadata,
      connectedAt: now,
      lastSeen: now,
      streaming: false,
      seq: 0,
      items: [],
      bytes: 0,
    });
    room.nextTimeout = Math.min(room.nextTimeout, now + 2 * this.heartbeatIntervalMs);
    this.emit('peer:connected', { type: 'peer:connected', roomId, peerId, ...(metadata && { metadata }) });
    return { roomId, peerId, iceServers: this.#iceServers, heartbeatIntervalMs: this.heartbeatIntervalMs, peers };
  }

  heartbeat({ roomId, peerId }: { roomId: string; peerId: string }): object {
    checkId('roomId', roomId);
    checkId('peerId', peerId);
    const peer = this.#peer(roomId, peerId, 'PEER_NOT_FOUND');
    peer.lastSeen = Date.now();
    this.emit('peer:heartbeat', { type: 'peer:heartbeat', roomId, peerId, lastSeen: peer.lastSeen });
    return { lastSeen: peer.lastSeen };
  }

  relay(request: { roomId: string; fromPeerId: string; signal: Signal; toPeerId?: string }): object {
    const { roomId, fromPeerId, signal, toPeerId } = request;
    checkId('roomId', roomId);
    checkId('fromPeerId', fromPeerId);
    if (toPeerId !== undefined) checkId('toPeerId', toPeerId);
    if (!TYPE.test(signal.type)) throw invalid('signal.type', 'must be 1-64 printable characters');
    // The text is what the peers' streams carry, and what the limit is about.
    const data = JSON.stringify({ roomId, fromPeerId, signal });
    const bytes = Buffer.byteLength(data);
    if (bytes > PAYLOAD_BYTES_MAX) throw new RtcError('PAYLOAD_TOO_LARGE', 'the payload is too large');
    this.#peer(roomId, fromPeerId, 'NOT_IN_ROOM');
    const room = this.#rooms.get(roomId) as Room;
    const toPeerIds: string[] = [];
    if (toPeerId !== undefined) {
      if (toPeerId === fromPeerId) throw new RtcError('PEER_NOT_FOUND', 'there is no such peer in the room');
      this.#keep(this.#peer(roomId, toPeerId, 'PEER_NOT_FOUND'), data, bytes + FRAME_BYTES);
      toPeerIds.push(toPeerId);
    } else {
      for (const peer of room.peers.values()) {
        if (peer.peerId === fromPeerId) continue;
        this.#keep(peer, data, bytes + FRAME_BYTES);
        toPeerIds.push(peer.peerId);
      }
    }
    this.emit('signal', { type: 'signal', roomId, fromPeerId, toPeerIds, signal });
    return { listenersNotified: this.listenerCount('signal'), recipients: toPeerIds.length };
  }

  disconnectPeer({ roomId, peerId }: { roomId: string; peerId: string }): object {
    checkId('roomId', roomId);
    checkId('peerId', peerId);
    this.#peer(roomId, peerId, 'PEER_NOT_FOUND');
    const room = this.#rooms.get(roomId) as Room;
    this.#drop(room, peerId, 'left');
    return { roomId, peerId, roomClosed: room.peers.size === 0 };
  }

  #peer(roomId: string, peerId: string, code: string): Peer {
    const room = this.#rooms.get(roomId);
    if (!room) throw new RtcError('ROOM_NOT_FOUND', 'there is no such room');
    const peer = room.peers.get(peerId);
    if (!peer) throw new RtcError(code, 'there is no such peer in the room');
    return peer;
  }

  #keep(peer: Peer, data: string, bytes: number): void {
    peer.seq += 1;
    peer.items.push({ seq: peer.seq, data, bytes });
    peer.bytes += bytes;
    while (peer.items.length > ITEMS_MAX || peer.bytes > BYTES_MAX) peer.bytes -= peer.items.shift()?.bytes ?? 0;
  }

  #sweepRoom(room: Room, now: number): void {
    let next = Infinity;
    for (const peer of room.peers.values()) {
      const deadline = peer.lastSeen + 2 * this.heartbeatIntervalMs;
      if (deadline <= now) this.#drop(room, peer.peerId, 'timeout');
      else next = Math.min(next, deadline);
    }
    room.nextTimeout = next;
  }

  #drop(room: Room, peerId: string, reason: string): void {
    room.peers.delete(peerId);
    this.emit('peer:disconnected', { type: 'peer:disconnected', roomId: room.roomId, peerId, reason });
    if (room.peers.size > 0) return;
    this.#rooms.delete(room.roomId);
    this.emit('room:closed', { type: 'room:closed', roomId: room.roomId });
  }
}
