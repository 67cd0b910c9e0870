/** What the call needs of the way that media takes: from page to page, or through the server. */
import type { OutgoingTrack } from './peer-link.js';

export interface MediaPath {
  /** Somebody is there; `initiator`: this page was there first. */
  handlePeer(peer: string, initiator: boolean): void;
  handlePeerGone(peer: string): void;
  publish(track: OutgoingTrack): void;
  unpublish(track: MediaStreamTrack): void;
  replaceTrack(current: MediaStreamTrack, next: MediaStreamTrack): Promise<void>;
  restartIce(): void;
  /** The browser's figures of what passes between this page and each peer. */
  getStats(): Promise<Map<string, RTCStatsReport>>;
  close(): void;
}
