/** Pages of a customer, each used by one person. */
import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { openPage, type Tab } from './browser.ts';
import type { Firefox } from './firefox.ts';
import type { Room } from './platform.ts';
import type { Stage } from './stage.ts';
import { until } from './until.ts';

/** Opens one of the pages in `pages/`, in Chromium or Firefox, and waits until its script has run. */
export async function open(browser: Browser, url: string): Promise<Page>;
export async function open(browser: Browser | Firefox, url: string): Promise<Tab>;
export async function open(browser: Browser | Firefox, url: string): Promise<Tab> {
  const page = 'open' in browser ? await browser.open(url) : await openPage(browser, url);
  await until(`${url} is ready`, () => page.evaluate(() => document.title === 'ready'));
  return page;
}

export const openSdkPage = ({ browser, customer }: Stage, query = ''): Promise<Page> =>
  open(browser, `${customer.origin}/sdk.html${query}`);

export type Person = {
  room: Room;
  userId: string;
  /** Of a line to the server instead of its own. */
  port?: number;
  role?: string;
  media?: boolean;
  /** `?hd`: a large picture; `?media=<port>`: media by a line. */
  query?: string;
};

/** Opens a page that uses the SDK and joins. */
export async function sdkPerson(stage: Stage, person: Person): Promise<Page> {
  const page = await openSdkPage(stage, person.query);
  await joinBySdk(page, stage, person);
  return page;
}

/** As `sdkPerson`, in Firefox. */
export async function firefoxSdkPerson(firefox: Firefox, stage: Stage, person: Person): Promise<Tab> {
  const page = await open(firefox, `${stage.customer.origin}/sdk.html`);
  await joinBySdk(page, stage, person);
  return page;
}

async function joinBySdk(page: Tab, { platform }: Stage, { room, userId, port, role, media = true }: Person): Promise<void> {
  const { token } = await platform.token(room.id, userId, role);
  const url = `ws://127.0.0.1:${port ?? platform.port}/`;
  const state = await page.evaluate((seat) => window.person.join(seat), { url, roomId: room.id, token, media });
  assert.equal(state, 'connected', userId);
}

/** Opens a page that uses mediasoup-client and joins. It sends nothing by itself. */
export async function soupPerson(stage: Stage, callId: string, userId: string): Promise<Page>;
export async function soupPerson(stage: Stage, callId: string, userId: string, browser: Firefox): Promise<Tab>;
export async function soupPerson(stage: Stage, callId: string, userId: string, browser: Browser | Firefox = stage.browser): Promise<Tab> {
  const page = await open(browser, `${stage.customer.origin}/mediasoup.html`);
  await page.evaluate((seat) => window.soup.join(seat), { url: stage.platform.url, callId, userId });
  return page;
}

export type Wanted = { kind: 'audio' | 'video'; codec?: string; encodings?: object[] };
/** Sends a track of a page that uses mediasoup-client, and gives the producer's id. */
export const produce = (page: Tab, wanted: Wanted): Promise<string> =>
  page.evaluate((one) => window.soup.produce(one), wanted);

/** Sends a microphone and a camera. */
export async function produceBoth(page: Tab): Promise<void> {
  await produce(page, { kind: 'audio' });
  await produce(page, { kind: 'video' });
}

/** Opens a page that uses Socket.IO and joins. */
export async function plainPerson({ browser, customer, platform }: Stage, room: Room, userId: string): Promise<Page> {
  const page = await open(browser, `${customer.origin}/socketio.html`);
  await page.evaluate((seat) => window.plain.join(seat), { url: platform.url, roomId: room.id, userId });
  await until(`${userId} is told who is there`, () =>
    page.evaluate(() => window.plain.events.some(([name]) => name === 'room-users')),
  );
  return page;
}

export const eventsOf = async (page: Tab, name: string): Promise<Record<string, unknown>[]> => {
  const read = (wanted: string) => window.person.events.filter(([one]) => one === wanted).map(([, data]) => data);
  const events = await page.evaluate(read, name);
  // What the page noted of every event's fields: those that this event lacks are undefined, and go.
  return JSON.parse(JSON.stringify(events)) as Record<string, unknown>[];
};
