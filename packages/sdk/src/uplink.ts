/** The connection on which this page sends to the media server: it offers, the server answers. */
import type { SentTrack } from '@rtc-platform/shared';
import { Emitter } from './emitter.js';
import { encodingsOf, preferVp8 } from './encodings.js';
import { CallError } from './errors.js';
import { watchIce } from './ice-watch.js';
import type { OutgoingTrack } from './peer-link.js';
import { Steps } from './steps.js';
import type { TrackSource } from './types.js';

export interface UplinkEvents {
  offer: { sdp: string; tracks: SentTrack[] };
  alive: boolean;
  error: CallError;
}

interface Sent {
  readonly transceiver: RTCRtpTransceiver;
  readonly source: TrackSource;
}

/** See the module. */
export class Uplink extends Emitter<UplinkEvents> {
  readonly #connection: RTCPeerConnection;
  readonly #sent = new Map<MediaStreamTrack, Sent>();
  readonly #steps = new Steps((error) => this.emit('error', error));
  readonly #unwatch: () => void;

  constructor(connection: RTCPeerConnection) {
    super();
    this.#connection = connection;
    connection.onnegotiationneeded = () => this.#steps.push(() => this.#offer());
    this.#unwatch = watchIce(connection, {
      restart: () => this.restartIce(),
      alive: (alive) => this.emit('alive', alive),
      failed: () => this.emit('error', new CallError('ICE_FAILED', 'No network path to the media server was found.')),
    });
  }

  /** Whether the server knows of this connection. */
  get answered(): boolean {
    return this.#connection.remoteDescription !== null;
  }

  publish(added: OutgoingTrack): void {
    const { track, stream, source } = added;
    const init: RTCRtpTransceiverInit = { direction: 'sendonly', streams: [stream] };
    const sendEncodings = encodingsOf(added);
    if (sendEncodings) init.sendEncodings = sendEncodings;
    const transceiver = this.#connection.addTransceiver(track, init);
    if (track.kind === 'video') preferVp8(transceiver);
    this.#sent.set(track, { transceiver, source });
  }

  /** A stopped section is used again by the next track, so sharing a screen again and again adds none. */
  unpublish(track: MediaStreamTrack): void {
    this.#sent.get(track)?.transceiver.stop();
    this.#sent.delete(track);
  }

  async replaceTrack(current: MediaStreamTrack, next: MediaStreamTrack): Promise<void> {
    const sent = this.#sent.get(current);
    if (!sent) return;
    this.#sent.delete(current);
    this.#sent.set(next, sent);
    await sent.transceiver.sender.replaceTrack(next);
  }

  handleAnswer(sdp: string): void {
    this.#steps.push(async () => {
      if (this.#connection.signalingState !== 'have-local-offer') return;
      await this.#connection.setRemoteDescription({ type: 'answer', sdp });
    });
  }

  /** Stops sending the sizes that nobody looks at. */
  handleLayers(mid: string, layers: readonly number[]): void {
    this.#steps.push(async () => {
      const sender = [...this.#sent.values()].find(({ transceiver }) => transceiver.mid === mid)?.transceiver.sender;
      if (sender?.track?.kind !== 'video') return;
      const parameters = sender.getParameters();
      parameters.encodings.forEach((encoding, layer) => {
        encoding.active = parameters.encodings.length > 1 ? layers.includes(layer) : layers.length > 0;
      });
      // Where the browser cannot now, more is sent than is needed.
      await sender.setParameters(parameters).catch(() => undefined);
    });
  }

  restartIce(): void {
    if (this.answered) this.#connection.restartIce();
  }

  getStats(): Promise<RTCStatsReport> {
    return this.#connection.getStats();
  }

  close(): void {
    this.#steps.stop();
    this.#unwatch();
    this.#connection.onnegotiationneeded = null;
    this.#connection.close();
  }

  async #offer(): Promise<void> {
    // Where this is skipped, the browser asks again once the connection is stable.
    if (this.#connection.signalingState !== 'stable') return;
    await this.#connection.setLocalDescription();
    const tracks: SentTrack[] = [];
    for (const { transceiver, source } of this.#sent.values()) {
      if (transceiver.mid !== null) tracks.push({ mid: transceiver.mid, source });
    }
    this.emit('offer', { sdp: this.#connection.localDescription?.sdp ?? '', tracks });
  }
}
