/** One stay in one room: wires signaling, media, users and measurement together. */
import type { ClientMessage, IceServer, JoinedMessage, MediaKind } from '@rtc-platform/shared';
import { Emitter } from './emitter.js';
import { isNote, readNote } from './envelope.js';
import { CallError } from './errors.js';
import type { LocalMedia } from './local-media.js';
import type { MediaPath } from './media-path.js';
import { Mesh } from './mesh.js';
import { Monitor } from './monitor.js';
import { watchNetwork } from './network-watch.js';
import { toDescription } from './sdp.js';
import { Sfu } from './sfu.js';
import { SignalingSocket, type MediaMessage, type RoomMessage, type Seat } from './signaling-socket.js';
import type { CallEvents, NetworkQuality, UserStats } from './types.js';
import type { Users } from './users.js';

export interface SessionEvents extends Pick<CallEvents, 'data' | 'muted' | 'active-speaker' | 'network-quality'> {
  joined: JoinedMessage;
  dropped: undefined;
  /** Something that the call survives. */
  problem: CallError;
  /** Null: left on purpose. */
  ended: CallError | null;
}

/** What the server's 1 (poor) to 5 (excellent) mean to the user. */
const GRADES: readonly (NetworkQuality | undefined)[] = [undefined, 'poor', 'poor', 'ok', 'good', 'good'];

/** See the module. */
export class Session extends Emitter<SessionEvents> {
  readonly #media: LocalMedia;
  readonly #users: Users;
  readonly #socket: SignalingSocket;
  readonly #monitor: Monitor;
  readonly #unwatch: () => void;
  #mesh: Mesh | undefined;
  #sfu: Sfu | undefined;
  #quality: NetworkQuality = 'good';
  #me: JoinedMessage | undefined;

  /** `measuring` says whether anybody wants to know how the links do. */
  constructor(seat: Seat, media: LocalMedia, users: Users, measuring: () => boolean) {
    super();
    this.#media = media;
    this.#users = users;
    this.#socket = new SignalingSocket(seat);
    this.#monitor = new Monitor(async () => this.path?.getStats() ?? new Map(), measuring);
    this.#unwatch = watchNetwork(
      () => this.#handleNetworkChange(),
      () => this.leave(),
    );
    this.#wireSocket();
    this.#wireMonitor();
  }

  /** Who this page is, once it is in the room. */
  get me(): JoinedMessage | undefined {
    return this.#me;
  }

  /** How media travels, once this page is in the room. */
  get path(): MediaPath | undefined {
    return this.#mesh ?? this.#sfu;
  }

  /** Of this page's way to the media server. */
  get quality(): NetworkQuality {
    return this.#quality;
  }

  observe(element: HTMLVideoElement): void {
    this.#sfu?.observe(element);
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
    this.#socket.on('media', (message) => this.#handleMediaMessage(message));
    this.#socket.on('dropped', () => this.emit('dropped', undefined));
    this.#socket.on('ended', (error) => this.#handleEnded(error));
    this.#socket.on('refused', ({ code, message }) => {
      this.#sfu?.handleRefused(code);
      // A message to somebody who is just leaving: their peer-left is on its way.
      if (code !== 'PEER_NOT_FOUND') this.emit('problem', new CallError(code, message));
    });
  }

  #wireMonitor(): void {
    this.#monitor.on('quality', ({ peer, quality }) => {
      // The server knows better how each user's way to it does.
      if (this.#mesh) this.#users.handleQuality(peer, quality);
    });
    this.#monitor.on('speaker', (speaker) => {
      const userId = speaker === 'local' ? this.#me?.userId : this.#users.userOf(speaker ?? '');
      this.emit('active-speaker', { userId: userId ?? null });
    });
  }

  #openMesh(iceServers: IceServer[]): void {
    const mesh = (this.#mesh = new Mesh(this.#media, iceServers));
    mesh.on('send', (message) => this.send(message));
    mesh.on('track', ({ peer, track, stream, mid }) => this.#users.handleTrack(peer, track, stream, mid));
    mesh.on('track-removed', ({ peer, track }) => this.#users.handleTrackRemoved(peer, track));
    mesh.on('alive', ({ peer, alive }) => this.#monitor.handleAlive(peer, alive));
    mesh.on('error', (error) => this.emit('problem', error));
    this.#monitor.start();
  }

  #openSfu(iceServers: IceServer[]): void {
    const sfu = (this.#sfu = new Sfu(this.#media, iceServers));
    sfu.on('send', (message) => this.send(message));
    sfu.on('track', ({ peer, track, stream, source }) => this.#users.handleTrack(peer, track, stream, '', source));
    sfu.on('track-removed', ({ peer, track }) => this.#users.handleTrackRemoved(peer, track));
    sfu.on('alive', (alive) => this.#handleQuality(this.#me?.userId ?? '', alive ? 'good' : 'lost'));
    sfu.on('error', (error) => this.emit('problem', error));
  }

  #handleJoined(joined: JoinedMessage & { overflowed: boolean }): void {
    this.#me = joined;
    if (!this.path) {
      if (joined.topology === 'sfu') this.#openSfu(joined.iceServers);
      else this.#openMesh(joined.iceServers);
    }
    this.emit('joined', joined);
    if (!joined.resumed) this.#begin(joined);
    else this.#sfu?.handleResumed(joined.overflowed);
    // Missed descriptions were lost on the way out: agree anew.
    if (joined.overflowed) this.path?.restartIce();
  }

  /** A new seat: who is there will make the offers. */
  #begin({ peers }: JoinedMessage): void {
    for (const peer of peers) {
      this.#users.handlePeer(peer);
      this.path?.handlePeer(peer.socketId, false);
    }
    for (const kind of ['audio', 'video'] as const) {
      if (this.#media.isMuted(kind)) this.send({ type: 'mute', kind, muted: true });
    }
    this.#sfu?.start();
  }

  #handleMediaMessage(message: MediaMessage): void {
    if (message.type === 'active-speaker') this.emit('active-speaker', { userId: message.userId });
    else if (message.type !== 'network-quality') this.#sfu?.handle(message);
    else this.#handleQuality(message.userId, GRADES[message.quality] ?? 'good');
  }

  #handleQuality(userId: string, quality: NetworkQuality): void {
    if (userId !== this.#me?.userId) return this.#users.handleQuality(this.#users.peerOf(userId) ?? '', quality);
    if (quality === this.#quality) return;
    this.#quality = quality;
    this.emit('network-quality', { userId, quality });
  }

  #handleMessage(message: RoomMessage): void {
    switch (message.type) {
      case 'peer-joined':
        this.#users.handlePeer(message);
        return this.path?.handlePeer(message.socketId, message.isInitiator);
      case 'peer-left':
        this.path?.handlePeerGone(message.socketId);
        this.#monitor.handlePeerGone(message.socketId);
        return this.#users.handlePeerGone(message.socketId, message.reason);
      case 'offer':
      case 'answer':
        return this.#mesh?.handleDescription(message.from, toDescription(message.type, message.sdp));
      case 'ice':
        return this.#mesh?.handleCandidate(message.from, message.candidate);
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
    this.path?.restartIce();
  }

  #handleEnded(error: CallError | null): void {
    this.#unwatch();
    this.#monitor.stop();
    this.path?.close();
    this.emit('ended', error);
  }
}
