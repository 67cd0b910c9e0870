/** Each example runs, relays a negotiation between two clients, and drops a peer that falls silent. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { RtcClient, type SignalEvent } from '@rtc-platform/rtc-client';
import { start, type Program } from './program.ts';

const HEARTBEAT_MS = 500;
const roomId = 'r';

const of = (event: IteratorResult<SignalEvent, void>): unknown =>
  event.value && [event.value.fromPeerId, event.value.signal.type, event.value.signal.payload];

async function holdsACallAndDropsTheSilent({ url, lines }: Program): Promise<void> {
  const client = new RtcClient({ baseUrl: url });
  const ann = { roomId, peerId: 'ann' };
  const ben = { roomId, peerId: 'ben' };
  const cat = { roomId, peerId: 'cat' };
  assert.equal((await client.connect({ ...ann, metadata: { name: 'Ann' } })).heartbeatIntervalMs, HEARTBEAT_MS);
  const leaving = new AbortController();
  const { signal } = leaving;
  const opened = (peer: typeof ann): Promise<AsyncGenerator<SignalEvent, void, void>> =>
    new Promise((onOpen) => {
      const stream = client.subscribe(peer, { signal, onOpen: () => onOpen(ahead) });
      // The stream opens when somebody reads it.
      const first = stream.next();
      const ahead = (async function* () {
        const { value } = await first;
        if (value) yield value;
        yield* stream;
      })();
    });
  const toAnn = await opened(ann);
  assert.deepEqual((await client.connect(ben)).peers, ['ann']);
  await assert.rejects(client.connect(ann), { name: 'RtcClientError', code: 'ALREADY_IN_ROOM', status: 409 });
  const toBen = await opened(ben);

  const say = async (from: string, to: string, type: string): Promise<void> => {
    const signal = { type, payload: { sdp: `${type} of ${from}\r\n` } };
    const answer = await client.signal({ roomId, fromPeerId: from, toPeerId: to, signal });
    assert.deepEqual(answer, { listenersNotified: 0, recipients: 1 });
  };
  for (const type of ['offer', 'candidate']) {
    await say('ann', 'ben', type);
    assert.deepEqual(of(await toBen.next()), ['ann', type, { sdp: `${type} of ann\r\n` }]);
  }
  for (const type of ['answer', 'candidate']) {
    await say('ben', 'ann', type);
    assert.deepEqual(of(await toAnn.next()), ['ben', type, { sdp: `${type} of ben\r\n` }]);
  }
  // Cat opens no stream and sends one heartbeat, and no more.
  await client.connect(cat);
  assert.equal(typeof (await client.heartbeat(cat)).lastSeen, 'number');
  let room = await client.room(roomId);
  assert.deepEqual(room.peers[0]?.metadata, { name: 'Ann' });
  while (room.peerCount > 2) room = await client.room(roomId);
  assert.deepEqual(room.peers.map(({ peerId }) => peerId), ['ann', 'ben'], 'open streams keep their peers');
  assert.ok(lines.includes('cat left r: timeout'), lines.join('\n'));
  await assert.rejects(client.heartbeat(cat), { code: 'PEER_NOT_FOUND', status: 404 });
  assert.deepEqual(await (await fetch(`${url}/rooms`)).json(), ['r'], "the host's own routes are served beside");

  // A page that closes its stream and says no more is silent too.
  leaving.abort();
  await assert.rejects(toBen.next(), { name: 'AbortError' });
  const gone = async (): Promise<boolean> => client.room(roomId).then(() => false, () => true);
  while (!(await gone())) await new Promise((later) => setTimeout(later, 20));
  await assert.rejects(client.room(roomId), { code: 'ROOM_NOT_FOUND' });
}

/** Bun, where this machine has it: on the path, or where `BUN` says. */
const bun = process.env['BUN'] ?? 'bun';
const hasBun = spawnSync(bun, ['--version']).status === 0;

test('elysia under Bun holds a call and drops the silent', { timeout: 60_000, skip: !hasBun && 'there is no Bun here' }, async (context) => {
  const program = await start('elysia', HEARTBEAT_MS, [bun]);
  context.after(() => program.stop());
  await holdsACallAndDropsTheSilent(program);
});

for (const name of ['express', 'nestjs', 'hono', 'elysia']) {
  test(`${name} holds a call and drops the silent`, { timeout: 60_000 }, async (context) => {
    const program = await start(name, HEARTBEAT_MS);
    context.after(() => program.stop());
    await holdsACallAndDropsTheSilent(program);
  });
}
