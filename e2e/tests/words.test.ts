/** What the demo says when something is in the way, and how it looks. Screenshots go to e2e/screenshots. */
import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { launch, openPage, seesAndHears } from '../support/browser.ts';
import { connected, enter, guest, hook, host, logIn, meetingId, say } from '../support/demo.ts';
import { Stage } from '../support/stage.ts';

const TIMEOUT = { timeout: 90_000 };
const PHONE = { width: 390, height: 844 };
const stage = Stage.set();

const picture = (page: Page, name: string): Promise<Buffer> =>
  page.screenshot({ animations: 'disabled', path: resolve(import.meta.dirname, `../screenshots/${name}.png`) });

test('a call that is taken over by another tab says so', TIMEOUT, async () => {
  const { page: ana, link } = await host(stage.browser, stage.platform.url, 'Ana');
  // A duplicated tab has the login of the first one.
  const login = await ana.evaluate(() => JSON.stringify(Object.entries(sessionStorage)));
  const tab = await ana.context().newPage();
  await tab.addInitScript((entries) => {
    for (const [key, value] of JSON.parse(entries) as [string, string][]) sessionStorage.setItem(key, value);
  }, login);
  await tab.goto(link);
  await enter(tab);

  const told = hook(ana, 'error-banner');
  await told.waitFor();
  assert.equal(await told.getAttribute('data-code'), 'REPLACED');
  assert.match((await told.textContent()) ?? '', /The meeting goes on in another tab/);
  await connected(tab);
  await picture(ana, 'taken-over');
  await ana.context().close();
});

test('an expired token is told in words, and a new one is a click away', TIMEOUT, async () => {
  const { page: ana, link } = await host(stage.browser, stage.platform.url, 'Ana');
  const ben = await logIn(stage.browser, link, 'Ben');
  await ben.route('**/demo/api/meetings/*/token', async (route) => {
    const response = await route.fetch();
    const ticket = (await response.json()) as { userId: string };
    const token = stage.platform.expiredToken(meetingId(link), ticket.userId);
    await route.fulfill({ response, json: { ...ticket, token } });
  });
  await hook(ben, 'local-video').waitFor();
  await hook(ben, 'prejoin-join').click();
  const told = hook(ben, 'error-banner');
  await told.waitFor();
  assert.equal(await told.getAttribute('data-code'), 'TOKEN_EXPIRED');
  assert.match((await told.textContent()) ?? '', /Your pass has expired/);
  await picture(ben, 'expired');

  await ben.unroute('**/demo/api/meetings/*/token');
  await hook(ben, 'rejoin').click();
  await connected(ben);
  await seesAndHears(ana);
  await ana.context().close();
  await ben.context().close();
});

test('a refused camera is told in words, and one can join without', TIMEOUT, async () => {
  const strict = await launch({ allow: false });
  try {
    const page = await openPage(strict, `${stage.platform.url}/demo/`);
    await hook(page, 'login-name').fill('Ana');
    await hook(page, 'login-submit').click();
    await hook(page, 'meeting-name').fill('No camera');
    await hook(page, 'create-meeting').click();
    await hook(page, 'open-meeting').click();
    const told = hook(page, 'device-problem');
    await told.waitFor();
    assert.match((await told.textContent()) ?? '', /camera/i);
    await picture(page, 'camera-refused');
    await hook(page, 'prejoin-join').click();
    await connected(page);
  } finally {
    await strict.close();
  }
});

test('the demo fits a phone and the dark', TIMEOUT, async () => {
  const { page: ana, link } = await host(stage.browser, stage.platform.url, 'Ana');
  const ben = await guest(stage.browser, link, 'Ben');
  await Promise.all([seesAndHears(ana), seesAndHears(ben)]);
  await say(ben, 'Shall we begin?');
  await hook(ana, 'chat-message').waitFor();
  for (const [name, viewport] of [['desktop', { width: 1280, height: 800 }], ['phone', PHONE]] as const) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await ana.setViewportSize(viewport);
      await ana.emulateMedia({ colorScheme });
      const wide = await ana.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `the ${name} page is ${wide} px wider than the screen`);
      await picture(ana, `call-${name}-${colorScheme}`);
    }
  }
  const phone = await logIn(stage.browser, `${stage.platform.url}/demo/`, 'Cleo', { viewport: PHONE, colorScheme: 'dark' });
  await hook(phone, 'meeting-name').waitFor();
  await picture(phone, 'dashboard-phone-dark');
  for (const page of [ana, ben, phone]) await page.context().close();
});
