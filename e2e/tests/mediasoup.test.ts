/** npm's mediasoup-client, unchanged, against our media server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { receives } from '../support/browser.ts';
import { produce, produceBoth, soupPerson } from '../support/people.ts';
import { Stage } from '../support/stage.ts';
import { until } from '../support/until.ts';

const TIMEOUT = { timeout: 90_000 };
const stage = Stage.set();

const person = (callId: string, userId: string): Promise<Page> => soupPerson(stage, callId, userId);

type Picture = { frames: number; width: number; height: number; freezes: number; codec: string };
const picture = (page: Page, consumerId: string): Promise<Picture> => page.evaluate((id) => window.soup.picture(id), consumerId);

/** The page's consumer of that track, once it has one. */
const consumerOf = (page: Page, producerId: string): Promise<string> =>
  until('the track is consumed', () =>
    page.evaluate((id) => window.soup.consumers().find((one) => one.producerId === id)?.id, producerId),
  );

const close = (pages: Page[]): Promise<void[]> => Promise.all(pages.map((page) => page.context().close()));

test('two people see and hear each other', TIMEOUT, async () => {
  const people = [await person('two', 'ana'), await person('two', 'ben')];
  for (const page of people) {
    await produceBoth(page);
  }
  await Promise.all(people.map((page) => receives(page, 1)));
  await close(people);
});

test('three people see and hear each other, one in three sizes, and a size changes without a freeze', TIMEOUT, async () => {
  const [ana, ben, cleo] = [await person('three', 'ana'), await person('three', 'ben'), await person('three', 'cleo')] as const;
  const people = [ana, ben, cleo];
  const encodings = [
    { maxBitrate: 60_000, scaleResolutionDownBy: 4 },
    { maxBitrate: 120_000, scaleResolutionDownBy: 2 },
    { maxBitrate: 300_000 },
  ];
  const producerId = await produce(ana, { kind: 'video', encodings });
  await produce(ana, { kind: 'audio' });
  for (const page of [ben, cleo]) {
    await produceBoth(page);
  }
  await Promise.all(people.map((page) => receives(page, 2)));

  const consumerId = await consumerOf(ben, producerId);
  const widths = async (width: number, what: string): Promise<void> => {
    await until(what, async () => (await picture(ben, consumerId)).width === width);
    const { frames } = await picture(ben, consumerId);
    await until(`${what}, and goes on`, async () => (await picture(ben, consumerId)).frames > frames + 15);
  };
  const prefer = (spatialLayer: number): Promise<unknown> =>
    ben.evaluate((wanted) => window.soup.ask('setConsumerPreferredLayers', wanted), { consumerId, spatialLayer, temporalLayer: 2 });
  await prefer(0);
  await widths(240, 'the smallest size comes');
  await prefer(2);
  await widths(960, 'the largest size comes');
  await prefer(1);
  await widths(480, 'the middle size comes');
  assert.equal((await picture(ben, consumerId)).freezes, 0, 'no freeze');
  await close(people);
});

for (const codec of ['video/VP8', 'video/VP9', 'video/H264', 'video/AV1']) {
  test(`${codec} passes`, TIMEOUT, async () => {
    const people = [await person(codec, 'ana'), await person(codec, 'ben')] as const;
    const producerId = await produce(people[0], { kind: 'video', codec });
    const consumerId = await consumerOf(people[1], producerId);
    await until('pictures arrive', async () => (await picture(people[1], consumerId)).frames > 20);
    assert.equal((await picture(people[1], consumerId)).codec, codec);
    await close([...people]);
  });
}

test('a late joiner has a picture of a track that was there before, and leaving is told', TIMEOUT, async () => {
  const ana = await person('late', 'ana');
  const producerId = await produce(ana, { kind: 'video' });
  const ben = await person('late', 'ben');
  const consumerId = await consumerOf(ben, producerId);
  await until('the first pictures are decoded', async () => (await picture(ben, consumerId)).frames > 0);
  await ana.context().close();
  await until('the others are told', () =>
    ben.evaluate((id) => window.soup.events.some(([name, { producerId }]) => name === 'producerClosed' && producerId === id), producerId),
  );
  await until('and of the peer', () => ben.evaluate(() => window.soup.events.some(([name]) => name === 'peerLeft')));
  await ben.context().close();
});

test('a paused track stops and goes on, ICE restarts, and data reaches the others', TIMEOUT, async () => {
  const [ana, ben] = [await person('more', 'ana'), await person('more', 'ben')] as const;
  const producerId = await produce(ana, { kind: 'video' });
  const consumerId = await consumerOf(ben, producerId);
  const goesOn = async (): Promise<void> => {
    const { frames } = await picture(ben, consumerId);
    await until('pictures go on', async () => (await picture(ben, consumerId)).frames > frames + 10);
  };
  await goesOn();
  await ana.evaluate((id) => window.soup.ask('pauseProducer', { producerId: id }), producerId);
  await until('the pause is told', () => ben.evaluate(() => window.soup.events.some(([name]) => name === 'producerPaused')));
  await ana.evaluate((id) => window.soup.ask('resumeProducer', { producerId: id }), producerId);
  await goesOn();

  await ana.evaluate(() => window.soup.restartIce());
  await ben.evaluate(() => window.soup.restartIce());
  await goesOn();
  assert.deepEqual(await ben.evaluate(() => window.soup.states()), ['new', 'connected']);

  await ana.evaluate(() => window.soup.openData());
  await until('the message arrives', async () => {
    await ana.evaluate(() => window.soup.say('hello'));
    return ben.evaluate(() => window.soup.messages.includes('hello'));
  });
  await close([ana, ben]);
});
