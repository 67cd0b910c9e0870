// Rooms whose media goes through the server, in pages of a customer.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launch, openPage, receives, type Stream } from '../support/browser.ts';
import { Customer } from '../support/customer.ts';
import { Line } from '../support/line.ts';
import { eventsOf, sdkPerson, type Person } from '../support/people.ts';
import { Platform, type Room } from '../support/platform.ts';
import { until } from '../support/until.ts';

const TIMEOUT = { timeout: 120_000 };
const CUT_S = 3;
let customer: Customer;
let platform: Platform;
let browser: Browser;

before(async () => {
  customer = await Customer.open();
  platform = await Platform.start([customer.origin]);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await platform?.stop();
  customer?.close();
});

const enter = (room: Room, userId: string, more: Partial<Person> = {}): Promise<Page> =>
  sdkPerson(browser, { origin: customer, platform, room, userId, ...more });
const arriving = (page: Page): Promise<Stream[]> => page.evaluate(() => window.probe.arriving());
const leaving = (page: Page): Promise<Stream[]> => page.evaluate(() => window.probe.leaving());
const videoFrames = async (page: Page): Promise<number> =>
  (await arriving(page)).filter(({ kind }) => kind === 'video').reduce((sum, { frames }) => sum + frames, 0);
const close = (...pages: Page[]): Promise<unknown> => Promise.all(pages.map((page) => page.context().close()));

test('three people see and hear each other through the server, and one who comes late does at once', TIMEOUT, async (t) => {
  const room = await platform.createRoom('three', 4, 'sfu');
  const ana = await enter(room, 'ana');
  const ben = await enter(room, 'ben');
  await Promise.all([receives(ana, 1), receives(ben, 1)]);

  const cleo = await enter(room, 'cleo');
  const [firstMs] = await until('the first picture', async () => {
    const seenAt = await cleo.evaluate(() => window.person.seenAt);
    return seenAt.length === 2 && seenAt.map(Math.round);
  });
  t.diagnostic(`pictures of who was there, after join(): ${(await cleo.evaluate(() => window.person.seenAt)).map(Math.round)} ms`);
  assert.ok(firstMs !== undefined && firstMs < 2_000, `first picture after ${firstMs} ms`);
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
  const room = await platform.createRoom('viewer', 4, 'sfu');
  const ana = await enter(room, 'ana');
  const vera = await enter(room, 'vera', { role: 'viewer', media: false });
  await receives(vera, 1);
  assert.equal(await vera.evaluate(() => window.person.publish()), 'FORBIDDEN');
  assert.deepEqual(await arriving(ana), []);
  await close(ana, vera);
});

test('media goes on while the line of the signaling is cut, and who came meanwhile is seen after it', TIMEOUT, async () => {
  const room = await platform.createRoom('cut', 4, 'sfu');
  const line = await Line.to(platform.port);
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

test('after three seconds in which nothing gets through, pictures and sound go on', TIMEOUT, async (t) => {
  const room = await platform.createRoom('frozen', 4, 'sfu');
  const ana = await enter(room, 'ana');
  const ben = await enter(room, 'ben');
  await Promise.all([receives(ana, 1), receives(ben, 1)]);
  platform.freeze();
  await new Promise((passed) => setTimeout(passed, CUT_S * 1000));
  const before = await videoFrames(ben);
  const thawedAt = Date.now();
  platform.thaw();
  await until('the picture goes on', async () => (await videoFrames(ben)) > before + 2);
  t.diagnostic(`picture again ${Date.now() - thawedAt} ms after the network`);
  await Promise.all([receives(ana, 1), receives(ben, 1)]);
  for (const page of [ana, ben]) {
    assert.deepEqual(await eventsOf(page, 'user-left'), []);
    assert.deepEqual(await eventsOf(page, 'track-removed'), []);
  }
  await close(ana, ben);
});

test('what nobody looks at is not sent: small pictures in small, hidden ones not at all', TIMEOUT, async () => {
  const room = await platform.createRoom('sizes', 4, 'sfu');
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
  const room = await platform.createRoom('screen', 4, 'sfu');
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
  const room = await platform.createRoom('mixed', 4, 'sfu');
  const ana = await enter(room, 'ana');
  const soup = await openPage(browser, `${customer.origin}/mediasoup.html`);
  await soup.waitForFunction(() => document.title === 'ready');
  await soup.evaluate((seat) => window.soup.join(seat), { url: platform.url, callId: room.id, userId: 'mia' });
  await soup.evaluate(() => window.soup.produce({ kind: 'audio' }));
  await soup.evaluate(() => window.soup.produce({ kind: 'video' }));
  await Promise.all([receives(ana, 1), receives(soup, 1)]);
  const [mia] = await ana.evaluate(() => window.person.users());
  assert.deepEqual([mia?.userId, mia?.sources], ['mia', ['camera', 'microphone']]);
  await close(ana, soup);
});

test('a microphone that the host muted is silent for everybody, whatever its page does', TIMEOUT, async () => {
  const room = await platform.createRoom('mute', 4, 'sfu');
  const ana = await enter(room, 'ana', { role: 'host' });
  const soup = await openPage(browser, `${customer.origin}/mediasoup.html`);
  await soup.waitForFunction(() => document.title === 'ready');
  await soup.evaluate((seat) => window.soup.join(seat), { url: platform.url, callId: room.id, userId: 'mia' });
  // This page knows nothing of mutes and goes on sending.
  await soup.evaluate(() => window.soup.produce({ kind: 'audio' }));
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

test('eight people in one room', { timeout: 240_000 }, async (t) => {
  const room = await platform.createRoom('eight', 16, 'sfu');
  const people: Page[] = [];
  for (let number = 1; number <= 8; number += 1) people.push(await enter(room, `person-${number}`));
  await Promise.all(people.map((page) => receives(page, 7)));
  const last = await people[7]?.evaluate(() => window.person.seenAt.map(Math.round));
  t.diagnostic(`pictures of seven others, after join(): ${last} ms`);
  await close(...people);
});
