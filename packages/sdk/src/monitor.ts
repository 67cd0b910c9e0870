/** Looks at the links each second while somebody wants to know, and says how they do and who speaks. */
import { Emitter } from './emitter.js';
import { lossBetween, qualityOf, sampleOf, type Sample } from './measure.js';
import type { NetworkQuality } from './types.js';

const INTERVAL_MS = 1_000;
/** Below this loudness (0 to 1) nobody speaks: breath and room noise stay under it. */
const SPEECH_LEVEL_MIN = 0.02;

/** The figures of one link. */
export interface LinkFigures {
  roundTripTimeMs: number | null;
  packetLoss: number;
  quality: NetworkQuality;
  report: RTCStatsReport;
}

export interface MonitorEvents {
  quality: { peer: string; quality: NetworkQuality };
  /** A peer, `local`, or null: nobody. */
  speaker: string | null;
}

/** See the module. */
export class Monitor extends Emitter<MonitorEvents> {
  readonly #read: () => Promise<Map<string, RTCStatsReport>>;
  readonly #wanted: () => boolean;
  readonly #samples = new Map<string, Sample>();
  readonly #dead = new Set<string>();
  #speaker: string | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** `read` gives the reports by peer; while `wanted` is false nothing is read. */
  constructor(read: () => Promise<Map<string, RTCStatsReport>>, wanted: () => boolean) {
    super();
    this.#read = read;
    this.#wanted = wanted;
  }

  start(): void {
    this.#timer ??= setInterval(() => {
      if (this.#wanted()) void this.measure();
    }, INTERVAL_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#speaker = null;
    this.#samples.clear();
    this.#dead.clear();
  }

  /** A link lost its path, or has it again. */
  handleAlive(peer: string, alive: boolean): void {
    if (alive) this.#dead.delete(peer);
    else this.#dead.add(peer);
    this.emit('quality', { peer, quality: alive ? 'good' : 'lost' });
  }

  handlePeerGone(peer: string): void {
    this.#samples.delete(peer);
    this.#dead.delete(peer);
  }

  /** Looks now. */
  async measure(): Promise<Map<string, LinkFigures>> {
    const figures = new Map<string, LinkFigures>();
    const levels: [string, number][] = [];
    for (const [peer, report] of await this.#read()) {
      const sample = sampleOf(report);
      const packetLoss = lossBetween(this.#samples.get(peer), sample);
      this.#samples.set(peer, sample);
      const { roundTripTimeMs } = sample;
      const worst = Math.max(packetLoss, sample.outgoingLoss);
      const quality = this.#dead.has(peer) ? 'lost' : qualityOf(roundTripTimeMs, worst);
      figures.set(peer, { roundTripTimeMs, packetLoss, quality, report });
      levels.push([peer, sample.remoteLevel], ['local', sample.localLevel]);
      this.emit('quality', { peer, quality });
    }
    if (this.#timer !== undefined) this.#judgeSpeaker(levels);
    return figures;
  }

  #judgeSpeaker(levels: [string, number][]): void {
    const [peer, level] = levels.reduce((loudest, each) => (each[1] > loudest[1] ? each : loudest), ['', 0]);
    const speaker = level >= SPEECH_LEVEL_MIN ? peer : null;
    if (speaker === this.#speaker) return;
    this.#speaker = speaker;
    this.emit('speaker', speaker);
  }
}
