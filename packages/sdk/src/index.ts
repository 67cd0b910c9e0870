/** Calls in a web page. See README.md for the whole of it in ten lines. */
import { Call } from './call.js';
import { checkConfig } from './config.js';
import type { CallConfig } from './types.js';

/**
 * Makes a call of its own, for pages with more than one at a time. Without `config` it connects where `CallSDK.init`
 * said.
 *
 * @throws CallError `INVALID_CONFIG`.
 */
export function createCall(config?: CallConfig): Call {
  const own = config && checkConfig(config);
  return new Call(() => own ?? CallSDK.config);
}

/** The ready-made call. */
export const CallSDK: Call & { createCall: typeof createCall } = Object.assign(new Call(), { createCall });

export { CallError, type CallErrorCode } from './errors.js';
export type { Call } from './call.js';
export type { DeviceFilter, Devices } from './devices.js';
export type { Listener } from './emitter.js';
export type * from './types.js';
export type { LeaveReason, MediaKind, Role } from '@rtc-platform/shared';
