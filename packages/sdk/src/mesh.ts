/** Media of a peer-to-peer room: one link to each other page, all sending the same tracks. */
import type { ClientMessage, IceServer } from '@rtc-platform/shared';
import { Emitter } from './emitter.js';
import { wrapNote, type MediaNote } from './envelope.js';
import type { CallError } from './errors.js';
import { defaultSource, type LocalMedia } from './local-media.js';
import type { MediaPath } from './media-path.js';
import { PeerLink, type OutgoingTrack } from './peer-link.js';

/** A message for the other page at `to`. */
export type PeerMessage = Exclude<
  Extract<ClientMessage, { type: 'offer' | 'answer' | 'ice' | 'data' }>,
  { target: string }
> & { to: string };

export interface MeshEvents {
  send: PeerMessage;
  track: { peer: string; track: MediaStreamTrack; stream: MediaStream; mid: string };
  'track-removed': { peer: string; track: MediaStreamTrack };
  alive: { peer: string; alive: boolean };
  error: CallError;
}

interface Entry {
  readonly link: PeerLink;
  /** The note that the other page has, as text. */
  note: string;
}

const NO_NOTE = JSON.stringify({ sources: {}, muted: [] } satisfies MediaNote);

/** See the module. Peers are named by their `socketId`. */
export class Mesh extends Emitter<MeshEvents> implements MediaPath {
  readonly #media: LocalMedia;
  readonly #entries = new Map<string, Entry>();
  readonly #iceServers: IceServer[];

  constructor(media: LocalMedia, iceServers: IceServer[]) {
    super();
    this.#media = media;
    this.#iceServers = iceServers;
  }

  /** Somebody is there. `initiator`: this page makes the first offer. */
  handlePeer(peer: string, initiator: boolean): void {
    if (this.#entries.has(peer)) return;
    const link = new PeerLink(new RTCPeerConnection({ iceServers: this.#iceServers }), initiator);
    this.#entries.set(peer, { link, note: NO_NOTE });
    link.on('description', (sdp) => {
      // Sections have their ids by now, and the note must be there before the tracks are.
      this.#sendNote(peer);
      this.emit('send', { type: sdp.type === 'offer' ? 'offer' : 'answer', sdp, to: peer });
    });
    link.on('candidate', (candidate) => this.emit('send', { type: 'ice', candidate, to: peer }));
    link.on('track', (data) => this.emit('track', { peer, ...data }));
    link.on('track-removed', (track) => this.emit('track-removed', { peer, track }));
    link.on('alive', (alive) => this.emit('alive', { peer, alive }));
    link.on('error', (error) => this.emit('error', error));
    link.start(this.#media.tracks);
  }

  handlePeerGone(peer: string): void {
    this.#entries.get(peer)?.link.close();
    this.#entries.delete(peer);
  }

  handleDescription(peer: string, description: RTCSessionDescriptionInit): void {
    this.#entries.get(peer)?.link.handleDescription(description);
  }

  handleCandidate(peer: string, candidate: RTCIceCandidateInit | null): void {
    this.#entries.get(peer)?.link.handleCandidate(candidate);
  }

  publish(track: OutgoingTrack): void {
    for (const { link } of this.#entries.values()) link.addTrack(track);
  }

  unpublish(track: MediaStreamTrack): void {
    for (const { link } of this.#entries.values()) link.removeTrack(track);
  }

  async replaceTrack(current: MediaStreamTrack, next: MediaStreamTrack): Promise<void> {
    await Promise.all([...this.#entries.values()].map(({ link }) => link.replaceTrack(current, next)));
  }

  /** Seeks all paths anew. */
  restartIce(): void {
    for (const { link } of this.#entries.values()) link.restartIce();
  }

  /** The browser's figures of each link; one that closes meanwhile is left out. */
  async getStats(): Promise<Map<string, RTCStatsReport>> {
    const reports = new Map<string, RTCStatsReport>();
    for (const [peer, { link }] of this.#entries) {
      const report = await link.getStats().catch(() => undefined);
      if (report && this.#entries.has(peer)) reports.set(peer, report);
    }
    return reports;
  }

  close(): void {
    for (const peer of [...this.#entries.keys()]) this.handlePeerGone(peer);
  }

  #sendNote(peer: string): void {
    const entry = this.#entries.get(peer);
    if (!entry) return;
    const note: MediaNote = { sources: {}, muted: [] };
    for (const { track, source } of this.#media.tracks) {
      const mid = entry.link.midOf(track);
      if (mid !== null && source !== defaultSource(track)) note.sources[mid] = source;
    }
    for (const kind of ['audio', 'video'] as const) if (this.#media.isMuted(kind)) note.muted.push(kind);
    const text = JSON.stringify(note);
    if (text === entry.note) return;
    entry.note = text;
    this.emit('send', { type: 'data', payload: wrapNote(note), to: peer });
  }
}
