import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ended, pair } from './harness.mjs';

test('an SDP of 128 KiB passes and a larger event ends the connection', async () => {
  const { roomId, ana, ben } = await pair();
  const sdp = 'v'.repeat(127 * 1024);
  ana.emit('offer', { roomId, targetId: 'ben', offer: { type: 'offer', sdp } });
  assert.equal((await ben.next()).payload.offer.sdp.length, sdp.length);
  const end = ended(ana);
  ana.emit('offer', { roomId, targetId: 'ben', offer: { type: 'offer', sdp: sdp + sdp } });
  assert.match(await end, /^transport/);
  assert.equal((await ben.next()).event, 'user-left');
});

test('an event that is too large ends a polling connection as well', async () => {
  const { roomId, ana, ben } = await pair(['polling']);
  const end = ended(ana);
  ana.emit('offer', { roomId, targetId: 'ben', offer: { sdp: 'v'.repeat(256 * 1024) } });
  assert.match(await end, /^transport/);
});

test('a burst passes, more is refused, and going on ends the connection', async () => {
  const { roomId, ana, ben } = await pair();
  const end = ended(ana);
  const codes = [];
  for (let n = 0; n < 1000; n += 1) {
    const keep = ({ error }) => { codes[n] = error?.code ?? 'taken'; };
    ana.emit('ice-candidate', { roomId, targetId: 'ben', candidate: { n } }, keep);
  }
  assert.equal(await end, 'io server disconnect');
  const taken = [...codes.keys()].filter((n) => codes[n] === 'taken');
  assert.ok(taken.length >= 255, `${taken.length} were taken`);
  assert.deepEqual(new Set(codes.filter((code) => code)), new Set(['taken', 'RATE_LIMIT_EXCEEDED']));
  for (const n of taken) assert.equal((await ben.next()).payload.candidate.n, n);
  assert.equal((await ben.next()).event, 'user-left');
});
