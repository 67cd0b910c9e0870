import assert from 'node:assert/strict';
import { test } from 'node:test';
import { join, pair } from './harness.mjs';

/** Things that are no payload at all, whatever the event. */
const NO_PAYLOADS = [null, 'text', 7, true, ['r', 't', {}], [], {}];
/** Things that are no text. */
const NO_TEXTS = [undefined, null, 7, true, {}, []];

/** Every malformed payload of every event, beside one that is right in all other fields. */
function malformed(roomId) {
  const cases = [];
  const wrong = (event, field, value, right) => cases.push([event, { ...right, [field]: value }]);
  const relays = { offer: 'offer', answer: 'answer', 'ice-candidate': 'candidate' };
  for (const event of ['join-room', 'leave-room', ...Object.keys(relays)]) {
    for (const payload of NO_PAYLOADS) cases.push([event, payload]);
  }
  for (const value of NO_TEXTS) {
    wrong('join-room', 'roomId', value, { userId: 'ana' });
    wrong('join-room', 'userId', value, { roomId });
    wrong('leave-room', 'roomId', value, {});
  }
  for (const id of ['', 'x'.repeat(129), 'line\nbreak']) {
    wrong('join-room', 'roomId', id, { userId: 'ana' });
    wrong('join-room', 'userId', id, { roomId });
  }
  for (const [event, field] of Object.entries(relays)) {
    const right = { roomId, targetId: 'ben', [field]: {} };
    for (const value of NO_TEXTS) {
      wrong(event, 'roomId', value, right);
      wrong(event, 'targetId', value, right);
    }
    wrong(event, 'targetId', '', right);
    for (const value of [undefined, 7, true, []]) wrong(event, field, value, right);
    if (field !== 'candidate') wrong(event, field, null, right);
  }
  return cases;
}

test('a payload that is not of the shape is refused through its acknowledgement', async () => {
  const { roomId, ana, ben } = await pair();
  for (const [event, payload] of malformed(roomId)) {
    const reply = await ana.ask(event, payload);
    const shown = `${event} ${JSON.stringify(payload)?.slice(0, 100)}`;
    assert.deepEqual([reply.success, reply.error.code], [false, 'VALIDATION_ERROR'], shown);
    assert.equal(typeof reply.error.message, 'string');
  }
  assert.deepEqual(ana.inbox, []);
  assert.deepEqual(ben.inbox, []);
  assert.deepEqual(await ana.ask('offer', { roomId, targetId: 'ben', offer: {} }), { success: true });
});

test('without an acknowledgement it is refused as an error event, and the connection lives on', async () => {
  const { roomId, ana, ben } = await pair();
  for (const [event, payload] of malformed(roomId)) {
    ana.emit(event, payload);
    const answer = await ana.next();
    assert.deepEqual([answer.event, answer.payload.success, answer.payload.error.code], ['error', false, 'VALIDATION_ERROR']);
  }
  ana.emit('offer', { roomId, targetId: 'ben', offer: {} });
  assert.equal((await ben.next()).event, 'offer');
});

test('events without any payload, unknown events and binary are refused', async () => {
  const { roomId, ana } = await pair();
  for (const event of ['join-room', 'leave-room', 'offer', 'answer', 'ice-candidate', 'dance']) {
    assert.equal((await ana.ask(event)).error.code, 'VALIDATION_ERROR', event);
  }
  const binary = await ana.ask('offer', { roomId, targetId: 'ben', offer: new Uint8Array([1, 2]) });
  assert.equal(binary.error.code, 'VALIDATION_ERROR');
  assert.equal((await join(ana, roomId, 'ana')).length, 1);
});

test('bodies arrive as they were sent, whatever they hold', async () => {
  const { roomId, ana, ben } = await pair();
  const bodies = [{ sdp: 'v=0\r\n"\\\u2028é\u{1f600}' }, { deep: [[{ a: null }]], n: 1e21 }, {}, 'text', { _placeholder: true, num: 0 }];
  for (const offer of bodies) {
    ana.emit('offer', { roomId, targetId: 'ben', offer });
    assert.deepEqual((await ben.next()).payload.offer, offer);
  }
  ana.emit('ice-candidate', { roomId, targetId: 'ben', candidate: null });
  assert.equal((await ben.next()).payload.candidate, null);
});
