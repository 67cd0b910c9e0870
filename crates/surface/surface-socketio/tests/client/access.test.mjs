import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connected, join, newRoom, refusal, world } from './harness.mjs';

const [first, second] = world.apps;
const credentials = ({ id, secret }) => ({ appId: id, appSecret: secret });

test('in production a handshake must say who connects', async () => {
  const refused = [
    [undefined, 'UNAUTHORIZED'],
    [{}, 'UNAUTHORIZED'],
    [{ appId: first.id }, 'UNAUTHORIZED'],
    [{ appSecret: first.secret }, 'UNAUTHORIZED'],
    [{ appId: first.id, appSecret: second.secret }, 'UNAUTHORIZED'],
    [{ appId: 'nobody', appSecret: first.secret }, 'UNAUTHORIZED'],
    [{ appId: '', appSecret: '' }, 'UNAUTHORIZED'],
    [{ token: '' }, 'INVALID_TOKEN'],
    [{ token: 'not.a.token' }, 'INVALID_TOKEN'],
    [{ token: world.tokens.eve, appId: 7 }, 'VALIDATION_ERROR'],
    [{ token: 7 }, 'VALIDATION_ERROR'],
  ];
  for (const [auth, code] of refused) {
    assert.match(await refusal(world.production, auth), new RegExp(`^${code}: .`), JSON.stringify(auth));
  }
});

test('wrong credentials are refused in development as well', async () => {
  assert.match(await refusal(world.development, { appId: first.id, appSecret: 'sk_wrong' }), /^UNAUTHORIZED: /);
});

test('an app joins rooms as whom it says', async () => {
  const socket = await connected(world.production, credentials(first));
  assert.deepEqual(await join(socket, newRoom(), 'anybody'), []);
});

test('a token admits its user to its room, once', async () => {
  const { room: roomId, tokens } = world;
  const ana = await connected(world.production, { token: tokens.ana });
  assert.equal((await ana.ask('join-room', { roomId: newRoom(), userId: 'ana' })).error.code, 'INVALID_TOKEN');
  assert.equal((await ana.ask('join-room', { roomId, userId: 'ben' })).error.code, 'FORBIDDEN');
  assert.deepEqual(await join(ana, roomId, 'ana'), []);
  const ben = await connected(world.production, { token: tokens.ben });
  assert.deepEqual(await join(ben, roomId, undefined), [{ userId: 'ana', socketId: ana.id }]);
  assert.equal((await ana.next()).payload.userId, 'ben');
  const again = await connected(world.production, { token: tokens.ana });
  assert.equal((await again.ask('join-room', { roomId, userId: 'ana' })).error.code, 'INVALID_TOKEN');
  const eve = await connected(world.production, { token: tokens.eve });
  assert.equal((await eve.ask('join-room', { roomId })).error.code, 'ROOM_FULL');
});

test('rooms of the same id under two apps never meet', async () => {
  const roomId = newRoom();
  const [ana, ben] = await Promise.all(world.apps.map((app) => connected(world.production, credentials(app))));
  assert.deepEqual(await join(ana, roomId, 'ana'), []);
  assert.deepEqual(await join(ben, roomId, 'ben'), []);
  for (const targetId of ['ben', ben.id]) {
    assert.equal((await ana.ask('offer', { roomId, targetId, offer: {} })).error.code, 'PEER_NOT_FOUND');
  }
  const names = async (app) => {
    const headers = { 'x-app-id': app.id, 'x-app-secret': app.secret };
    return (await (await fetch(`${world.production}/api/rooms/${roomId}`, { headers })).json()).participants;
  };
  assert.deepEqual([await names(first), await names(second)], [['ana'], ['ben']]);
  assert.deepEqual([ana.inbox, ben.inbox], [[], []]);
  assert.equal((await fetch(`${world.production}/api/rooms`)).status, 401);
});
