/** What handlers, sheer numbers and the end of the process cannot break. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import * as esm from '@rtc-platform/rtc-server';
import { createRtcServer, RtcError, type EventName, type ServerEvent } from '@rtc-platform/rtc-server';

const QUIET = { sweepIntervalMs: 0 };
const peer = (peerId: string, roomId = 'r') => ({ roomId, peerId });
const signal = (type: string) => ({ type, payload: { a: 1 } });

test('a handler that throws harms neither room, call nor other handlers, and is reported', async () => {
  const reported: string[] = [];
  const onListenerError = (error: unknown, event: ServerEvent): void => {
    reported.push(`${(error as Error).message} at ${event.type}`);
  };
  const server = createRtcServer({ ...QUIET, onListenerError });
  const heard: EventName[] = [];
  server.on('peer:connected', () => {
    throw new Error('a fault');
  });
  server.on('peer:connected', async () => {
    throw new Error('a later fault');
  });
  server.on('peer:connected', ({ type }) => heard.push(type));
  assert.deepEqual(server.connectPeer(peer('a')).peers, []);
  assert.deepEqual(server.connectPeer(peer('b')).peers, ['a']);
  await Promise.resolve();
  assert.deepEqual(heard, ['peer:connected', 'peer:connected']);
  assert.deepEqual(reported.sort(), [
    'a fault at peer:connected',
    'a fault at peer:connected',
    'a later fault at peer:connected',
    'a later fault at peer:connected',
  ]);
  server.close();
});

test('a fault that nobody asked for is a process warning', async () => {
  const server = createRtcServer(QUIET);
  server.on('room:created', () => {
    throw new Error('a fault of the host');
  });
  const warned = new Promise<Error>((warning) => process.once('warning', warning));
  server.connectPeer(peer('a'));
  assert.equal((await warned).message, 'a fault of the host');
  server.close();
});

test('handlers that call the server hear everything once and in order', () => {
  const server = createRtcServer(QUIET);
  const heard: string[] = [];
  const names: EventName[] = ['room:created', 'peer:connected', 'peer:heartbeat', 'signal', 'peer:disconnected', 'room:closed'];
  server.on('peer:connected', ({ roomId, peerId }) => server.heartbeat({ roomId, peerId }));
  server.on('peer:heartbeat', ({ roomId, peerId }) => server.relay({ roomId, fromPeerId: peerId, signal: signal('hi') }));
  server.on('signal', ({ roomId, fromPeerId }) => server.disconnectPeer({ roomId, peerId: fromPeerId }));
  for (const name of names) server.on(name, ({ type }) => heard.push(type));
  server.connectPeer(peer('a'));
  assert.deepEqual(heard, names);
  assert.deepEqual(server.rooms(), []);
  server.close();
});

test('a slow handler delays the loop, and loses and doubles nothing', async () => {
  const server = createRtcServer(QUIET);
  const heard: number[] = [];
  server.on('signal', async ({ signal }) => {
    await new Promise((later) => setImmediate(later));
    heard.push(signal.payload as number);
  });
  server.connectPeer(peer('a'));
  server.connectPeer(peer('b'));
  const sent = Array.from({ length: 5_000 }, (_, index) => index);
  for (const payload of sent) server.relay({ roomId: 'r', fromPeerId: 'a', signal: { type: 'n', payload } });
  while (heard.length < sent.length) await new Promise((later) => setImmediate(later));
  assert.deepEqual(heard, sent);
  server.close();
});

test('one call may cause more events than any queue is long', () => {
  const server = createRtcServer({ ...QUIET, maxPeersPerRoom: 1000, now: () => 1 });
  const gone = new Map<string, number>();
  server.on('peer:disconnected', ({ peerId }) => gone.set(peerId, (gone.get(peerId) ?? 0) + 1));
  for (let index = 0; index < 3_000; index += 1) server.connectPeer(peer(`p${index}`, `r${index % 3}`));
  assert.equal(server.sweep(1e12).length, 3_000);
  assert.equal(gone.size, 3_000);
  assert.ok([...gone.values()].every((times) => times === 1));
  server.close();
});

test('a handler that was taken off hears nothing more', () => {
  const server = createRtcServer(QUIET);
  const heard: string[] = [];
  const off = server.on('peer:connected', ({ peerId }) => heard.push(peerId));
  server.connectPeer(peer('a'));
  off();
  off();
  server.connectPeer(peer('b'));
  assert.deepEqual(heard, ['a']);
  assert.throws(() => server.on('nonsense' as 'signal', () => undefined), { code: 'VALIDATION_ERROR' });
  server.close();
});

test('silent peers are dropped without anybody asking', { timeout: 10_000 }, async () => {
  const server = createRtcServer({ heartbeatIntervalMs: 20 });
  const reason = new Promise((gone) => server.on('peer:disconnected', (event) => gone(event.reason)));
  server.connectPeer(peer('a'));
  // The server's own timer keeps no process alive; this one keeps the test's.
  const alive = setInterval(() => undefined, 1_000);
  assert.equal(await reason, 'timeout');
  clearInterval(alive);
  server.close();
});

test('a closed server has told its listeners, has ended its streams, and refuses calls', async () => {
  const server = createRtcServer(QUIET);
  const heard: string[] = [];
  server.on('peer:disconnected', ({ peerId, reason }) => heard.push(`${peerId} ${reason}`));
  server.on('room:closed', ({ roomId }) => heard.push(roomId));
  server.connectPeer(peer('a'));
  const stream = server.subscribe(peer('a'));
  const waiting = stream.next();
  server.close();
  server.close();
  assert.deepEqual(heard, ['a room-closed', 'r']);
  assert.deepEqual(await waiting, { done: true, value: undefined });
  assert.equal(server.closed, true);
  for (const call of [() => server.rooms(), () => server.connectPeer(peer('a')), () => server.sweep()]) {
    assert.throws(call, { name: 'RtcError', code: 'UNAVAILABLE', status: 503 });
  }
});

test('a stream that is left is closed', async () => {
  const server = createRtcServer(QUIET);
  server.connectPeer(peer('a'));
  server.connectPeer(peer('b'));
  const stream = server.subscribe(peer('b'));
  assert.equal(server.getRoomSnapshot('r').peers[1]?.streaming, true);
  server.relay({ roomId: 'r', fromPeerId: 'a', signal: signal('x') });
  for await (const item of stream) {
    assert.deepEqual(item, { type: 'signal', id: 1, event: { roomId: 'r', fromPeerId: 'a', signal: signal('x') } });
    break;
  }
  assert.equal(server.getRoomSnapshot('r').peers[1]?.streaming, false);
  server.close();
});

test('options that are not of the accepted form are refused', () => {
  for (const [config, path] of [
    [{ maxPeersPerRoom: 0 }, 'maxPeersPerRoom'],
    [{ maxPeersPerRoom: 1001 }, 'maxPeersPerRoom'],
    [{ heartbeatIntervalMs: 0 }, 'heartbeatIntervalMs'],
    [{ heartbeatIntervalMs: 'soon' }, 'config'],
    [{ iceServers: 7 }, 'config'],
    [{ colour: 'red' }, 'config'],
  ] as const) {
    assert.throws(
      () => createRtcServer(config as never),
      (error) => error instanceof RtcError && error.code === 'VALIDATION_ERROR' && error.details[0]?.path === path,
      JSON.stringify(config),
    );
  }
  createRtcServer().close();
});

test('both module formats are the same classes', () => {
  const cjs = createRequire(import.meta.url)('@rtc-platform/rtc-server') as typeof esm;
  assert.equal(cjs.RtcError, esm.RtcError);
  assert.deepEqual(Object.keys(cjs).sort(), Object.keys(esm).filter((name) => name !== 'default').sort());
});

test('10,000 rooms are opened and closed', () => {
  const server = createRtcServer(QUIET);
  let created = 0;
  let closed = 0;
  server.on('room:created', () => (created += 1));
  server.on('room:closed', () => (closed += 1));
  for (let index = 0; index < 10_000; index += 1) server.connectPeer(peer('a', `room ${index}`));
  assert.equal(server.rooms().length, 10_000);
  for (let index = 0; index < 10_000; index += 2) server.disconnectPeer(peer('a', `room ${index}`));
  server.close();
  assert.deepEqual([created, closed], [10_000, 10_000]);
});

/** Once what is garbage is collected, in MiB. */
function residentMib(): number {
  for (let count = 0; count < 3; count += 1) globalThis.gc?.();
  return process.memoryUsage.rss() / 2 ** 20;
}

test('100,000 connects and disconnects leave no memory behind', { timeout: 60_000 }, (context) => {
  const server = createRtcServer(QUIET);
  let events = 0;
  const count = (): unknown => (events += 1);
  for (const name of ['peer:connected', 'peer:disconnected', 'signal'] as const) server.on(name, count);
  const run = (calls: number): void => {
    for (let index = 0; index < calls; index += 1) {
      const roomId = `room ${index % 500}`;
      server.connectPeer({ ...peer(`p${index}`, roomId), metadata: { index } });
      server.relay({ roomId, fromPeerId: `p${index}`, signal: signal('hello') });
      server.subscribe(peer(`p${index}`, roomId)).close();
      server.disconnectPeer(peer(`p${index}`, roomId));
    }
  };
  // What the engine and the allocator keep for good is there after as many.
  run(100_000);
  const before = residentMib();
  run(100_000);
  const grown = residentMib() - before;
  context.diagnostic(`grown by ${grown.toFixed(1)} MiB`);
  assert.equal(events, 3 * 200_000);
  assert.deepEqual(server.rooms(), []);
  // A leak of 100 bytes a call would be 10 MiB.
  assert.ok(grown < 8, `grown by ${grown.toFixed(1)} MiB`);
  server.close();
});

test('servers that are forgotten without a close are freed', { timeout: 60_000 }, async () => {
  let freed = 0;
  const registry = new FinalizationRegistry(() => (freed += 1));
  const make = (): void => {
    const server = createRtcServer({ heartbeatIntervalMs: 10 });
    server.connectPeer(peer('a'));
    server.on('signal', () => undefined);
    registry.register(server, undefined);
  };
  for (let count = 0; count < 200; count += 1) make();
  while (freed < 190) {
    globalThis.gc?.();
    await new Promise((later) => setImmediate(later));
  }
});

function ended(program: string): { status: number | null; signal: string | null; stderr: string } {
  const args = ['--input-type=module', '--eval', program];
  const { status, signal, stderr } = spawnSync(process.execPath, args, { cwd: import.meta.dirname, encoding: 'utf8', timeout: 20_000 });
  return { status, signal, stderr };
}

const LIVE = `
  import { createRtcServer } from '@rtc-platform/rtc-server';
  const server = createRtcServer();
  server.on('signal', () => {});
  for (let index = 0; index < 1000; index += 1) server.connectPeer({ roomId: 'r' + index, peerId: 'a' });
  const stream = server.subscribe({ roomId: 'r1', peerId: 'a' });
  stream.next();
`;

test('a process ends by itself, at once or by an error with live rooms and streams', () => {
  assert.deepEqual(ended(LIVE), { status: 0, signal: null, stderr: '' });
  assert.deepEqual(ended(`${LIVE} process.exit(3);`), { status: 3, signal: null, stderr: '' });
  const thrown = ended(`${LIVE} throw new Error('the host fails');`);
  assert.deepEqual([thrown.status, thrown.signal], [1, null]);
  assert.match(thrown.stderr, /the host fails/);
});

test('a worker has a server of its own, and may end with live rooms', () => {
  const worker = JSON.stringify(`(async () => { ${LIVE.replace(/import .*\n/, "const { createRtcServer } = await import('@rtc-platform/rtc-server');\n")} })()`);
  const program = `
    import { Worker } from 'node:worker_threads';
    ${LIVE}
    const workers = [1, 2, 3].map(() => new Worker(${worker}, { eval: true }));
    const exits = workers.map((worker) => new Promise((exit, fail) => worker.once('exit', exit).once('error', fail)));
    if ((await Promise.all(exits)).some((code) => code !== 0)) process.exit(9);
    if (server.rooms().length !== 1000) process.exit(8);
  `;
  assert.deepEqual(ended(program), { status: 0, signal: null, stderr: '' });
});
