/** The addon: crates/bin/rtc-server-node. Its calls take and give plain values; server.ts gives them types. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** What the addon exports; the same names as `NativeServer` in crates/bin/rtc-server-node/src/server.rs. */
export interface NativeServer {
  setTime(now: number): void;
  heartbeatIntervalMs(): number;
  iceServers(): string;
  connect(room: string, peer: string, metadata?: string): string;
  heartbeat(room: string, peer: string): number;
  relay(room: string, from: string, kind: string, payload: string, to?: string): number;
  disconnect(room: string, peer: string): boolean;
  createRoom(request: string): string;
  closeRoom(room: string): void;
  snapshot(room: string): string;
  rooms(): string[];
  sweep(now?: number): string;
  listen(kind: string, wanted: boolean): void;
  takeEvents(): string | null;
  subscribe(room: string, peer: string, lastId?: number): number;
  readyStreams(): number[];
  readStream(stream: number): string;
  readStreamText(stream: number): string;
  closeStream(stream: number): void;
  close(): void;
}

type Addon = { NativeServer: new (options: string, hasClock: boolean) => NativeServer };

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
