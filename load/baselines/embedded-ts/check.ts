/** Which arguments are admitted. */
import { RtcError } from '../../../packages/rtc-server/src/error.ts';

// A lone surrogate is no character: JSON over HTTP cannot carry it either.
const ID = /^[^\p{Cc}\p{Cs}]{1,128}$/u;
const TYPE = /^[^\p{Cc}]{1,64}$/u;
const METADATA_BYTES_MAX = 8 * 1024;
const PAYLOAD_BYTES_MAX = 128 * 1024;

export function checkId(path: string, id: unknown): void {
  if (typeof id !== 'string' || !ID.test(id)) throw RtcError.invalid(path, 'must be 1-128 printable characters');
}

export function checkType(type: unknown): void {
  if (typeof type !== 'string' || !TYPE.test(type)) {
    throw RtcError.invalid('signal.type', 'must be 1-64 printable characters');
  }
}

export function checkPeers(path: string, peers: number): void {
  if (!Number.isInteger(peers) || peers < 1 || peers > 1000) throw RtcError.invalid(path, 'must be 1 to 1000');
}

/** Metadata as it is kept: whoever made the object may change it later. */
export function metadataText(metadata: unknown): string | undefined {
  if (metadata === undefined || metadata === null) return undefined;
  const text = typeof metadata === 'object' && !Array.isArray(metadata) ? JSON.stringify(metadata) : undefined;
  if (text === undefined || Buffer.byteLength(text) > METADATA_BYTES_MAX) {
    throw RtcError.invalid('metadata', `must be an object of at most ${METADATA_BYTES_MAX} bytes`);
  }
  return text;
}

export function payloadText(payload: unknown): string {
  const text = JSON.stringify(payload ?? null);
  if (Buffer.byteLength(text) > PAYLOAD_BYTES_MAX) {
    throw new RtcError('PAYLOAD_TOO_LARGE', `the payload must be at most ${PAYLOAD_BYTES_MAX} bytes`);
  }
  return text;
}
