/** The SDK as a customer's own page uses it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { seesAndHears } from '../support/browser.ts';
import { Line } from '../support/line.ts';
import { eventsOf, openSdkPage, sdkPerson } from '../support/people.ts';
import { Stage } from '../support/stage.ts';
import { until } from '../support/until.ts';

const TIMEOUT = { timeout: 90_000 };
const CUT_S = 5;
const MESSAGES = 100;
const stage = Stage.set();

const numbersFrom = (page: Page, userId: string): Promise<unknown[]> =>
  page.evaluate((from) => window.person.data.filter((one) => one.userId === from).map(({ data }) => data), userId);

/** Waits for the last of the numbers 1 to `MESSAGES`, then holds all that came against them. */
async function hasAllNumbers(page: Page, from: string): Promise<void> {
  await until(`message ${MESSAGES} of ${from}`, async () => (await numbersFrom(page, from)).includes(MESSAGES));
  const all = Array.from({ length: MESSAGES }, (_, index) => index + 1);
  assert.deepEqual(await numbersFrom(page, from), all, `what came from ${from}`);
}

test('three people in a mesh see and hear each other and share data', TIMEOUT, async () => {
  const room = await stage.platform.createRoom('mesh', 4);
  const people: Page[] = [];
  for (const userId of ['ana', 'ben', 'cleo']) {
    people.push(await sdkPerson(stage, { room, userId }));
  }
  await Promise.all(people.map((page) => seesAndHears(page, 2)));

  const [ana, ben, cleo] = people as [Page, Page, Page];
  await ana.evaluate(() => window.person.send({ text: 'to all' }));
  for (const page of [ben, cleo]) {
    const [first] = await until('the data arrives', async () => {
      const data = await page.evaluate(() => window.person.data);
      return data.length > 0 && data;
    });
    assert.deepEqual(first, { userId: 'ana', data: { text: 'to all' } });
  }
  await cleo.context().close();
  for (const page of [ana, ben]) {
    const [left] = await until('the others are told', async () => {
      const events = await eventsOf(page, 'user-left');
      return events.length > 0 && events;
    });
    assert.deepEqual(left, { userId: 'cleo', reason: 'left' });
    await seesAndHears(page, 1);
  }
  await ana.context().close();
  await ben.context().close();
});

test('data sent both ways while a line is cut arrives once and in order', TIMEOUT, async () => {
  const room = await stage.platform.createRoom('cut');
  const line = await Line.to(stage.platform.port);
  const ana = await sdkPerson(stage, { room, userId: 'ana' });
  const ben = await sdkPerson(stage, { room, userId: 'ben', port: line.port });
  await until('they are together', async () => (await eventsOf(ana, 'user-joined')).length === 1);
  const seat = await stage.platform.seat(room.id, 'ben');

  // Messages are under way at the moment of the cut, during it, and after it.
  const sendAll = ({ count, ms }: { count: number; ms: number }): void => {
    let sent = 0;
    const timer = setInterval(() => {
      sent += 1;
      window.person.send(sent);
      if (sent === count) clearInterval(timer);
    }, ms / count);
  };
  const sending = { count: MESSAGES, ms: (CUT_S + 2) * 1000 };
  await Promise.all([ana.evaluate(sendAll, sending), ben.evaluate(sendAll, sending)]);
  await until('some have arrived', async () => (await numbersFrom(ana, 'ben')).length > 3);
  line.cut();
  await until('the page notices', async () => (await ben.evaluate(() => window.person.state())) === 'reconnecting');
  await until('the server notices', async () => (await stage.platform.seat(room.id, 'ben'))?.connected === false);
  await new Promise((passed) => setTimeout(passed, CUT_S * 1000));
  line.mend();

  await until('the page is back', async () => (await ben.evaluate(() => window.person.state())) === 'connected');
  await hasAllNumbers(ana, 'ben');
  await hasAllNumbers(ben, 'ana');
  assert.deepEqual(await eventsOf(ana, 'user-left'), []);
  assert.equal((await eventsOf(ana, 'user-joined')).length, 1);
  const kept = await stage.platform.seat(room.id, 'ben');
  assert.deepEqual([kept?.socketId, kept?.connected], [seat?.socketId, true]);
  await ana.context().close();
  await ben.context().close();
  line.close();
});

test('join is refused with a code that says why', TIMEOUT, async () => {
  const room = await stage.platform.createRoom('doors');
  const page = await openSdkPage(stage);
  const url = `ws://127.0.0.1:${stage.platform.port}/`;
  const join = (token: string, roomId = room.id): Promise<string> =>
    page.evaluate((seat) => window.person.join(seat), { url, roomId, token, media: false });

  assert.equal(await join(stage.platform.expiredToken(room.id, 'ana')), 'TOKEN_EXPIRED');
  assert.equal(await join('not a token'), 'INVALID_TOKEN');
  const other = await stage.platform.createRoom('another');
  assert.equal(await join((await stage.platform.token(other.id, 'ana')).token), 'INVALID_TOKEN');

  const { token } = await stage.platform.token(room.id, 'ana');
  assert.equal(await join(token), 'connected');
  await page.evaluate(() => window.person.leave());
  assert.equal(await join(token), 'INVALID_TOKEN', 'a token admits one session');

  const people = [];
  for (const userId of ['ben', 'cleo']) {
    people.push(await sdkPerson(stage, { room, userId }));
  }
  const last = await stage.platform.token(room.id, 'ana');
  assert.equal(await join(last.token), 'ROOM_FULL');
  await people[0]?.context().close();
  await until('a seat is free', async () => (await stage.platform.seats(room.id)).length === 1);
  assert.equal(await join(last.token), 'connected', 'a full room does not use the token up');
  await people[1]?.context().close();
  await page.context().close();
});
