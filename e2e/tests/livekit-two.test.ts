/** LiveKit's clients with a peer connection for each way (`/rtc`): the npm package of 2025, and today's where it is told so. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { close, enterBy, eventsOf, happens, hears, people, sees } from '../support/kit.ts';
import { Stage } from '../support/stage.ts';
import { until } from '../support/until.ts';

const TIMEOUT = { timeout: 120_000 };
const stage = Stage.set();
const enter = enterBy(stage);
const OLD = { page: 'livekit-2025' };

test('a client of 2025 and one of today see and hear each other, early and late, and send data, texts and calls', TIMEOUT, async () => {
  const old = await enter('old', { room: 'ages' }, OLD);
  await old.evaluate(() => window.kit.microphone());
  await old.evaluate(() => window.kit.camera());
  const now = await enter('now', { room: 'ages' });
  await Promise.all([sees(now, 'old'), hears(now, 'old')]);
  await now.evaluate(() => window.kit.microphone());
  await now.evaluate(() => window.kit.camera());
  await Promise.all([sees(old, 'now'), hears(old, 'now')]);

  await old.evaluate(() => window.kit.send('from old'));
  await happens(now, 'data', ({ text }) => text === 'from old');
  await now.evaluate(() => window.kit.send('from now', ['old']));
  await happens(old, 'data', ({ text, who }) => text === 'from now' && who === 'now');
  await until('a packet that may be lost', async () => {
    await now.evaluate(() => window.kit.send('in a hurry', [], false));
    return (await eventsOf(old, 'data')).some(({ text }) => text === 'in a hurry');
  });
  assert.equal(await now.evaluate(() => window.kit.call('old', '21')), '42');
  await now.evaluate(() => window.kit.greet('hello'));
  await happens(old, 'text', ({ text }) => text === 'hello');

  await now.evaluate(() => window.kit.unpublishCamera());
  await happens(old, 'unsubscribed', ({ kind }) => kind === 'video');
  await now.evaluate(() => window.kit.camera());
  await sees(old, 'now');
  await old.evaluate(() => window.kit.subscribe('now', 'camera', false));
  await until('the camera is given up', async () => (await eventsOf(old, 'unsubscribed')).length === 2);
  await old.evaluate(() => window.kit.subscribe('now', 'camera', true));
  await sees(old, 'now');
  await close(old, now);
});

test('with two connections a cut socket resumes, a viewer only watches, and one who may not watch publishes', TIMEOUT, async () => {
  const two = { options: { singlePeerConnection: false } };
  const host = await enter('host', { room: 'two', canSubscribe: false }, two);
  await host.evaluate(() => window.kit.camera());
  const viewer = await enter('viewer', { room: 'two', canPublish: false, canPublishData: true }, two);
  await sees(viewer, 'host');
  const sid = await viewer.evaluate(() => window.kit.sid());
  for (const page of [viewer, host]) {
    await page.evaluate(() => window.kit.simulate('signal-reconnect'));
    await happens(page, 'reconnected');
  }
  assert.equal(await viewer.evaluate(() => window.kit.sid()), sid);
  await sees(viewer, 'host');
  assert.deepEqual(await eventsOf(viewer, 'left'), []);
  await viewer.evaluate(() => window.kit.send('still here'));
  await happens(host, 'data', ({ text }) => text === 'still here');
  await host.evaluate(() => window.kit.send('me too'));
  await happens(viewer, 'data', ({ text }) => text === 'me too');
  await viewer.evaluate(() => window.kit.simulate('full-reconnect'));
  await until('it is back with the host', async () => (await eventsOf(viewer, 'reconnected')).length === 2);
  await sees(viewer, 'host');
  assert.deepEqual((await people(host)).map(({ identity }) => identity), ['viewer']);
  await close(host, viewer);
});
