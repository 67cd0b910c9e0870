/** People on the page that uses LiveKit's npm package. */
import type { Page } from 'playwright-core';
import { type Tab } from './browser.ts';
import type { Firefox } from './firefox.ts';
import { open } from './people.ts';
import type { Stage } from './stage.ts';
import { until } from './until.ts';

export type Grants = { room: string; [grant: string]: unknown };
export type More = { claims?: object; options?: object; page?: string };

/** Opens a page and joins as somebody. `page`: with which version of the package. */
export const enterBy = (stage: Stage) => async (identity: string, grants: Grants, more: More = {}): Promise<Page> => {
  const page = await open(stage.browser, `${stage.customer.origin}/${more.page ?? 'livekit'}.html`);
  await join(page, stage, identity, grants, more);
  return page;
};

/** As `enterBy`, in Firefox. */
export const enterByFirefox = (stage: Stage, firefox: () => Firefox) => async (identity: string, grants: Grants, more: More = {}): Promise<Tab> => {
  const page = await open(firefox(), `${stage.customer.origin}/${more.page ?? 'livekit'}.html`);
  await join(page, stage, identity, grants, more);
  return page;
};

async function join(page: Tab, { platform }: Stage, identity: string, grants: Grants, { claims = {}, options = {} }: More): Promise<void> {
  const token = await platform.accessToken(identity, { roomJoin: true, ...grants }, claims);
  await page.evaluate((seat) => window.kit.join(seat), { url: platform.url, token, options });
}

export const eventsOf = (page: Tab, name: string): Promise<any[]> =>
  page.evaluate((wanted) => window.kit.events.filter(([found]) => found === wanted).map(([, data]) => data), name);
export const happens = (page: Tab, name: string, fits: (data: any) => boolean = () => true): Promise<any> =>
  until(`the event ${name}`, async () => {
    const found = (await eventsOf(page, name)).filter(fits);
    return found.length > 0 && { data: found[0] };
  }).then(({ data }) => data).catch(async (error: Error) => {
    throw new Error(`${error.message}: ${JSON.stringify(await page.evaluate(() => window.kit.events))}`);
  });
export const people = (page: Tab): Promise<{ identity: string; name: string; attributes: object; tracks: string[] }[]> =>
  page.evaluate(() => window.kit.people());

/** Waits until pictures of that person are decoded, from now on. */
export async function sees(page: Tab, identity: string, source = 'camera'): Promise<{ frames: number; width: number; codec: string }> {
  const ask = (): Promise<{ frames: number; width: number; codec: string }> =>
    page.evaluate((wanted) => window.kit.picture(wanted), { identity, source });
  const before = (await ask()).frames;
  return until(`pictures of ${identity}`, async () => {
    const now = await ask();
    return now.frames > before + 10 && now;
  }).catch(async (error: Error) => {
    const seen = { events: await page.evaluate(() => window.kit.events), people: await people(page) };
    throw new Error(`${error.message}: ${JSON.stringify(seen)}`);
  });
}
export const hears = (page: Tab, identity: string): Promise<unknown> =>
  until(`sound of ${identity}`, () => page.evaluate((wanted) => window.kit.sound({ identity: wanted }), identity).then((energy) => energy > 0));
export const close = (...pages: Tab[]): Promise<unknown> => Promise.all(pages.map((page) => page.close()));
