/** Two people meet in the demo, each in a browser page of its own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frames, seesAndHears } from '../support/browser.ts';
import { chat, connected, enter, guest, hook, host, meetingId, say } from '../support/demo.ts';
import { Line } from '../support/line.ts';
import { Stage } from '../support/stage.ts';
import { joinBySocket } from '../support/raw.ts';
import { until } from '../support/until.ts';

const TIMEOUT = { timeout: 90_000 };
const CUT_S = 5;
const stage = Stage.set();

test('two people log in, meet by a link, see, hear and write to each other', TIMEOUT, async () => {
  const { page: ana, link } = await host(stage.browser, stage.platform.url, 'Ana');
  const ben = await guest(stage.browser, link, 'Ben');
  await Promise.all([seesAndHears(ana), seesAndHears(ben)]);

  await say(ana, 'Hello Ben');
  assert.deepEqual(await chat(ben, 1), ['Hello Ben']);
  await say(ben, 'Hello Ana');
  assert.deepEqual(await chat(ana, 2), ['Hello Ben', 'Hello Ana']);

  const benAsAnaSees = hook(ana, 'tile').filter({ has: hook(ana, 'remote-video') });
  await hook(ben, 'toggle-mic').click();
  await benAsAnaSees.getByLabel('Microphone off').waitFor();
  await hook(ben, 'toggle-mic').click();
  await benAsAnaSees.getByLabel('Microphone off').waitFor({ state: 'detached' });
  await hook(ben, 'toggle-camera').click();
  await hook(ana, 'remote-video').waitFor({ state: 'hidden' });
  await hook(ben, 'toggle-camera').click();
  await hook(ana, 'remote-video').waitFor();
  await seesAndHears(ana);

  await hook(ben, 'leave').click();
  await hook(ana, 'remote-video').waitFor({ state: 'detached' });
  await ana.context().close();
  await ben.context().close();
});

test('a person who reloads the page comes back with picture and sound', TIMEOUT, async () => {
  const { page: ana, link } = await host(stage.browser, stage.platform.url, 'Ana');
  const ben = await guest(stage.browser, link, 'Ben');
  await Promise.all([seesAndHears(ana), seesAndHears(ben)]);

  await ben.reload();
  await hook(ana, 'remote-video').waitFor({ state: 'detached' });
  await enter(ben);
  await Promise.all([seesAndHears(ana), seesAndHears(ben)]);
  assert.equal(await hook(ana, 'remote-video').count(), 1);
  await ana.context().close();
  await ben.context().close();
});

test('a line that is cut for 5 s costs neither the picture, nor the seat, nor a message', TIMEOUT, async () => {
  const line = await Line.to(stage.platform.port);
  const { page: ana, link } = await host(stage.browser, stage.platform.url, 'Ana');
  const ben = await guest(stage.browser, link.replace(`:${stage.platform.port}`, `:${line.port}`), 'Ben');
  await Promise.all([seesAndHears(ana), seesAndHears(ben)]);
  const room = meetingId(link);
  const benId = await hook(ana, 'remote-video').getAttribute('data-user-id');
  const seat = await stage.platform.seat(room, benId ?? '');
  assert.ok(seat?.connected);
  // A tile that went and came would be another element.
  await hook(ana, 'remote-video').evaluate((video) => video.setAttribute('data-seen-before', ''));

  line.cut();
  await until('the server notices', async () => (await stage.platform.seat(room, benId ?? ''))?.connected === false);
  await ben.locator('[data-testid=connection-state][data-state=reconnecting]').waitFor();
  for (let second = 0; second < CUT_S; second += 1) {
    const [anaBefore, benBefore] = [await frames(ana), await frames(ben)];
    await say(ana, `Line ${second}`);
    await new Promise((passed) => setTimeout(passed, 1000));
    assert.ok((await frames(ana)) > anaBefore, `Ana's picture stands still in second ${second} of the cut`);
    assert.ok((await frames(ben)) > benBefore, `Ben's picture stands still in second ${second} of the cut`);
  }
  await say(ben, 'Written during the cut');
  line.mend();

  await connected(ben);
  const lines = Array.from({ length: CUT_S }, (_, second) => `Line ${second}`);
  await chat(ana, CUT_S + 1);
  assert.deepEqual((await chat(ben, CUT_S + 1)).filter((text) => text.startsWith('Line')), lines);
  const kept = await stage.platform.seat(room, benId ?? '');
  assert.deepEqual([kept?.socketId, kept?.connected], [seat.socketId, true]);
  assert.equal(await ana.locator('[data-testid=remote-video][data-seen-before]').count(), 1);
  await seesAndHears(ben);
  await ana.context().close();
  await ben.context().close();
  line.close();
});

test('the tokens of a person who was removed are refused', TIMEOUT, async () => {
  const { page: ana, link } = await host(stage.browser, stage.platform.url, 'Ana');
  const room = meetingId(link);
  const ben = await guest(stage.browser, link, 'Ben');
  await seesAndHears(ben);
  const benId = (await hook(ana, 'remote-video').getAttribute('data-user-id')) ?? '';
  const unused = await stage.platform.token(room, benId);

  await stage.platform.kick(room, benId);
  const told = hook(ben, 'error-banner');
  await told.waitFor();
  assert.equal(await told.getAttribute('data-code'), 'KICKED');
  assert.match((await told.textContent()) ?? '', /You were removed from the meeting/);
  await hook(ana, 'remote-video').waitFor({ state: 'detached' });
  const answer = await joinBySocket(ben, unused);
  assert.deepEqual([answer.type, answer.code], ['error', 'INVALID_TOKEN']);

  // It was no ban: with a new token the person may come back.
  await hook(ben, 'rejoin').click();
  await connected(ben);
  await Promise.all([seesAndHears(ana), seesAndHears(ben)]);
  await ana.context().close();
  await ben.context().close();
});
