/** Who else is in the call, with their tracks and state. */
import type { LeaveReason, MediaKind, PeerSummary } from '@rtc-platform/shared';
import { Emitter } from './emitter.js';
import { isSource, type MediaNote } from './envelope.js';
import { defaultSource } from './local-media.js';
import type { CallEvents, NetworkQuality, RemoteTrack, TrackSource, User } from './types.js';

/** What changes about users, as the page is told. */
export type UsersEvents = Pick<
  CallEvents,
  'user-joined' | 'user-left' | 'track-added' | 'track-removed' | 'muted' | 'network-quality'
>;

interface Entry extends PeerSummary {
  tracks: Map<MediaStreamTrack, RemoteTrack>;
  /** By section, as the user's page says; a track keeps the source that it came with. */
  sources: Record<string, TrackSource>;
  muted: Record<MediaKind, boolean>;
  quality: NetworkQuality;
}

/** See the module. Peers come in by `socketId` and go out to the page by `userId`. */
export class Users extends Emitter<UsersEvents> {
  readonly #entries = new Map<string, Entry>();

  /** All of them, in the order in which they came. */
  list(): User[] {
    return [...this.#entries.values()].map((entry) => ({
      userId: entry.userId,
      role: entry.role,
      tracks: [...entry.tracks.values()],
      muted: { ...entry.muted },
      quality: entry.quality,
    }));
  }

  /** The `socketId` of a user who is in the call. */
  peerOf(userId: string): string | undefined {
    for (const { socketId, userId: each } of this.#entries.values()) if (each === userId) return socketId;
    return undefined;
  }

  /** The `userId` of a peer who is in the call. */
  userOf(peer: string): string | undefined {
    return this.#entries.get(peer)?.userId;
  }

  qualityOf(peer: string): NetworkQuality {
    return this.#entries.get(peer)?.quality ?? 'lost';
  }

  handlePeer({ socketId, userId, role }: PeerSummary): void {
    if (this.#entries.has(socketId)) return;
    const muted = { audio: false, video: false };
    this.#entries.set(socketId, { socketId, userId, role, tracks: new Map(), sources: {}, muted, quality: 'good' });
    this.emit('user-joined', { userId, role });
  }

  handlePeerGone(peer: string, reason: LeaveReason): void {
    const entry = this.#entries.get(peer);
    if (!entry) return;
    for (const track of [...entry.tracks.keys()]) this.handleTrackRemoved(peer, track);
    this.#entries.delete(peer);
    this.emit('user-left', { userId: entry.userId, reason });
  }

  /** `source`: as it was announced, else as the user's page said of the section, else the usual one. */
  handleTrack(peer: string, track: MediaStreamTrack, stream: MediaStream, mid: string, source?: string): void {
    const entry = this.#entries.get(peer);
    if (!entry || entry.tracks.has(track)) return;
    const added = { track, stream, source: isSource(source) ? source : (entry.sources[mid] ?? defaultSource(track)) };
    entry.tracks.set(track, added);
    this.emit('track-added', { userId: entry.userId, ...added });
  }

  handleTrackRemoved(peer: string, track: MediaStreamTrack): void {
    const entry = this.#entries.get(peer);
    const removed = entry?.tracks.get(track);
    if (!entry || !removed) return;
    entry.tracks.delete(track);
    this.emit('track-removed', { userId: entry.userId, track, source: removed.source });
  }

  handleNote(peer: string, { sources, muted }: MediaNote): void {
    const entry = this.#entries.get(peer);
    if (!entry) return;
    entry.sources = sources;
    for (const kind of ['audio', 'video'] as const) this.handleMuted(entry.userId, kind, muted.includes(kind));
  }

  handleMuted(userId: string, kind: MediaKind, muted: boolean): void {
    const entry = this.#entries.get(this.peerOf(userId) ?? '');
    if (!entry || entry.muted[kind] === muted) return;
    entry.muted[kind] = muted;
    this.emit('muted', { userId, kind, muted, local: false });
  }

  handleQuality(peer: string, quality: NetworkQuality): void {
    const entry = this.#entries.get(peer);
    if (!entry || entry.quality === quality) return;
    entry.quality = quality;
    this.emit('network-quality', { userId: entry.userId, quality });
  }

  /** The call is over: nobody left, so nobody is told. */
  clear(): void {
    this.#entries.clear();
  }
}
