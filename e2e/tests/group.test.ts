/** A group meets in the demo: pictures go through the server. */
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { receives } from '../support/browser.ts';
import { guest, hook, host } from '../support/demo.ts';
import { Stage } from '../support/stage.ts';
import { until } from '../support/until.ts';

const NAMES = ['Ben Okafor', 'Cleo Marchetti', 'Dora Lindqvist', 'Emil Sato', 'Fay Nguyen'];
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, colorScheme: 'dark' } as const;
/** Where pictures of the pages go, for somebody to look at. */
const SHOTS = process.env.E2E_SHOTS;
const stage = Stage.set();

async function shoot(page: Page, name: string): Promise<void> {
  if (SHOTS === undefined) return;
  await mkdir(SHOTS, { recursive: true });
  await page.screenshot({ path: join(SHOTS, `${name}.png`) });
}

/** Whether the page has room for all: nothing has to be scrolled. */
const fits = (page: Page): Promise<boolean> =>
  page.evaluate(() => {
    const { scrollWidth, scrollHeight, clientWidth, clientHeight } = document.documentElement;
    return scrollWidth <= clientWidth && scrollHeight <= clientHeight;
  });

test('six people meet, on a phone too: who speaks is marked, and a screen takes the stage', { timeout: 180_000 }, async () => {
  const { page: ana, link } = await host(stage.browser, stage.platform.url, 'Ana Ruiz', 'group');
  const people: Page[] = [ana];
  for (const [number, name] of NAMES.entries()) {
    people.push(await guest(stage.browser, link, name, number === 0 ? PHONE : {}));
  }
  await Promise.all(people.map((page) => receives(page, NAMES.length)));
  const phone = people[1] as Page;
  for (const page of [ana, phone]) {
    assert.equal(await hook(page, 'tile').count(), NAMES.length + 1);
    assert.equal(await hook(page, 'remote-video').count(), NAMES.length);
    assert.ok(await fits(page));
  }
  await until('who speaks is marked', async () => (await ana.locator('[data-testid=tile][data-speaking=true]').count()) > 0);
  await shoot(ana, 'group');
  await shoot(phone, 'group-phone-dark');

  const cleo = people[2] as Page;
  await hook(cleo, 'toggle-mic').click();
  await hook(ana, 'tile').filter({ hasText: 'Cleo Marchetti' }).getByLabel('Microphone off').waitFor();

  await hook(people[3] as Page, 'toggle-screen').click();
  await hook(ana, 'remote-screen').waitFor();
  await until('the screen is seen', () =>
    hook(ana, 'remote-screen').evaluate((video) => (video as HTMLVideoElement).videoWidth > 0),
  );
  await shoot(ana, 'group-screen');
  await shoot(phone, 'group-screen-phone');
  await hook(people[3] as Page, 'toggle-screen').click();
  await hook(ana, 'remote-screen').waitFor({ state: 'detached' });

  await hook(people[5] as Page, 'leave').click();
  await until('the tile goes', async () => (await hook(ana, 'tile').count()) === NAMES.length);
  await Promise.all(people.map((page) => page.context().close()));
});
