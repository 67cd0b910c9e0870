/**
 * Bodies on their way to the addon, as bytes in memory that both see. What most payloads and all metadata are, plain
 * values of short texts, is written here in less time than the engine takes to make a text of it, which the addon would
 * copy out again. Byte for byte it is what `JSON.stringify` writes; what is not plain is left to that, as are long texts,
 * which it writes faster, and characters beyond ASCII.
 */

import { RtcError } from './error.ts';
import type { Body } from './native.ts';

const BYTES = 4096;
/** An address, a candidate of ICE; no SDP. */
const CHARACTERS_MAX = 160;
const DEPTH_MAX = 4;
/** What the marks between two texts take at most. */
const MARKS_MAX = 64;

const [QUOTE, COMMA, COLON, BACKSLASH, OPEN, CLOSE, DELETE] = [0x22, 0x2c, 0x3a, 0x5c, 0x7b, 0x7d, 0x7f] as const;

/** Where bodies are written: one at a time, each from the start. */
export const written = new Uint8Array(BYTES);
let at = 0;
let isWriting = false;

/** JSON as it crosses. */
export function body(value: unknown, path: string): Body {
  const length = writeJson(value);
  return length > 0 ? length : text(value, path);
}

/** JSON as a text. */
export function text(value: unknown, path: string): string {
  try {
    return JSON.stringify(value) ?? 'null';
  } catch {
    throw RtcError.invalid(path, 'must be JSON');
  }
}

/** Writes a value. Gives the length; 0: it is left to `JSON.stringify`. */
export function writeJson(value: unknown): number {
  // A getter of the value may call the server.
  if (isWriting) return 0;
  isWriting = true;
  at = 0;
  try {
    return writeValue(value, 0) ? at : 0;
  } catch {
    return 0;
  } finally {
    isWriting = false;
  }
}

function writeValue(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'string':
      return writeText(value);
    case 'number':
      return writeWord(Number.isFinite(value) ? String(value) : 'null');
    case 'boolean':
      return writeWord(value ? 'true' : 'false');
    case 'object':
      return value === null ? writeWord('null') : writeObject(value as Record<string, unknown>, depth);
    default:
      return false;
  }
}

function writeObject(value: Record<string, unknown>, depth: number): boolean {
  if (depth >= DEPTH_MAX || Object.getPrototypeOf(value) !== Object.prototype || value['toJSON'] !== undefined) return false;
  written[at++] = OPEN;
  const start = at;
  for (const key in value) {
    // Not what somebody has added to all objects.
    if (!Object.prototype.hasOwnProperty.call(value, key)) return false;
    const item = value[key];
    if (item === undefined) continue;
    if (at > start) written[at++] = COMMA;
    if (!writeText(key)) return false;
    written[at++] = COLON;
    if (!writeValue(item, depth + 1)) return false;
  }
  written[at++] = CLOSE;
  return true;
}

function writeText(text: string): boolean {
  const { length } = text;
  // Each character may take two bytes.
  if (length > CHARACTERS_MAX || at + 2 * length + MARKS_MAX > BYTES) return false;
  let to = at;
  written[to++] = QUOTE;
  for (let index = 0; index < length; index += 1) {
    const character = text.charCodeAt(index);
    if (character < 0x20 || character >= DELETE) return false;
    if (character === QUOTE || character === BACKSLASH) written[to++] = BACKSLASH;
    written[to++] = character;
  }
  written[to++] = QUOTE;
  at = to;
  return true;
}

/** What needs no quotes, and is short. */
function writeWord(word: string): boolean {
  if (at + MARKS_MAX > BYTES) return false;
  for (let index = 0; index < word.length; index += 1) written[at++] = word.charCodeAt(index);
  return true;
}
