/** Media of a room that goes through the server: one connection to send, made with the first track, one to receive. */
import type { ClientMessage, IceServer, ReceivedTrack, View } from '@rtc-platform/shared';
import { Downlink } from './downlink.js';
import { Emitter } from './emitter.js';
import { wrapNote } from './envelope.js';
import type { CallError } from './errors.js';
import type { LocalMedia } from './local-media.js';
import type { MediaPath } from './media-path.js';
import type { OutgoingTrack } from './peer-link.js';
import { dropOrphanFeedback } from './sdp.js';
import type { MediaMessage } from './signaling-socket.js';
import { Uplink } from './uplink.js';
import { Views, type Size } from './views.js';

/** After this an offer is made again that the media server could not take at the moment. */
const RETRY_MS = 1_000;
/** Sizes that one message may tell. */
const VIEWS_MAX = 64;

export interface SfuEvents {
  send: ClientMessage;
  track: { peer: string; track: MediaStreamTrack; stream: MediaStream; source: string };
  'track-removed': { peer: string; track: MediaStreamTrack };
  /** Whether media can flow at present. */
  alive: boolean;
  error: CallError;
}

/** See the module. Peers are named by their `socketId`. */
export class Sfu extends Emitter<SfuEvents> implements MediaPath {
  readonly #media: LocalMedia;
  readonly #configuration: RTCConfiguration;
  readonly #peers = new Set<string>();
  /** By section of the downlink. */
  #tracks = new Map<string, ReceivedTrack>();
  #up: Uplink | undefined;
  #down: Downlink | undefined;
  /** Names the server's connection that the downlink belongs to. */
  #downId: string | undefined;
  #offer: Extract<ClientMessage, { target: 'publish'; rev: number }> | undefined;
  #rev = 0;
  #capabilities: string | undefined;
  #closed = false;
  readonly #toldSizes = new Map<string, string>();
  readonly #views = new Views(
    () => this.#down?.tracks.values() ?? [],
    (sizes) => this.#tellSizes(sizes),
  );

  constructor(media: LocalMedia, iceServers: IceServer[]) {
    super();
    this.#media = media;
    this.#configuration = { iceServers, bundlePolicy: 'max-bundle' };
  }

  /** Begins to receive, and to send what is published. */
  start(): void {
    void this.#subscribe();
    for (const track of this.#media.tracks) this.publish(track);
  }

  /** Somebody is there. `initiator`: this page was first, and tells what the newcomer cannot know. */
  handlePeer(peer: string, initiator: boolean): void {
    this.#peers.add(peer);
    const muted = (['audio', 'video'] as const).filter((kind) => this.#media.isMuted(kind));
    if (initiator && muted.length) {
      this.emit('send', { type: 'data', payload: wrapNote({ sources: {}, muted }), to: peer });
    }
  }

  handlePeerGone(peer: string): void {
    this.#peers.delete(peer);
  }

  handle(message: MediaMessage): void {
    if (message.type === 'tracks') {
      this.#tracks = new Map(message.tracks.map((track) => [track.mid, track]));
    } else if (message.type === 'offer') {
      this.#handleOffer(message.rev, dropOrphanFeedback(message.sdp));
    } else if (message.type === 'answer') {
      if (message.rev === this.#rev) this.#offer = undefined;
      if (message.rev === this.#rev) this.#up?.handleAnswer(message.sdp);
    } else if (message.type === 'layers') {
      this.#up?.handleLayers(message.mid, message.layers);
    } else if (message.type === 'reset') {
      if (message.target === 'subscribe') this.#closeDownlink();
      // One that the server does not know yet is not the one that is gone.
      else if (this.#up?.answered) this.#rebuildUplink();
    }
  }

  /** The seat was taken again. `lost`: messages of this page did not arrive. */
  handleResumed(lost: boolean): void {
    if (this.#offer) this.emit('send', this.#offer);
    if (lost && this.#capabilities) this.emit('send', { type: 'subscribe', sdp: this.#capabilities });
    if (lost) this.#toldSizes.clear();
    this.#views.schedule();
  }

  /** The server refused a message. */
  handleRefused(code: string): void {
    if (code !== 'UNAVAILABLE') return;
    setTimeout(() => {
      if (this.#offer && !this.#closed) this.emit('send', this.#offer);
    }, RETRY_MS);
  }

  publish(track: OutgoingTrack): void {
    (this.#up ??= this.#openUplink()).publish(track);
  }

  unpublish(track: MediaStreamTrack): void {
    this.#up?.unpublish(track);
  }

  async replaceTrack(current: MediaStreamTrack, next: MediaStreamTrack): Promise<void> {
    await this.#up?.replaceTrack(current, next);
  }

  observe(element: HTMLVideoElement): void {
    this.#views.observe(element);
  }

  restartIce(): void {
    this.#up?.restartIce();
    if (this.#down) this.emit('send', { type: 'restart', target: 'subscribe' });
  }

  /** The browser's figures of what comes from each peer, and of what is sent. */
  async getStats(): Promise<Map<string, RTCStatsReport>> {
    const [down, up] = await Promise.all([this.#down, this.#up].map((link) => link?.getStats().catch(() => undefined)));
    const reports = new Map<string, RTCStatsReport>();
    for (const peer of this.#peers) {
      const report = new Map<string, { type: string; mid?: string }>();
      up?.forEach((entry, id) => report.set(`up-${id}`, entry));
      down?.forEach((entry, id) => {
        const others = entry.type === 'inbound-rtp' && this.#tracks.get(entry.mid)?.socketId !== peer;
        if (!others) report.set(id, entry);
      });
      reports.set(peer, report as unknown as RTCStatsReport);
    }
    return reports;
  }

  close(): void {
    this.#closed = true;
    this.#views.stop();
    this.#up?.close();
    this.#down?.close();
  }

  /** What this browser can receive is what it would offer to receive. */
  async #subscribe(): Promise<void> {
    const probe = new RTCPeerConnection();
    for (const kind of ['audio', 'video']) probe.addTransceiver(kind, { direction: 'recvonly' });
    const { sdp = '' } = await probe.createOffer();
    probe.close();
    this.#capabilities = sdp;
    if (!this.#closed) this.emit('send', { type: 'subscribe', sdp });
  }

  #openUplink(): Uplink {
    const up = new Uplink(new RTCPeerConnection(this.#configuration));
    up.on('offer', ({ sdp, tracks }) => {
      this.#offer = { type: 'offer', target: 'publish', rev: ++this.#rev, sdp, tracks };
      this.emit('send', this.#offer);
    });
    up.on('alive', (alive) => this.emit('alive', alive));
    up.on('error', (error) => this.emit('error', error));
    return up;
  }

  #rebuildUplink(): void {
    this.#up?.close();
    this.#up = this.#offer = undefined;
    for (const track of this.#media.tracks) this.publish(track);
  }

  #handleOffer(rev: number, sdp: string): void {
    const id = /^o=\S+ (\S+)/m.exec(sdp)?.[1];
    if (id !== this.#downId) this.#closeDownlink();
    this.#downId = id;
    (this.#down ??= this.#openDownlink()).handleOffer(rev, sdp);
  }

  #openDownlink(): Downlink {
    const down = new Downlink(new RTCPeerConnection(this.#configuration));
    down.on('answer', ({ rev, sdp }) => this.emit('send', { type: 'answer', target: 'subscribe', rev, sdp }));
    down.on('track', ({ track, stream, mid }) => {
      const { socketId: peer = '', source = '' } = this.#tracks.get(mid) ?? {};
      this.emit('track', { peer, track, stream, source });
      this.#views.schedule();
    });
    down.on('track-removed', ({ track, mid }) => {
      this.#toldSizes.delete(mid);
      for (const peer of this.#peers) this.emit('track-removed', { peer, track });
    });
    down.on('restart', () => this.emit('send', { type: 'restart', target: 'subscribe' }));
    down.on('alive', (alive) => this.emit('alive', alive));
    down.on('error', (error) => this.emit('error', error));
    return down;
  }

  #closeDownlink(): void {
    this.#down?.close();
    this.#down = undefined;
  }

  #tellSizes(sizes: ReadonlyMap<MediaStreamTrack, Size>): void {
    const views: View[] = [];
    for (const [mid, track] of this.#down?.tracks ?? []) {
      const [width, height] = sizes.get(track) ?? [];
      if (width === undefined || height === undefined || this.#toldSizes.get(mid) === `${width}x${height}`) continue;
      this.#toldSizes.set(mid, `${width}x${height}`);
      views.push({ mid, width, height });
    }
    while (views.length) this.emit('send', { type: 'view', views: views.splice(0, VIEWS_MAX) });
  }
}
