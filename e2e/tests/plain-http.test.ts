/** Two pages hold a call over nothing but the /rtc routes of an embedded server: examples/node/browser-call. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { start, type Program } from '../../examples/node/test/program.ts';
import { launch, openPage, seesAndHears } from '../support/browser.ts';
import { until } from '../support/until.ts';

let example: Program;
let browser: Browser;

before(async () => {
  example = await start('browser-call', 1_000);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await example?.stop();
});

test('two pages see and hear each other over plain HTTP, until one goes', { timeout: 60_000 }, async () => {
  const ann = await openPage(browser, `${example.url}/?room=call&name=ann`);
  await ann.getByText('Waiting for somebody').waitFor();
  const ben = await openPage(browser, `${example.url}/?room=call&name=ben`);
  await Promise.all([seesAndHears(ann), seesAndHears(ben)]);
  await ann.getByText('In a call with ben').waitFor();
  await ben.getByText('In a call with ann').waitFor();

  const people = async (): Promise<string[]> => {
    const response = await fetch(`${example.url}/rtc/rooms/call`);
    const { peers } = (await response.json()) as { peers: { peerId: string }[] };
    return peers.map(({ peerId }) => peerId);
  };
  assert.deepEqual(await people(), ['ann', 'ben']);
  await ben.goto('about:blank');
  await ann.getByText('Waiting for somebody').waitFor();
  await until('the room has lost ben', async () => (await people()).join() === 'ann');
});
