// npm's mediasoup-client, unchanged, against our media server.
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launch, openPage } from '../support/browser.ts';
import { Customer } from '../support/customer.ts';
import { Platform } from '../support/platform.ts';
import { until } from '../support/until.ts';

const TIMEOUT = { timeout: 90_000 };
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

async function person(callId: string, userId: string): Promise<Page> {
  const page = await openPage(browser, `${customer.origin}/mediasoup.html`);
  await page.waitForFunction(() => document.title === 'ready');
  await page.evaluate((seat) => window.soup.join(seat), { url: platform.url, callId, userId });
  return page;
}

const produce = (page: Page, options: { kind: 'audio' | 'video'; codec?: string; encodings?: object[] }): Promise<string> =>
  page.evaluate((wanted) => window.soup.produce(wanted), options);

/** Waits until the page decodes pictures and hears sound of that many others. */
async function seesAll(page: Page, pictures: number, voices = pictures): Promise<void> {
  type Sum = { pictures: number; voices: number };
  let last: Sum | null = null;
  await until(`${pictures} pictures and ${voices} voices arrive`, async () => {
    last = await page.evaluate(async () => {
      const sum = { pictures: 0, voices: 0 };
      for (const { id, kind } of window.soup.consumers()) {
        if (kind === 'video' && (await window.soup.picture(id)).frames > 10) sum.pictures += 1;
        if (kind === 'audio') sum.voices += 1;
      }
      const heard = (await window.probe.received()).some(({ energy }) => energy > 0);
      return heard ? sum : { ...sum, voices: 0 };
    });
    return last.pictures === pictures && last.voices === voices;
  }).catch(async (error: Error) => {
    const states = await page.evaluate(() => window.soup.states());
    throw new Error(`${error.message}: ${JSON.stringify(last)}, transports ${states.join(', ')}\n${platform.output.slice(-2000)}`);
  });
}

const close = (pages: Page[]): Promise<void[]> => Promise.all(pages.map((page) => page.context().close()));

test('two people see and hear each other', TIMEOUT, async () => {
  const people = [await person('two', 'ana'), await person('two', 'ben')];
  for (const page of people) {
    await produce(page, { kind: 'audio' });
    await produce(page, { kind: 'video' });
  }
  await Promise.all(people.map((page) => seesAll(page, 1)));
  await close(people);
});
