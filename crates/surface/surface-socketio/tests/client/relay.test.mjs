import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connected, ended, join, newRoom, pair, within, world } from './harness.mjs';

const RELAYS = [
  ['offer', 'offer', { type: 'offer', sdp: 'v=0\r\n' }],
  ['answer', 'answer', { type: 'answer', sdp: 'v=0\r\n' }],
  ['ice-candidate', 'candidate', { candidate: 'candidate:1 1 udp 1 127.0.0.1 9 typ host', sdpMid: '0', sdpMLineIndex: 0 }],
];

for (const transport of ['websocket', 'polling']) {
  test(`over ${transport}: join, see each other, negotiate, leave`, async () => {
    const roomId = newRoom();
    const ana = await connected(world.development, {}, [transport]);
    const ben = await connected(world.development, {}, [transport]);
    assert.equal(ana.io.engine.transport.name, transport);
    ana.emit('join-room', { roomId, userId: 'ana' });
    assert.deepEqual(await ana.next(), { event: 'room-users', payload: { roomId, users: [] } });
    ben.emit('join-room', { roomId, userId: 'ben' });
    const users = [{ userId: 'ana', socketId: ana.id }];
    assert.deepEqual(await ben.next(), { event: 'room-users', payload: { roomId, users } });
    const joined = { userId: 'ben', socketId: ben.id, roomId };
    assert.deepEqual(await ana.next(), { event: 'user-joined', payload: joined });
    for (const [event, field, body] of RELAYS) {
      ana.emit(event, { roomId, targetId: ben.id, [field]: body });
      const payload = { roomId, targetId: ben.id, [field]: body, fromId: ana.id, fromUserId: 'ana' };
      assert.deepEqual(await ben.next(), { event, payload });
    }
    ben.emit('leave-room', { roomId });
    assert.deepEqual(await ana.next(), { event: 'user-left', payload: joined });
  });
}

test('polling that upgrades to a WebSocket keeps its room', async () => {
  const roomId = newRoom();
  const ana = await connected(world.development, {}, ['polling', 'websocket']);
  await join(ana, roomId, 'ana');
  const { engine } = ana.io;
  if (engine.transport.name !== 'websocket') {
    await within(new Promise((resolve) => engine.once('upgrade', resolve)), 'the upgrade');
  }
  const ben = await connected(world.development);
  await join(ben, roomId, 'ben');
  assert.equal((await ana.next()).event, 'user-joined');
});

test('a target is named by its user as well, and named back so', async () => {
  const { roomId, ana, ben } = await pair();
  for (const [event, field, body] of RELAYS) {
    assert.deepEqual(await ana.ask(event, { roomId, targetId: 'ben', [field]: body }), { success: true });
    const payload = { roomId, targetId: 'ben', [field]: body, fromId: ana.id, fromUserId: 'ana' };
    assert.deepEqual(await ben.next(), { event, payload });
  }
});

test('only the target receives, and an unknown target is nobody', async () => {
  const { roomId, ana, ben } = await pair();
  const eve = await connected(world.development);
  await join(eve, roomId, 'eve');
  await Promise.all([ana.next(), ben.next()]);
  for (const [event, field, body] of RELAYS) {
    const unknown = await ana.ask(event, { roomId, targetId: 'nobody', [field]: body });
    assert.deepEqual([unknown.success, unknown.error.code], [false, 'PEER_NOT_FOUND']);
    assert.equal((await ana.ask(event, { roomId, targetId: ana.id, [field]: body })).error.code, 'PEER_NOT_FOUND');
    await ana.ask(event, { roomId, targetId: 'ben', [field]: body });
    assert.equal((await ben.next()).event, event);
  }
  await ben.ask('offer', { roomId, targetId: 'eve', offer: { n: 1 } });
  assert.deepEqual((await eve.next()).payload.offer, { n: 1 });
  assert.deepEqual([ana, ben, eve].map((socket) => socket.inbox), [[], [], []]);
});

test('a relay out of a room that the sender is not in is refused', async () => {
  const { roomId, ben } = await pair();
  const eve = await connected(world.development);
  for (const [event, field, body] of RELAYS) {
    const reply = await eve.ask(event, { roomId, targetId: ben.id, [field]: body });
    assert.deepEqual([reply.success, reply.error.code], [false, 'NOT_IN_ROOM']);
  }
  assert.equal((await eve.ask('leave-room', { roomId })).error.code, 'NOT_IN_ROOM');
  await join(eve, newRoom(), 'eve');
  eve.emit('offer', { roomId, targetId: ben.id, offer: {} });
  const { event, payload } = await eve.next();
  assert.deepEqual([event, payload.success, payload.error.code], ['error', false, 'NOT_IN_ROOM']);
  assert.deepEqual(ben.inbox, []);
});

test('acknowledgements of success', async () => {
  const roomId = newRoom();
  const ana = await connected(world.development);
  const data = { roomId, users: [] };
  assert.deepEqual(await ana.ask('join-room', { roomId, userId: 'ana' }), { success: true, data });
  assert.deepEqual(await ana.ask('leave-room', { roomId }), { success: true });
});

test('joining again answers again and tells nobody', async () => {
  const { roomId, ana, ben } = await pair();
  assert.deepEqual(await join(ben, roomId, 'ben'), [{ userId: 'ana', socketId: ana.id }]);
  assert.equal((await ben.ask('join-room', { roomId, userId: 'other' })).error.code, 'ALREADY_IN_ROOM');
  await ben.ask('offer', { roomId, targetId: 'ana', offer: {} });
  assert.equal((await ana.next()).event, 'offer');
});

test('a socket that goes away has left all its rooms, and nothing stays of them', async () => {
  const { roomId, ana, ben } = await pair();
  const second = newRoom();
  await join(ana, second, 'ana');
  await join(ben, second, 'ben');
  await ana.next();
  const { id } = ben;
  ben.disconnect();
  const left = [await ana.next(), await ana.next()];
  assert.deepEqual(left.map(({ event }) => event), ['user-left', 'user-left']);
  assert.deepEqual(left.map(({ payload }) => payload.roomId).sort(), [roomId, second].sort());
  assert.ok(left.every(({ payload }) => payload.userId === 'ben' && payload.socketId === id));
  await ana.ask('leave-room', { roomId });
  await ana.ask('leave-room', { roomId: second });
  const response = await fetch(`${world.development}/api/rooms/${second}`);
  assert.equal(response.status, 404);
});

test('a user who comes in again replaces the former socket, which is told', async () => {
  const { roomId, ana, ben } = await pair();
  const again = await connected(world.development);
  assert.deepEqual(await join(again, roomId, 'ben'), [{ userId: 'ana', socketId: ana.id }]);
  assert.deepEqual(await ana.next(), { event: 'user-left', payload: { userId: 'ben', socketId: ben.id, roomId } });
  assert.deepEqual(await ana.next(), { event: 'user-joined', payload: { userId: 'ben', socketId: again.id, roomId } });
  const { event, payload } = await ben.next();
  assert.deepEqual([event, payload.error.code], ['error', 'REPLACED']);
  assert.equal((await ben.ask('offer', { roomId, targetId: 'ana', offer: {} })).error.code, 'NOT_IN_ROOM');
  assert.deepEqual(await join(ben, newRoom(), 'ben'), []);
});

test('a connection may be in 16 rooms and no more', async () => {
  const ana = await connected(world.development);
  for (let n = 0; n < 16; n += 1) await join(ana, newRoom(), 'ana');
  assert.equal((await ana.ask('join-room', { roomId: newRoom(), userId: 'ana' })).error.code, 'CONFLICT');
});

test('messages of one sender arrive in the order in which they were sent', async () => {
  const { roomId, ana, ben } = await pair();
  for (let n = 0; n < 100; n += 1) ana.emit('ice-candidate', { roomId, targetId: 'ben', candidate: { n } });
  for (let n = 0; n < 100; n += 1) assert.equal((await ben.next()).payload.candidate.n, n);
});

test('the active rooms are listed with who is in them', async () => {
  const { roomId } = await pair();
  const rooms = await (await fetch(`${world.development}/api/rooms`)).json();
  const listed = rooms.find(({ id }) => id === roomId);
  assert.equal(listed.participants, 2);
  assert.equal(new Date(listed.createdAt).toISOString(), listed.createdAt);
  const room = await (await fetch(`${world.development}/api/rooms/${roomId}`)).json();
  assert.deepEqual(room, { id: roomId, participants: ['ana', 'ben'], createdAt: listed.createdAt });
});

test('a connection that joins no room is ended', async () => {
  const idle = await connected(world.hasty);
  const end = ended(idle);
  assert.equal((await idle.next()).payload.error.code, 'NOT_IN_ROOM');
  assert.equal(await end, 'io server disconnect');
});
