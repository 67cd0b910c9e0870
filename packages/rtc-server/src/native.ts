/** The addon: crates/bin/rtc-server-node. Its calls take and give plain values; server.ts gives them types. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** JSON: a text, or the length of what a `Writer` has written. */
export type Body = string | number;

/** What is called for every message; crates/bin/rtc-server-node/src/calls.rs. `REFUSED`: ask the class why. */
export interface BareCalls {
  /** Gives the peer's number. `metadata`: JSON; 0: none. */
  connect(now: number, room: string, peer: string, metadata: Body): number;
  /** The same, to the room of another peer. */
  connectBeside(now: number, other: number, peer: string, metadata: Body): number;
  /**
   * Gives for how many peers it is; `STREAMS_READY` beside it: streams have something to read. `type`: see `kindOf`;
   * `to`: or `EVERYBODY`.
   */
  relay(from: number, type: string | number, payload: Body, to: number): number;
  /** Gives 1 where the room was closed with its last peer, else 0. */
  disconnect(peer: number): number;
}

/** What a bare call gives that was refused; nothing has changed then. */
export const REFUSED = -1;
/** See `BareCalls.relay`. */
export const STREAMS_READY = 1 << 16;
/** See `BareCalls.relay`. */
export const EVERYBODY = -1;

/** A signal's type as it crosses: those that are sent most often as numbers, the same as in calls.rs. */
export function kindOf(type: unknown): string | number {
  switch (type) {
    case 'candidate':
      return 3;
    case 'ice':
      return 2;
    case 'answer':
      return 1;
    case 'offer':
      return 0;
    default:
      // What is no text must not be taken for such a number.
      return typeof type === 'string' ? type : REFUSED;
  }
}

/** What the addon exports; the same names as `NativeServer` in crates/bin/rtc-server-node/src/server.rs. */
export interface NativeServer {
  bare(memory: Uint8Array): BareCalls;
  setTime(now: number): void;
  heartbeatIntervalMs(): number;
  iceServers(): string;
  connect(room: string, peer: string, metadata?: string): number;
  forget(peers: number[]): void;
  noteAlive(seen: Float64Array, peers?: number[]): void;
  heartbeat(room: string, peer: string): number;
  relay(room: string, from: string, kind: string, payload: string, to?: string): number;
  disconnect(room: string, peer: string): boolean;
  createRoom(request: string): string;
  closeRoom(room: string): void;
  snapshot(room: string): string;
  rooms(): string[];
  sweep(now: number): string;
  listen(kind: string, wanted: boolean): void;
  takeEvents(): string | null;
  subscribe(room: string, peer: string, lastId?: number): number;
  readyStreams(): number[];
  readStream(stream: number): string;
  readStreamText(stream: number): string;
  closeStream(stream: number): void;
  close(): void;
}

type Addon = { NativeServer: new (options: string) => NativeServer };

function addonName(): string {
  const { platform, arch } = process;
  if (platform !== 'linux') return `rtc-server.${platform}-${arch}.node`;
  const { header } = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
  return `rtc-server.linux-${arch}-${header.glibcVersionRuntime ? 'gnu' : 'musl'}.node`;
}

function load(): Addon {
  const name = addonName();
  try {
    return createRequire(__filename)(join(__dirname, '../native', name)) as Addon;
  } catch (cause) {
    throw new Error(`@rtc-platform/rtc-server has no addon for this machine (${name} cannot be loaded)`, { cause });
  }
}

export const { NativeServer } = load();
