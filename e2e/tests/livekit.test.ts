/** npm's livekit-client, unchanged, against our media server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { receives } from '../support/browser.ts';
import { close, enterBy, eventsOf, happens, hears, people, sees } from '../support/kit.ts';
import { produceBoth, sdkPerson, soupPerson } from '../support/people.ts';
import { Stage } from '../support/stage.ts';
import { until } from '../support/until.ts';

const TIMEOUT = { timeout: 120_000 };
const stage = Stage.set();
const enter = enterBy(stage);

test('a host publishes, viewers see and hear it, early and late, and mutes are told', TIMEOUT, async () => {
  const early = await enter('early', { room: 'show', canPublish: false });
  const host = await enter('host', { room: 'show' }, { claims: { name: 'The host', attributes: { seat: 'front' } } });
  await happens(early, 'joined', (who) => who === 'host');
  await host.evaluate(() => window.kit.microphone());
  await host.evaluate(() => window.kit.camera());
  await Promise.all([sees(early, 'host'), hears(early, 'host')]);
  const late = await enter('late', { room: 'show', canPublish: false });
  await Promise.all([sees(late, 'host'), hears(late, 'host')]);
  const known = (await people(late)).find(({ identity }) => identity === 'host');
  assert.deepEqual(known, { identity: 'host', name: 'The host', attributes: { seat: 'front' }, tracks: ['camera', 'microphone'] });
  await happens(early, 'speakers', (who) => who.includes('host'));

  await host.evaluate(() => window.kit.microphone(false));
  await happens(late, 'muted', ({ who, kind }) => who === 'host' && kind === 'audio');
  await host.evaluate(() => window.kit.microphone());
  await happens(late, 'unmuted', ({ who, kind }) => who === 'host' && kind === 'audio');

  await host.evaluate(() => window.kit.unpublishCamera());
  await happens(early, 'unsubscribed', ({ kind }) => kind === 'video');
  await host.evaluate(() => window.kit.camera());
  await sees(early, 'host');
  await host.evaluate(() => window.kit.leave());
  await happens(early, 'left', (who) => who === 'host');
  await close(early, host, late);
});

// One stream a size, or layers of one stream: then each size is half of the next.
for (const [codec, low, middle] of [['vp8', 320, 640], ['vp9', 240, 480]] as const) {
  test(`three sizes are published in ${codec}, and a viewer chooses`, TIMEOUT, async () => {
    const room = `sizes-${codec}`;
    const host = await enter('host', { room }, { options: { dynacast: true } });
    const viewer = await enter('viewer', { room });
    await host.evaluate((wanted) => window.kit.large(wanted), codec);
    await sees(viewer, 'host');
    for (const [quality, width] of [[0, low], [2, 960], [0, low], [1, middle]] as const) {
      await viewer.evaluate((wanted) => window.kit.quality('host', wanted), quality);
      await until(`a width of ${width}`, async () => {
        const now = await viewer.evaluate(() => window.kit.picture({ identity: 'host' }));
        return now.width === width && now.codec === `video/${codec.toUpperCase()}`;
      }, 40_000).catch(async (error: Error) => {
        const leaving = await host.evaluate(() => window.probe.leaving());
        throw new Error(`${error.message}: ${JSON.stringify(await viewer.evaluate(() => window.kit.picture({ identity: 'host' })))} of ${JSON.stringify(leaving)}`);
      });
    }
    await close(host, viewer);
  });
}

test('rights hold at the server: publishing, data, receiving, and tokens that are none', TIMEOUT, async () => {
  const viewer = await enter('viewer', { room: 'rights', canPublish: false, canPublishData: false });
  const deaf = await enter('deaf', { room: 'rights', canSubscribe: false });
  const host = await enter('host', { room: 'rights', canPublishSources: ['microphone'] });
  await assert.rejects(viewer.evaluate(() => window.kit.camera()), /insufficient permissions|permission/i);
  await assert.rejects(host.evaluate(() => window.kit.camera()), /permission/i);
  await host.evaluate(() => window.kit.microphone());
  await hears(viewer, 'host');
  await viewer.evaluate(() => window.kit.send('from a viewer'));
  await host.evaluate(() => window.kit.send('from the host'));
  await happens(viewer, 'data', ({ text }) => text === 'from the host');
  assert.deepEqual(await eventsOf(host, 'data'), []);
  assert.deepEqual(await eventsOf(deaf, 'subscribed'), []);

  const secret = await stage.platform.accessToken('x', { roomJoin: true, room: 'rights' });
  const status = async (token: string): Promise<number> => {
    const answer = await fetch(`${stage.platform.url}/rtc/validate?access_token=${token}`);
    assert.equal(answer.headers.get('access-control-allow-origin'), '*');
    return answer.status;
  };
  assert.equal(await status(secret), 200);
  assert.equal(await status(`${secret.slice(0, -4)}AAAA`), 401);
  assert.equal(await status(await stage.platform.accessToken('x', { roomList: true })), 401);
  assert.equal(await status(await stage.platform.accessToken('x', { roomJoin: true, room: 'rights' }, { exp: 1 })), 401);
  assert.equal(await status(await stage.platform.accessToken('x', { roomJoin: true, room: 'rights' }, { iss: 'nobody' })), 401);
  await close(viewer, deaf, host);
});

test('data, text streams, calls and attributes pass', TIMEOUT, async () => {
  const ana = await enter('ana', { room: 'data', canUpdateOwnMetadata: true });
  const ben = await enter('ben', { room: 'data' });
  const cleo = await enter('cleo', { room: 'data' });
  await ana.evaluate(() => window.kit.send('to all'));
  await ana.evaluate(() => window.kit.send('to ben', ['ben']));
  await ana.evaluate(() => window.kit.send('at last'));
  for (const page of [ben, cleo]) await happens(page, 'data', ({ text }) => text === 'at last');
  const texts = async (page: Page): Promise<string[]> => (await eventsOf(page, 'data')).filter(({ who }) => who === 'ana').map(({ text }) => text);
  assert.deepEqual(await texts(ben), ['to all', 'to ben', 'at last']);
  assert.deepEqual(await texts(cleo), ['to all', 'at last']);
  await until('a packet that may be lost', async () => {
    await ana.evaluate(() => window.kit.send('in a hurry', [], false));
    return (await texts(cleo)).includes('in a hurry');
  });

  await ana.evaluate(() => window.kit.greet('hello '.repeat(20_000)));
  const { text } = await happens(ben, 'text', ({ who }) => who === 'ana');
  assert.equal(text, 'hello '.repeat(20_000));
  assert.equal(await ana.evaluate(() => window.kit.call('ben', '21')), '42');

  await ana.evaluate(() => window.kit.attributes({ mood: 'good' }));
  await happens(cleo, 'attributes', ({ who, changed }) => who === 'ana' && changed.mood === 'good');
  await assert.rejects(ben.evaluate(() => window.kit.attributes({ mood: 'bad' })), /may not|permission/i);
  await close(ana, ben, cleo);
});

test('a cut socket resumes with the same participant, and one who comes twice is once there', TIMEOUT, async () => {
  const ana = await enter('ana', { room: 'resume' });
  const ben = await enter('ben', { room: 'resume' });
  await ana.evaluate(() => window.kit.camera());
  await sees(ben, 'ana');
  const sid = await ana.evaluate(() => window.kit.sid());
  await ana.evaluate(() => window.kit.simulate('signal-reconnect'));
  await happens(ana, 'signal-reconnecting');
  await happens(ana, 'reconnected');
  assert.equal(await ana.evaluate(() => window.kit.sid()), sid);
  await sees(ben, 'ana');
  assert.deepEqual(await eventsOf(ben, 'left'), []);
  await ana.evaluate(() => window.kit.send('still here'));
  await happens(ben, 'data', ({ text }) => text === 'still here');

  await ben.evaluate(() => window.kit.simulate('full-reconnect'));
  await happens(ben, 'reconnected');
  await sees(ben, 'ana');

  const twin = await enter('ana', { room: 'resume' });
  await happens(ana, 'disconnected', (reason) => reason === 2);
  await until('one ana', async () => (await people(ben)).filter(({ identity }) => identity === 'ana').length === 1);
  await close(ana, ben, twin);
});

test("a tenant's backend runs the room", TIMEOUT, async () => {
  const admin = { roomAdmin: true, room: 'run' };
  const made = await stage.platform.twirp<any>('CreateRoom', { roomCreate: true }, { name: 'run', metadata: 'first', maxParticipants: 5 });
  assert.ok(made.sid.startsWith('RM_'));
  const ana = await enter('ana', { room: 'run' });
  const ben = await enter('ben', { room: 'run', canPublish: false });
  const listed = await stage.platform.twirp<any>('ListRooms', { roomList: true }, { names: ['run'] });
  assert.deepEqual([listed.rooms.length, listed.rooms[0].sid, listed.rooms[0].num_participants], [1, made.sid, 2]);
  const sid = await ana.evaluate(() => window.kit.microphone());
  await hears(ben, 'ana');

  await stage.platform.twirp('MutePublishedTrack', admin, { room: 'run', identity: 'ana', trackSid: sid, muted: true });
  await happens(ben, 'muted', ({ who }) => who === 'ana');
  await stage.platform.twirp('UpdateRoomMetadata', admin, { room: 'run', metadata: 'second' });
  await happens(ben, 'room-metadata', (metadata) => metadata === 'second');
  await stage.platform.twirp('UpdateParticipant', admin, { room: 'run', identity: 'ana', metadata: 'm' });
  await happens(ben, 'metadata', ({ metadata }) => metadata === 'm');
  await stage.platform.twirp('SendData', admin, { room: 'run', data: Buffer.from('from the backend').toString('base64'), kind: 'RELIABLE', topic: 't' });
  await happens(ben, 'data', ({ text, who }) => text === 'from the backend' && who === null);
  const { payload } = await stage.platform.twirp<any>('PerformRpc', admin, { room: 'run', destinationIdentity: 'ana', method: 'double', payload: '4' });
  assert.equal(payload, '8');

  const permission = { canSubscribe: true, canPublish: false, canPublishData: false };
  await stage.platform.twirp('UpdateParticipant', admin, { room: 'run', identity: 'ana', permission });
  await happens(ana, 'permissions', ({ who }) => who === 'ana');
  await happens(ben, 'unsubscribed', ({ kind }) => kind === 'audio');
  await happens(ana, 'unpublished', (kind) => kind === 'audio');
  const { participants } = await stage.platform.twirp<any>('ListParticipants', admin, { room: 'run' });
  assert.deepEqual(participants.map((one: any) => one.identity).sort(), ['ana', 'ben']);
  await assert.rejects(stage.platform.twirp('ListParticipants', { roomAdmin: true, room: 'other' }, { room: 'run' }), /403.*permission_denied/);
  await stage.platform.twirp('RemoveParticipant', admin, { room: 'run', identity: 'ben' });
  await happens(ben, 'disconnected', (reason) => reason === 4);
  await stage.platform.twirp('DeleteRoom', { roomCreate: true }, { room: 'run' });
  await happens(ana, 'disconnected', (reason) => reason === 5);
  await close(ana, ben);
});

test('a LiveKit page, a mediasoup-client page and an SDK page see and hear each other', TIMEOUT, async () => {
  const room = await stage.platform.createRoom('mixed', 8, 'sfu');
  const kit = await enter('kit', { room: room.id });
  await kit.evaluate(() => window.kit.microphone());
  await kit.evaluate(() => window.kit.camera());
  const sdk = await sdkPerson(stage, { room, userId: 'sdk' });
  const soup = await soupPerson(stage, room.id, 'soup');
  await produceBoth(soup);
  await Promise.all([kit, sdk, soup].map((page) => receives(page, 2)));
  const [first, second] = (await people(kit)).sort((one, other) => one.identity.localeCompare(other.identity));
  assert.deepEqual([first?.identity, first?.tracks, second?.identity, second?.tracks], ['sdk', ['camera', 'microphone'], 'soup', ['camera', 'microphone']]);

  const ghost = await enter('ghost', { room: room.id, hidden: true });
  await ghost.evaluate(() => window.kit.microphone());
  await sees(ghost, 'kit');
  const late = await sdkPerson(stage, { room, userId: 'late', media: false });
  const heard = await until('that another comes', async () => {
    const events = JSON.stringify(await soup.evaluate(() => window.soup.events));
    return events.includes('late') && events;
  });
  assert.ok(!heard.includes('ghost'), heard);
  assert.ok(!(await people(kit)).some(({ identity }) => identity === 'ghost'));
  await close(kit, sdk, soup, ghost, late);
});
