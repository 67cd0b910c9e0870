/** The connection on which this page receives from the media server: it offers, this page answers. */
import { Emitter } from './emitter.js';
import { CallError } from './errors.js';
import { watchIce } from './ice-watch.js';
import { Steps } from './steps.js';

export interface DownlinkEvents {
  answer: { rev: number; sdp: string };
  track: { track: MediaStreamTrack; stream: MediaStream; mid: string };
  'track-removed': { track: MediaStreamTrack; mid: string };
  /** The path is broken: the server is to offer another one. */
  restart: undefined;
  alive: boolean;
  error: CallError;
}

/** See the module. */
export class Downlink extends Emitter<DownlinkEvents> {
  readonly #connection: RTCPeerConnection;
  /** By section. */
  readonly #received = new Map<string, MediaStreamTrack>();
  readonly #steps = new Steps((error) => this.emit('error', error));
  readonly #unwatch: () => void;
  #answered: DownlinkEvents['answer'] = { rev: 0, sdp: '' };

  constructor(connection: RTCPeerConnection) {
    super();
    this.#connection = connection;
    connection.ontrack = ({ track, streams, transceiver }) => {
      const mid = transceiver.mid ?? '';
      this.#received.set(mid, track);
      this.emit('track', { track, stream: streams[0] ?? new MediaStream([track]), mid });
    };
    this.#unwatch = watchIce(connection, {
      restart: () => this.emit('restart', undefined),
      alive: (alive) => this.emit('alive', alive),
      failed: () => this.emit('error', new CallError('ICE_FAILED', 'No network path from the media server was found.')),
    });
  }

  /** The tracks that arrive now, with their sections. */
  get tracks(): ReadonlyMap<string, MediaStreamTrack> {
    return this.#received;
  }

  /** Of an offer that comes again, the answer goes again. */
  handleOffer(rev: number, sdp: string): void {
    this.#steps.push(async () => {
      if (rev > this.#answered.rev) {
        await this.#connection.setRemoteDescription({ type: 'offer', sdp });
        await this.#connection.setLocalDescription();
        this.#answered = { rev, sdp: this.#connection.localDescription?.sdp ?? '' };
        this.#removeEnded();
      }
      if (rev === this.#answered.rev) this.emit('answer', this.#answered);
    });
  }

  getStats(): Promise<RTCStatsReport> {
    return this.#connection.getStats();
  }

  close(): void {
    this.#steps.stop();
    this.#unwatch();
    this.#connection.ontrack = null;
    this.#connection.close();
    for (const mid of [...this.#received.keys()]) this.#remove(mid);
  }

  #removeEnded(): void {
    const live = new Set<string | null>();
    for (const { mid, currentDirection } of this.#connection.getTransceivers()) {
      if (currentDirection === 'recvonly') live.add(mid);
    }
    for (const mid of [...this.#received.keys()]) if (!live.has(mid)) this.#remove(mid);
  }

  #remove(mid: string): void {
    const track = this.#received.get(mid);
    this.#received.delete(mid);
    if (track) this.emit('track-removed', { track, mid });
  }
}
