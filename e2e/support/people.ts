// Pages of a customer, each used by one person.
import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { openPage } from './browser.ts';
import type { Customer } from './customer.ts';
import type { Platform, Room } from './platform.ts';
import { until } from './until.ts';

async function open(browser: Browser, url: string): Promise<Page> {
  const page = await openPage(browser, url);
  await page.waitForFunction(() => document.title === 'ready');
  return page;
}

export const openSdkPage = (browser: Browser, { origin }: Customer, query = ''): Promise<Page> =>
  open(browser, `${origin}/sdk.html${query}`);

export type Person = {
  origin: Customer;
  platform: Platform;
  room: Room;
  userId: string;
  port?: number;
  role?: string;
  media?: boolean;
  /** `?hd`: a large picture. */
  query?: string;
};

/** Opens a page that uses the SDK and joins. `port`: of a line to the server instead of its own. */
export async function sdkPerson(
  browser: Browser,
  { origin, platform, room, userId, port, role, media = true, query = '' }: Person,
): Promise<Page> {
  const page = await openSdkPage(browser, origin, query);
  const { token } = await platform.token(room.id, userId, role);
  const url = `ws://127.0.0.1:${port ?? platform.port}/`;
  const state = await page.evaluate((seat) => window.person.join(seat), { url, roomId: room.id, token, media });
  assert.equal(state, 'connected', userId);
  return page;
}

/** Opens a page that uses Socket.IO and joins. */
export async function plainPerson(browser: Browser, origin: Customer, url: string, room: Room, userId: string): Promise<Page> {
  const page = await open(browser, `${origin.origin}/socketio.html`);
  await page.evaluate((seat) => window.plain.join(seat), { url, roomId: room.id, userId });
  await until(`${userId} is told who is there`, () =>
    page.evaluate(() => window.plain.events.some(([name]) => name === 'room-users')),
  );
  return page;
}

export const eventsOf = async (page: Page, name: string): Promise<Record<string, unknown>[]> => {
  const read = (wanted: string) => window.person.events.filter(([one]) => one === wanted).map(([, data]) => data);
  const events = await page.evaluate(read, name);
  // What the page noted of every event's fields: those that this event lacks are undefined, and go.
  return JSON.parse(JSON.stringify(events)) as Record<string, unknown>[];
};
