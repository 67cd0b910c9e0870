// A page with the SDK and a page with npm's socket.io-client call each other in one room.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { launch, seesAndHears } from '../support/browser.ts';
import { Customer } from '../support/customer.ts';
import { eventsOf, plainPerson, sdkPerson } from '../support/people.ts';
import { Platform } from '../support/platform.ts';
import { until } from '../support/until.ts';

const TIMEOUT = { timeout: 60_000 };
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

test('a Socket.IO page that comes second and an SDK page see and hear each other', TIMEOUT, async () => {
  const room = await platform.createRoom('mixed');
  const ana = await sdkPerson(browser, { origin: customer, platform, room, userId: 'ana' });
  const ben = await plainPerson(browser, customer, platform.url, room, 'ben');
  await Promise.all([seesAndHears(ana), seesAndHears(ben)]);
  assert.deepEqual(await eventsOf(ana, 'user-joined'), [{ userId: 'ben', role: 'participant' }]);

  await ben.context().close();
  await until('the SDK is told that ben left', async () => (await eventsOf(ana, 'user-left')).length > 0);
  await ana.context().close();
});

test('an SDK page that comes second and a Socket.IO page see and hear each other', TIMEOUT, async () => {
  const room = await platform.createRoom('mixed');
  const ben = await plainPerson(browser, customer, platform.url, room, 'ben');
  const ana = await sdkPerson(browser, { origin: customer, platform, room, userId: 'ana' });
  await Promise.all([seesAndHears(ana), seesAndHears(ben)]);

  await ana.evaluate(() => window.person.leave());
  const left = await until('Socket.IO is told that ana left', () =>
    ben.evaluate(() => window.plain.events.find(([name]) => name === 'user-left')?.[1]),
  );
  assert.deepEqual([left['userId'], left['roomId']], ['ana', room.id]);
  await ana.context().close();
  await ben.context().close();
});
