/** What a person does in the demo. */
import assert from 'node:assert/strict';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { openPage } from './browser.ts';
import { until } from './until.ts';

export const hook = (page: Page, id: string): Locator => page.getByTestId(id);

export async function logIn(browser: Browser, url: string, name: string, options: BrowserContextOptions = {}): Promise<Page> {
  const page = await openPage(browser, url, options);
  await hook(page, 'login-name').fill(name);
  await hook(page, 'login-submit').click();
  return page;
}

/** Logs in, makes a meeting, joins it. Gives its link. */
export async function host(
  browser: Browser,
  platform: string,
  name: string,
  size: 'pair' | 'group' = 'pair',
): Promise<{ page: Page; link: string }> {
  const page = await logIn(browser, `${platform}/demo/`, name);
  await hook(page, `size-${size}`).check();
  await hook(page, 'meeting-name').fill('Weekly catch-up');
  await hook(page, 'create-meeting').click();
  const link = await hook(page, 'share-link').inputValue();
  await hook(page, 'open-meeting').click();
  await enter(page);
  return { page, link };
}

/** From the page before the call into the call. */
export async function enter(page: Page): Promise<void> {
  await hook(page, 'local-video').waitFor();
  await hook(page, 'prejoin-join').click();
  await connected(page);
}

export async function connected(page: Page): Promise<void> {
  await page.locator('[data-testid=connection-state][data-state=connected]').waitFor();
}

/** Opens a meeting's link, logs in, joins. */
export async function guest(
  browser: Browser,
  link: string,
  name: string,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const page = await logIn(browser, link, name, options);
  await enter(page);
  return page;
}

export async function say(page: Page, text: string): Promise<void> {
  await hook(page, 'chat-input').fill(text);
  await hook(page, 'chat-send').click();
}

/** The lines of the chat, once there are that many. More than that is an error. */
export async function chat(page: Page, count: number): Promise<string[]> {
  const lines = hook(page, 'chat-message').locator('.chat-text');
  await until(`${count} lines in the chat`, async () => (await lines.count()) >= count);
  assert.equal(await lines.count(), count, 'lines in the chat');
  return lines.allTextContents();
}

export const meetingId = (link: string): string => link.split('/').at(-1) ?? '';
