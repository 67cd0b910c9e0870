/** A livestream in the live app: one goes live, others watch, chat and are counted, and all learn of the end. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launch, openPage, seesAndHears } from '../support/browser.ts';
import { Platform } from '../support/platform.ts';

const TIMEOUT = { timeout: 120_000 };
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true };
let platform: Platform;
let browser: Browser;

before(async () => {
  platform = await Platform.start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await platform?.stop();
});

const at = (page: Page, testId: string) => page.getByTestId(testId);

/** A page of somebody who has pressed "Go live" with a camera. */
async function goLive(title: string, name: string): Promise<Page> {
  const page = await openPage(browser, `${platform.url}/live/`);
  page.on('dialog', (dialog) => void dialog.accept());
  await at(page, 'go-live').click();
  await at(page, 'title').fill(title);
  await at(page, 'name').fill(name);
  await at(page, 'source-camera').click();
  await at(page, 'preview').waitFor();
  await at(page, 'start').click();
  await at(page, 'end').waitFor();
  return page;
}

/** A page of somebody who found the stream in the list. */
async function watch(title: string, name: string, options = {}): Promise<Page> {
  const page = await openPage(browser, `${platform.url}/live/`, options);
  await at(page, 'stream-card').filter({ hasText: title }).click();
  await at(page, 'name').fill(name);
  await at(page, 'enter').click();
  await at(page, 'stage-video').waitFor();
  return page;
}

async function counts(page: Page, viewers: number): Promise<void> {
  await page.locator(`[data-testid=viewer-count][data-count="${viewers}"]`).waitFor();
}

async function say(page: Page, text: string): Promise<void> {
  await at(page, 'chat-input').fill(text);
  await at(page, 'chat-send').click();
}

test('somebody goes live, two watch, the count moves by itself, and the end reaches all', TIMEOUT, async () => {
  const ana = await goLive('Bread at five', 'Ana');
  const ben = await watch('Bread at five', 'Ben');
  await seesAndHears(ben);
  await counts(ana, 1);
  const cem = await watch('Bread at five', 'Cem', PHONE);
  await seesAndHears(cem);
  await Promise.all([counts(ana, 2), counts(ben, 2), counts(cem, 2)]);

  await say(ben, 'Good morning');
  await say(ana, 'Welcome');
  for (const page of [ana, ben, cem]) {
    await at(page, 'chat-line').filter({ hasText: 'Good morning' }).waitFor();
    await at(page, 'chat-line').filter({ hasText: 'Welcome' }).waitFor();
  }
  assert.match(await at(cem, 'chat-line').filter({ hasText: 'Good morning' }).innerText(), /^Ben/);

  await cem.context().close();
  await Promise.all([counts(ana, 1), counts(ben, 1)]);

  await at(ana, 'end').click();
  await Promise.all([at(ana, 'ended').waitFor(), at(ben, 'ended').waitFor()]);
  const late = await openPage(browser, ben.url());
  await at(late, 'ended').waitFor();
  for (const page of [ana, ben, late]) await page.context().close();
});

test('a viewer who leaves and one who reloads the page are let in again', TIMEOUT, async () => {
  const ana = await goLive('Second helping', 'Ana');
  const ben = await watch('Second helping', 'Ben');
  await at(ben, 'leave').click();
  await at(ben, 'again').click();
  await seesAndHears(ben);
  await ben.reload();
  await at(ben, 'enter').click();
  await seesAndHears(ben);
  await counts(ana, 1);
  await at(ana, 'end').click();
  await at(ben, 'ended').waitFor();
  for (const page of [ana, ben]) await page.context().close();
});

test('a stream outlives a host who reloads the page while nobody watches', TIMEOUT, async () => {
  const ana = await goLive('Be right back', 'Ana');
  const list = `${platform.url}/api/v1/livestreams`;
  const streams = (await (await fetch(`${list}?status=LIVE`)).json()) as { data: { id: string; title: string }[] };
  const id = streams.data.find((stream) => stream.title === 'Be right back')?.id;
  assert.ok(id);
  await ana.reload();
  // The session before the reload has been taken off the list: what the room told has been worked on.
  const left = async () => ((await (await fetch(`${list}/${id}/participants?status=LEFT`)).json()) as { total: number }).total;
  while ((await left()) === 0) await ana.waitForTimeout(100);
  type Health = { components: { queue: { details: { waiting: number } } } };
  const waiting = async () =>
    ((await (await fetch(`${platform.url}/health`)).json()) as Health).components.queue.details.waiting;
  while ((await waiting()) > 0) await ana.waitForTimeout(100);
  const stream = (await (await fetch(`${list}/${id}`)).json()) as { data: { status: string } };
  assert.equal(stream.data.status, 'LIVE');
  await ana.context().close();
});

test('an address without a stream says so', TIMEOUT, async () => {
  const page = await openPage(browser, `${platform.url}/live/s/00000000-0000-4000-8000-000000000000`);
  await page.locator('[data-testid=error-banner][data-code=NOT_FOUND]').waitFor();
  await page.context().close();
});
