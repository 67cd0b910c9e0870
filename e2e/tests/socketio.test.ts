/** A page with the SDK and a page with npm's socket.io-client call each other in one room. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seesAndHears } from '../support/browser.ts';
import { eventsOf, plainPerson, sdkPerson } from '../support/people.ts';
import { Stage } from '../support/stage.ts';
import { until } from '../support/until.ts';

const TIMEOUT = { timeout: 60_000 };
const stage = Stage.set();

test('a Socket.IO page that comes second and an SDK page see and hear each other', TIMEOUT, async () => {
  const room = await stage.platform.createRoom('mixed');
  const ana = await sdkPerson(stage, { room, userId: 'ana' });
  const ben = await plainPerson(stage, room, 'ben');
  await Promise.all([seesAndHears(ana), seesAndHears(ben)]);
  assert.deepEqual(await eventsOf(ana, 'user-joined'), [{ userId: 'ben', role: 'participant' }]);

  await ben.context().close();
  await until('the SDK is told that ben left', async () => (await eventsOf(ana, 'user-left')).length > 0);
  await ana.context().close();
});

test('an SDK page that comes second and a Socket.IO page see and hear each other', TIMEOUT, async () => {
  const room = await stage.platform.createRoom('mixed');
  const ben = await plainPerson(stage, room, 'ben');
  const ana = await sdkPerson(stage, { room, userId: 'ana' });
  await Promise.all([seesAndHears(ana), seesAndHears(ben)]);

  await ana.evaluate(() => window.person.leave());
  const left = await until('Socket.IO is told that ana left', () =>
    ben.evaluate(() => window.plain.events.find(([name]) => name === 'user-left')?.[1]),
  );
  assert.deepEqual([left['userId'], left['roomId']], ['ana', room.id]);
  await ana.context().close();
  await ben.context().close();
});
