/** Rooms whose media goes through the server, in pages of a customer. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { receives, type Stream } from '../support/browser.ts';
import { Line } from '../support/line.ts';
import { MediaLine } from '../support/media-line.ts';
import { eventsOf, produce, produceBoth, sdkPerson, soupPerson, type Person } from '../support/people.ts';
import type { Room } from '../support/platform.ts';
import { Stage } from '../support/stage.ts';
import { until } from '../support/until.ts';

const TIMEOUT = { timeout: 120_000 };
const CUT_S = 3;
const stage = Stage.set();

const enter = (room: Room, userId: string, more: Partial<Person> = {}): Promise<Page> =>
  sdkPerson(stage, { room, userId, ...more });
const arriving = (page: Page): Promise<Stream[]> => page.evaluate(() => window.probe.arriving());
const leaving = (page: Page): Promise<Stream[]> => page.evaluate(() => window.probe.leaving());
const videoFrames = async (page: Page): Promise<number> =>
  (await arriving(page)).filter(({ kind }) => kind === 'video').reduce((sum, { frames }) => sum + frames, 0);
const close = (...pages: Page[]): Promise<unknown> => Promise.all(pages.map((page) => page.context().close()));

test('three people see and hear each other through the server, and one who comes late does at once', TIMEOUT, async (t) => {
  const room = await stage.platform.createRoom('three', 4, 'sfu');
  const ana = await enter(room, 'ana');
  const ben = await enter(room, 'ben');
  await Promise.all([receives(ana, 1), receives(ben, 1)]);

  const cleo = await enter(room, 'cleo');
  const [firstMs] = await until('the first picture', async () => {
    const seenAt = await cleo.evaluate(() => window.person.seenAt);
    return seenAt.length === 2 && seenAt.map(Math.round);
  });
  t.diagnostic(`pictures of who was there, after join(): ${(await cleo.evaluate(() => window.person.seenAt)).map(Math.round)} ms`);
  // Well under a second where the machine has nothing else to do.
  assert.ok(firstMs !== undefined && firstMs < 5_000, `first picture after ${firstMs} ms`);
  await Promise.all([ana, ben, cleo].map((page) => receives(page, 2)));
  const users = await cleo.evaluate(() => window.person.users());
  assert.deepEqual(
    users.map(({ userId, sources }) => [userId, sources]),
    [
      ['ana', ['camera', 'microphone']],
      ['ben', ['camera', 'microphone']],
    ],
  );
  await until('somebody speaks', async () => (await eventsOf(ana, 'active-speaker')).some(({ userId }) => userId !== null));

  await ben.context().close();
  for (const page of [ana, cleo]) {
    await until('the tracks go', async () => (await eventsOf(page, 'track-removed')).length === 2);
    await until('the user goes', async () => (await eventsOf(page, 'user-left')).length === 1);
    await receives(page, 1);
  }
  assert.deepEqual(await eventsOf(ana, 'error'), []);
  await close(ana, cleo);
});

test('a viewer sees and hears, and may not publish', TIMEOUT, async () => {
  const room = await stage.platform.createRoom('viewer', 4, 'sfu');
  const ana = await enter(room, 'ana');
  const vera = await enter(room, 'vera', { role: 'viewer', media: false });
  await receives(vera, 1);
  assert.equal(await vera.evaluate(() => window.person.publish()), 'FORBIDDEN');
  assert.deepEqual(await arriving(ana), []);
  await close(ana, vera);
});

test('media goes on while the line of the signaling is cut, and who came meanwhile is seen after it', TIMEOUT, async () => {
  const room = await stage.platform.createRoom('cut', 4, 'sfu');
  const line = await Line.to(stage.platform.port);
  const ana = await enter(room, 'ana');
  const ben = await enter(room, 'ben', { port: line.port });
  await Promise.all([receives(ana, 1), receives(ben, 1)]);

  line.cut();
  await until('the page notices', async () => (await ben.evaluate(() => window.person.state())) === 'reconnecting');
  const cleo = await enter(room, 'cleo');
  for (let second = 0; second < CUT_S; second += 1) {
    const before = [await videoFrames(ana), await videoFrames(ben)];
    await new Promise((passed) => setTimeout(passed, 1000));
    const now = [await videoFrames(ana), await videoFrames(ben)];
    assert.ok(now.every((frames, index) => frames > (before[index] ?? 0)), `second ${second}: ${before} then ${now}`);
  }
  line.mend();
  await until('the page is back', async () => (await ben.evaluate(() => window.person.state())) === 'connected');
  await Promise.all([ana, ben, cleo].map((page) => receives(page, 2)));
  assert.deepEqual(await eventsOf(ana, 'user-left'), []);
  await close(ana, ben, cleo);
  line.close();
});

test('a network that is gone for three seconds costs nobody a seat, and pictures and sound go on', TIMEOUT, async (t) => {
  const room = await stage.platform.createRoom('cut off', 4, 'sfu');
  const ana = await enter(room, 'ana');
  const line = await Line.to(stage.platform.port);
  const media = await MediaLine.to(await until('the media port is told', () => ana.evaluate(() => window.probe.mediaPort() || null)));
  const ben = await enter(room, 'ben', { port: line.port, query: `?media=${media.port}` });
  await Promise.all([receives(ana, 1), receives(ben, 1)]);

  line.cut();
  media.cut();
  await until('the page notices', async () => (await ben.evaluate(() => window.person.state())) === 'reconnecting');
  await new Promise((passed) => setTimeout(passed, CUT_S * 1000));
  const before = [await videoFrames(ana), await videoFrames(ben)];
  line.mend();
  media.mend();
  const mendedAt = Date.now();
  await until('the pictures go on', async () => {
    const now = [await videoFrames(ana), await videoFrames(ben)];
    return now.every((frames, index) => frames > (before[index] ?? 0) + 2);
  });
  t.diagnostic(`pictures again ${Date.now() - mendedAt} ms after the network`);
  await until('the page is back', async () => (await ben.evaluate(() => window.person.state())) === 'connected');
  await Promise.all([receives(ana, 1), receives(ben, 1)]);
  for (const page of [ana, ben]) {
    assert.deepEqual(await eventsOf(page, 'user-left'), []);
    assert.deepEqual(await eventsOf(page, 'track-removed'), []);
  }
  await close(ana, ben);
  line.close();
  media.close();
});

test('what nobody looks at is not sent: small pictures in small, hidden ones not at all', TIMEOUT, async () => {
  const room = await stage.platform.createRoom('sizes', 4, 'sfu');
  const ana = await enter(room, 'ana', { query: '?hd' });
  const ben = await enter(room, 'ben', { role: 'viewer', media: false });
  await receives(ben, 1);
  const videos = async (): Promise<Stream[]> => (await leaving(ana)).filter(({ kind }) => kind === 'video');
  assert.deepEqual((await videos()).map(({ rid }) => rid).sort(), ['f', 'h', 'q']);

  /** Waits until of the layers exactly these are sent for a while. */
  const sent = (rids: string[]): Promise<unknown> =>
    until(`only ${rids.join()} is sent`, async () => {
      const before = new Map((await videos()).map(({ rid, frames }) => [rid, frames]));
      await new Promise((passed) => setTimeout(passed, 1500));
      const now = (await videos()).filter(({ rid, frames }) => frames > (before.get(rid) ?? 0));
      return now.map(({ rid }) => rid).sort().join() === rids.join();
    }, 30_000);
  await ben.evaluate(() => window.person.showAt(160));
  await sent(['q']);
  await ben.evaluate(() => window.person.showAt(0));
  await sent([]);
  await ben.evaluate(() => window.person.showAt(160));
  await sent(['q']);
  const before = await videoFrames(ben);
  await until('the picture goes on', async () => (await videoFrames(ben)) > before + 10);
  await close(ana, ben);
});

test('a shared screen comes beside the camera, and goes', TIMEOUT, async () => {
  const room = await stage.platform.createRoom('screen', 4, 'sfu');
  const ana = await enter(room, 'ana');
  const ben = await enter(room, 'ben');
  await receives(ben, 1);
  assert.ok(await ana.evaluate(() => window.person.shareScreen()));
  await until('the screen comes', async () => {
    const users = await ben.evaluate(() => window.person.users());
    return users[0]?.sources.join() === 'camera,microphone,screen';
  });
  await until('and is seen', async () => (await arriving(ben)).filter(({ kind, frames }) => kind === 'video' && frames > 0).length === 2);
  await close(ana, ben);
});

test('a page with mediasoup-client is in the same call', TIMEOUT, async () => {
  const room = await stage.platform.createRoom('mixed', 4, 'sfu');
  const ana = await enter(room, 'ana');
  const soup = await soupPerson(stage, room.id, 'mia');
  await produceBoth(soup);
  await Promise.all([receives(ana, 1), receives(soup, 1)]);
  const [mia] = await ana.evaluate(() => window.person.users());
  assert.deepEqual([mia?.userId, mia?.sources], ['mia', ['camera', 'microphone']]);
  await close(ana, soup);
});

test('a microphone that the host muted is silent for everybody, whatever its page does', TIMEOUT, async () => {
  const room = await stage.platform.createRoom('mute', 4, 'sfu');
  const ana = await enter(room, 'ana', { role: 'host' });
  const soup = await soupPerson(stage, room.id, 'mia');
  // This page knows nothing of mutes and goes on sending.
  await produce(soup, { kind: 'audio' });
  const bytes = async (): Promise<number> => (await arriving(ana)).find(({ kind }) => kind === 'audio')?.bytes ?? 0;
  await until('the sound arrives', async () => (await bytes()) > 1_000);
  await ana.evaluate(() => window.person.muteUser('mia', 'audio', true));
  await until('nothing arrives any more', async () => {
    const before = await bytes();
    await new Promise((passed) => setTimeout(passed, 1000));
    return (await bytes()) === before;
  });
  await ana.evaluate(() => window.person.muteUser('mia', 'audio', false));
  const silent = await bytes();
  await until('the sound is back', async () => (await bytes()) > silent + 1_000);
  await close(ana, soup);
});

test('eight people in one room, four of them with mediasoup-client', { timeout: 240_000 }, async (t) => {
  const room = await stage.platform.createRoom('eight', 16, 'sfu');
  const people: Page[] = [];
  for (let number = 1; number <= 4; number += 1) {
    const soup = await soupPerson(stage, room.id, `soup-${number}`);
    await produceBoth(soup);
    people.push(soup, await enter(room, `person-${number}`));
  }
  await Promise.all(people.map((page) => receives(page, 7)));
  const last = await people[7]?.evaluate(() => window.person.seenAt.map(Math.round));
  t.diagnostic(`pictures of seven others, after join(): ${last} ms`);
  await close(...people);
});
