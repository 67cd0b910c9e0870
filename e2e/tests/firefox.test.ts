/**
 * Group calls with Firefox in them, by the SDK and by npm's mediasoup-client and livekit-client, each beside Chromium: two browsers that
 * negotiate differently have to see and hear each other through the server. Left out where Firefox is not installed,
 * or where the machine has no address but the loopback one, which Firefox does not offer.
 */
import { existsSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { after, before, test } from 'node:test';
import { receives, type Tab } from '../support/browser.ts';
import { EXECUTABLE, Firefox } from '../support/firefox.ts';
import { enterBy, enterByFirefox, happens, hears, sees } from '../support/kit.ts';
import { firefoxSdkPerson, produceBoth, sdkPerson, soupPerson } from '../support/people.ts';
import { Stage } from '../support/stage.ts';

const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
const missing = !existsSync(EXECUTABLE)
  ? `there is no ${EXECUTABLE}`
  : addresses.every(({ internal }) => internal) && 'there is no network address';
const OPTIONS = { timeout: 180_000, skip: missing };
// All addresses of the machine.
const stage = missing === false ? Stage.set('0.0.0.0') : new Stage();
let firefox: Firefox;

if (missing === false) {
  before(async () => {
    firefox = await Firefox.launch();
  });
  after(() => firefox?.close());
}

const close = (...pages: Tab[]): Promise<unknown> => Promise.all(pages.map((page) => page.close()));

test('mediasoup-client in Firefox and in Chromium see and hear each other, whoever comes first', OPTIONS, async () => {
  for (const [call, first] of [['soup-1', firefox], ['soup-2', undefined]] as const) {
    const ana = first ? await soupPerson(stage, call, 'ana', first) : await soupPerson(stage, call, 'ana');
    await produceBoth(ana);
    const ben = first ? await soupPerson(stage, call, 'ben') : await soupPerson(stage, call, 'ben', firefox);
    await produceBoth(ben);
    await Promise.all([receives(ana, 1), receives(ben, 1)]);
    await close(ana, ben);
  }
});

test('the SDK in Firefox and in Chromium see and hear each other, whoever comes first', OPTIONS, async () => {
  for (const first of ['firefox', 'chromium']) {
    const room = await stage.platform.createRoom(first, 4, 'sfu');
    const inFirefox = (userId: string): Promise<Tab> => firefoxSdkPerson(firefox, stage, { room, userId });
    const inChromium = (userId: string): Promise<Tab> => sdkPerson(stage, { room, userId });
    const [ana, ben] = first === 'firefox'
      ? [await inFirefox('ana'), await inChromium('ben')]
      : [await inChromium('ana'), await inFirefox('ben')];
    await Promise.all([receives(ana, 1), receives(ben, 1)]);
    await close(ana, ben);
  }
});

test('three people, two browsers and two libraries meet in one room', OPTIONS, async () => {
  const room = await stage.platform.createRoom('mixed', 4, 'sfu');
  const ana = await firefoxSdkPerson(firefox, stage, { room, userId: 'ana' });
  const ben = await sdkPerson(stage, { room, userId: 'ben' });
  const mia = await soupPerson(stage, room.id, 'mia', firefox);
  await produceBoth(mia);
  await Promise.all([ana, ben, mia].map((page) => receives(page, 2)));
  await close(ana, ben, mia);
});

test('eight people in one room, by each library in each browser', { ...OPTIONS, timeout: 240_000 }, async () => {
  const room = await stage.platform.createRoom('eight', 16, 'sfu');
  const people: Tab[] = [];
  for (const number of [1, 2]) {
    const soups = [await soupPerson(stage, room.id, `soup-${number}`), await soupPerson(stage, room.id, `fox-soup-${number}`, firefox)];
    for (const soup of soups) {
      await produceBoth(soup);
    }
    people.push(...soups, await sdkPerson(stage, { room, userId: `person-${number}` }));
    people.push(await firefoxSdkPerson(firefox, stage, { room, userId: `fox-${number}` }));
  }
  await Promise.all(people.map((page) => receives(page, 7)));
  await close(...people);
});

test('livekit-client in Firefox and in Chromium see, hear and write to each other, by one connection and by two', OPTIONS, async () => {
  const [inChromium, inFirefox] = [enterBy(stage), enterByFirefox(stage, () => firefox)];
  for (const singlePeerConnection of [true, false]) {
    const room = `kit-${singlePeerConnection}`;
    const ana = await inFirefox('ana', { room }, { options: { singlePeerConnection } });
    const ben = await inChromium('ben', { room }, { options: { singlePeerConnection } });
    for (const page of [ana, ben]) {
      await page.evaluate(() => window.kit.microphone());
      await page.evaluate(() => window.kit.camera());
    }
    await Promise.all([sees(ana, 'ben'), hears(ana, 'ben'), sees(ben, 'ana'), hears(ben, 'ana')]);
    await ana.evaluate(() => window.kit.send('from ana'));
    await happens(ben, 'data', ({ text }) => text === 'from ana');
    await ben.evaluate(() => window.kit.send('from ben'));
    await happens(ana, 'data', ({ text }) => text === 'from ben');
    await close(ana, ben);
  }
});
