/** Bodies that are written as bytes are what `JSON.stringify` would have written, or are left to it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRtcServer } from '@rtc-platform/rtc-server';
import { writeJson, written } from '../src/writer.ts';

const decoder = new TextDecoder();

/** What was written; `undefined`: it was left to the engine. */
function writtenOf(value: unknown): string | undefined {
  const length = writeJson(value);
  return length > 0 ? decoder.decode(written.subarray(0, length)) : undefined;
}

const CANDIDATE = { candidate: 'candidate:1 1 udp 2130706431 10.0.0.1 50000 typ host', sdpMid: '0', sdpMLineIndex: 0, usernameFragment: null };

test('plain values are written as the engine writes them', () => {
  const plain = [
    CANDIDATE,
    { name: 'Ann' },
    {},
    { 'a "key"': 'back\\slash', 2: 1, 1: 2 },
    { not: undefined, is: true, other: { of: { depth: false } } },
    { numbers: { zero: -0, half: 0.5, large: 1e21, small: -1e-7, none: NaN, infinite: Infinity } },
    'a text',
    '',
    17,
    null,
    false,
  ];
  for (const value of plain) assert.equal(writtenOf(value), JSON.stringify(value));
});

test('what is not plain is left to the engine', () => {
  class Own {
    a = 1;
  }
  const circle: Record<string, unknown> = {};
  circle['self'] = circle;
  const throws = {
    get a(): never {
      throw new Error('a fault');
    },
  };
  const left = [
    { sdp: 'v=0\r\n' },
    'é',
    '\ud800',
    '\u007f',
    'x'.repeat(161),
    { long: { texts: Array.from({ length: 40 }, () => 'x'.repeat(160)).reduce((all, text, index) => ({ ...all, [index]: text }), {}) } },
    [1],
    { of: [1] },
    { a: { b: { c: { d: {} } } } },
    new Date(0),
    new Map(),
    new Own(),
    Object.create(null) as unknown,
    { toJSON: () => 'other' },
    { big: 1n },
    { call: () => 1 },
    { symbol: Symbol('s') },
    circle,
    throws,
    undefined,
  ];
  for (const value of left) assert.equal(writtenOf(value), undefined);
  const all = Object.prototype as Record<string, unknown>;
  all['added'] = 1;
  assert.equal(writtenOf({ a: 1 }), undefined);
  delete all['added'];
});

/** Numbers below `below`, the same for the same seed (a linear congruence). */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function some(pick: (below: number) => number, depth: number): unknown {
  const text = (): string => Array.from({ length: pick(12) }, () => String.fromCharCode(pick(40) === 0 ? pick(0x300) : 0x20 + pick(0x5f))).join('');
  const kind = pick(depth > 5 ? 5 : 8);
  if (kind < 2) return text();
  if (kind === 2) return (pick(2000) - 1000) / (1 + pick(9));
  if (kind === 3) return pick(2) === 0;
  if (kind === 4) return [null, undefined, NaN][pick(3)];
  return Object.fromEntries(Array.from({ length: pick(5) }, () => [text(), some(pick, depth + 1)]));
}

test('50,000 random values are written as the engine writes them, or not at all', () => {
  const pick = numbers(7);
  let count = 0;
  for (let round = 0; round < 50_000; round += 1) {
    const value = some(pick, 0) ?? null;
    const text = writtenOf(value);
    if (text === undefined) continue;
    count += 1;
    assert.equal(text, JSON.stringify(value));
  }
  assert.ok(count > 20_000, `${count} were written`);
});

test('a getter that calls the server in the middle of a body harms neither', async () => {
  const server = createRtcServer({ sweepIntervalMs: 0 });
  for (const peerId of ['a', 'b']) server.connectPeer({ roomId: 'r', peerId });
  const relay = (payload: unknown): unknown => server.relay({ roomId: 'r', fromPeerId: 'a', signal: { type: 'n', payload } });
  relay({
    first: 'kept',
    get second() {
      relay({ inner: 'whole' });
      return 'too';
    },
  });
  const stream = server.subscribe({ roomId: 'r', peerId: 'b' });
  const payloads = [];
  for (let count = 0; count < 2; count += 1) {
    const { value } = await stream.next();
    payloads.push(value?.type === 'signal' ? value.event.signal.payload : undefined);
  }
  assert.deepEqual(payloads, [{ inner: 'whole' }, { first: 'kept', second: 'too' }]);
  server.close();
});

test('what arrives is what was sent, whichever way it crossed and whatever its type is called', async () => {
  const server = createRtcServer({ sweepIntervalMs: 0 });
  const heard: unknown[] = [];
  for (const peerId of ['a', 'b']) server.connectPeer({ roomId: 'r', peerId });
  const stream = server.subscribe({ roomId: 'r', peerId: 'b' });
  const bodies = [CANDIDATE, 'plain', 'ü€😀', { sdp: 'v=0\r\n'.repeat(900) }, [1, { a: '"' }], 0, null, { ['k'.repeat(130)]: 'Ł' }];
  const types = ['offer', 'answer', 'ice', 'candidate', 'mine', 'Ł', '0', '3'];
  for (const listens of [false, true]) {
    const off = listens ? server.on('signal', ({ signal }) => heard.push(signal)) : undefined;
    for (const [index, payload] of bodies.entries()) {
      const signal = { type: types[index] as string, payload };
      server.relay({ roomId: 'r', fromPeerId: 'a', signal, ...(index % 2 === 0 && { toPeerId: 'b' }) });
      const { value } = await stream.next();
      assert.deepEqual(value?.type === 'signal' && value.event, { roomId: 'r', fromPeerId: 'a', signal });
      if (listens) assert.deepEqual(heard.pop(), signal);
    }
    off?.();
  }
  for (const type of [0, 3, -1, null, undefined, {}]) {
    const signal = { type: type as never, payload: 1 };
    assert.throws(() => server.relay({ roomId: 'r', fromPeerId: 'a', signal }), { code: 'VALIDATION_ERROR' });
  }
  for (const metadata of [0, 7, '', 'text', false, true, []]) {
    const request = { roomId: 'r', peerId: 'c', metadata: metadata as never };
    assert.throws(() => server.connectPeer(request), { code: 'VALIDATION_ERROR' });
  }
  const metadata = { name: 'Ann "the one"', of: 'Łódź', at: { x: 1 } };
  server.connectPeer({ roomId: 's', peerId: 'a', metadata });
  server.connectPeer({ roomId: 's', peerId: 'b', metadata: { name: 'Ben' } });
  const shown = server.getRoomSnapshot('s').peers.map((peer) => peer.metadata);
  assert.deepEqual(shown, [metadata, { name: 'Ben' }]);
  server.close();
});
