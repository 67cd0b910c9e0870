/** One stay in one room: wires signaling, media, users and measurement together. */
import type { ClientMessage, JoinedMessage, MediaKind } from '@rtc-platform/shared';
import { Emitter } from './emitter.js';
import { isNote, readNote } from './envelope.js';
import { CallError } from './errors.js';
import type { LocalMedia } from './local-media.js';
import { Mesh } from './mesh.js';
import { Monitor } from './monitor.js';
import { watchNetwork } from './network-watch.js';
import { toDescription } from './sdp.js';
import { SignalingSocket, type RoomMessage, type Seat } from './signaling-socket.js';
import type { CallEvents, UserStats } from './types.js';
import type { Users } from './users.js';

export interface SessionEvents extends Pick<CallEvents, 'data' | 'muted' | 'active-speaker'> {
  joined: JoinedMessage;
  dropped: undefined;
  /** Something that the call survives. */
  problem: CallError;
  /** Null: left on purpose. */
  ended: CallError | null;
}

/** See the module. */
export class Session extends Emitter<SessionEvents> {
  readonly #media: LocalMedia;
  readonly #users: Users;
  readonly #socket: SignalingSocket;
  readonly #monitor: Monitor;
  readonly #unwatch: () => void;
  readonly mesh: Mesh;
  #me: JoinedMessage | undefined;

  /** `measuring` says whether anybody wants to know how the links do. */
  constructor(seat: Seat, media: LocalMedia, users: Users, measuring: () => boolean) {
    super();
    this.#media = media;
    this.#users = users;
    this.#socket = new SignalingSocket(seat);
    this.mesh = new Mesh(media);
    this.#monitor = new Monitor(() => this.mesh.getStats(), measuring);
    this.#unwatch = watchNetwork(
      () => this.#handleNetworkChange(),
      () => this.leave(),
    );
    this.#wireSocket();
    this.#wireMedia();
  }

  /** Who this page is, once it is in the room. */
  get me(): JoinedMessage | undefined {
    return this.#me;
  }

  /** Whether more messages wait than are kept. */
  get congested(): boolean {
    return this.#socket.congested;
  }

  connect(): void {
    this.#socket.connect();
  }

  send(message: ClientMessage): void {
    this.#socket.send(message);
  }

  leave(): void {
    this.#socket.leave();
  }

  /** The figures of each link, measured now. */
  async getStats(): Promise<UserStats[]> {
    const stats: UserStats[] = [];
    for (const [peer, figures] of await this.#monitor.measure()) {
      const userId = this.#users.userOf(peer);
      if (userId !== undefined) stats.push({ userId, ...figures });
    }
    return stats;
  }

  #wireSocket(): void {
    this.#socket.on('joined', (joined) => this.#handleJoined(joined));
    this.#socket.on('message', (message) => this.#handleMessage(message));
    this.#socket.on('dropped', () => this.emit('dropped', undefined));
    this.#socket.on('ended', (error) => this.#handleEnded(error));
    this.#socket.on('refused', ({ code, message }) => {
      // A message to somebody who is just leaving: their peer-left is on its way.
      if (code !== 'PEER_NOT_FOUND') this.emit('problem', new CallError(code, message));
    });
  }

  #wireMedia(): void {
    const { mesh } = this;
    mesh.on('send', (message) => this.send(message));
    mesh.on('track', ({ peer, track, stream, mid }) => this.#users.handleTrack(peer, track, stream, mid));
    mesh.on('track-removed', ({ peer, track }) => this.#users.handleTrackRemoved(peer, track));
    mesh.on('alive', ({ peer, alive }) => this.#monitor.handleAlive(peer, alive));
    mesh.on('error', (error) => this.emit('problem', error));
    this.#monitor.on('quality', ({ peer, quality }) => this.#users.handleQuality(peer, quality));
    this.#monitor.on('speaker', (speaker) => {
      const userId = speaker === 'local' ? this.#me?.userId : this.#users.userOf(speaker ?? '');
      this.emit('active-speaker', { userId: userId ?? null });
    });
  }

  #handleJoined(joined: JoinedMessage & { overflowed: boolean }): void {
    if (joined.topology === 'sfu') {
      const text = 'The room sends media through the server, which this version cannot do: make it a p2p room.';
      return this.#socket.leave(new CallError('INVALID_CONFIG', text, true));
    }
    this.#me = joined;
    this.mesh.handleIceServers(joined.iceServers);
    this.emit('joined', joined);
    if (!joined.resumed) this.#begin(joined);
    // Missed descriptions were lost on the way out: agree anew.
    if (joined.overflowed) this.mesh.restartIce();
  }

  /** A new seat: who is there will make the offers. */
  #begin({ peers }: JoinedMessage): void {
    for (const peer of peers) {
      this.#users.handlePeer(peer);
      this.mesh.handlePeer(peer.socketId, false);
    }
    for (const kind of ['audio', 'video'] as const) {
      if (this.#media.isMuted(kind)) this.send({ type: 'mute', kind, muted: true });
    }
    this.#monitor.start();
  }

  #handleMessage(message: RoomMessage): void {
    switch (message.type) {
      case 'peer-joined':
        this.#users.handlePeer(message);
        return this.mesh.handlePeer(message.socketId, message.isInitiator);
      case 'peer-left':
        this.mesh.handlePeerGone(message.socketId);
        this.#monitor.handlePeerGone(message.socketId);
        return this.#users.handlePeerGone(message.socketId, message.reason);
      case 'offer':
      case 'answer':
        return this.mesh.handleDescription(message.from, toDescription(message.type, message.sdp));
      case 'ice':
        return this.mesh.handleCandidate(message.from, message.candidate);
      case 'data':
        if (isNote(message.payload)) return this.#users.handleNote(message.from, readNote(message.payload));
        return this.emit('data', { userId: message.userId, data: message.payload });
      case 'mute':
        return this.#handleMute(message.userId, message.kind, message.muted);
    }
  }

  #handleMute(userId: string, kind: MediaKind, muted: boolean): void {
    if (userId !== this.#me?.userId) return this.#users.handleMuted(userId, kind, muted);
    const before = this.#media.isMuted(kind);
    this.#media.setMutedByHost(kind, muted);
    const now = this.#media.isMuted(kind);
    // A host's unmute does not open what the user muted: the others are told that it stays so.
    if (now !== muted) this.send({ type: 'mute', kind, muted: now });
    if (now !== before) this.emit('muted', { userId, kind, muted: now, local: true });
  }

  #handleNetworkChange(): void {
    this.#socket.handleNetworkChange();
    this.mesh.restartIce();
  }

  #handleEnded(error: CallError | null): void {
    this.#unwatch();
    this.#monitor.stop();
    this.mesh.close();
    this.emit('ended', error);
  }
}
