/** Checks what the page configures, and works out where to connect. */
import { CallError } from './errors.js';
import type { CallConfig } from './types.js';

/**
 * @throws CallError `INVALID_CONFIG` with what is accepted.
 */
export function checkConfig(config: CallConfig): CallConfig {
  requireText('appId', config?.appId);
  signalingUrl(config);
  return { ...config };
}

/**
 * @throws CallError `INVALID_CONFIG` where the value is not a text with something in it.
 */
export function requireText(name: string, value: unknown): void {
  if (typeof value !== 'string' || !value)
    throw new CallError('INVALID_CONFIG', `${name} must be a text that is not empty.`);
}

/**
 * The WebSocket's URL: http becomes ws, and the path ends in `/ws`.
 *
 * @throws CallError `INVALID_CONFIG` where it is no such URL.
 */
export function signalingUrl({ signalingUrl: given }: CallConfig): string {
  const origin = typeof location === 'undefined' ? undefined : location.origin;
  let url: URL | undefined;
  try {
    url = new URL(given ?? '/ws', origin);
  } catch {
    url = undefined;
  }
  const protocol = url?.protocol.replace(/^http/, 'ws');
  if (!url || (protocol !== 'ws:' && protocol !== 'wss:')) {
    throw new CallError('INVALID_CONFIG', 'signalingUrl must be a ws, wss, http or https URL.');
  }
  const path = url.pathname.replace(/\/+$/, '');
  return `${protocol}//${url.host}${path.endsWith('/ws') ? path : `${path}/ws`}${url.search}`;
}
