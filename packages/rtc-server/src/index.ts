/**
 * A signaling orchestrator inside your own Node process. The rooms are those of the Rust crate `rtc-server`.
 */
export { RtcError } from './error.ts';
export { fetchHandler, nodeHandler, type HandlerOptions } from './http.ts';
export { createRtcServer, RtcServer } from './server.ts';
export type { SignalStream } from './stream.ts';
export type * from './types.ts';
