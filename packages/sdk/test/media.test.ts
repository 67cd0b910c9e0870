/** What a page sends and is given: tracks, a shared screen, mutes and data. */
import { describe, expect, it, vi } from 'vitest';
import { fakeStream, fakeTrack } from './fake-media.js';
import { connections, joinPage, openPage, server, settle } from './harness.js';

describe('tracks', () => {
  it('of the joining stream reach the others with source and stream', async () => {
    const ann = await joinPage('ann', fakeStream(fakeTrack('audio'), fakeTrack('video')));
    const ben = await joinPage('ben');
    const added = ben.of('track-added');
    expect(added).toMatchObject([
      { userId: 'ann', source: 'microphone' },
      { userId: 'ann', source: 'camera' },
    ]);
    expect(added.every(({ stream }) => stream)).toBe(true);
    expect(ben.call.users[0]?.tracks.map(({ source }) => source)).toEqual(['microphone', 'camera']);
    expect(ann.call.publications.map(({ source }) => source)).toEqual(['microphone', 'camera']);
  });

  it('come and go during the call, in one section', async () => {
    const ann = await joinPage('ann');
    const ben = await joinPage('ben');
    for (let round = 1; round <= 3; round++) {
      const camera = fakeTrack('video');
      await ann.call.publish(camera);
      await settle();
      expect(ben.of('track-added')).toHaveLength(round);
      await ann.call.unpublish(camera);
      await settle();
      expect(ben.of('track-removed')).toHaveLength(round);
      expect(ben.call.users[0]?.tracks).toEqual([]);
    }
    expect(ben.of('track-removed')[0]).toMatchObject({
      userId: 'ann',
      source: 'camera',
      track: ben.of('track-added')[0]?.track,
    });
    expect(connections()[0]?.getTransceivers()).toHaveLength(2);
  });

  it('of somebody who leaves are removed before they are gone', async () => {
    const ann = await joinPage('ann');
    const ben = await joinPage('ben', fakeStream(fakeTrack('video')));
    ben.call.leave();
    await settle();
    expect(ann.events.slice(-2).map(([name]) => name)).toEqual(['track-removed', 'user-left']);
    expect(connections()[0]?.closed).toBe(true);
  });

  it("can be replaced without negotiation, for everybody and in the page's own stream", async () => {
    const camera = fakeTrack('video');
    const stream = fakeStream(camera);
    const ann = await joinPage('ann', stream);
    await joinPage('ben');
    await joinPage('cem');
    const before = server.taken.length;
    const next = fakeTrack('video');
    await ann.call.replaceTrack('camera', next);
    await settle();
    expect(server.taken).toHaveLength(before);
    const sending = connections().flatMap((each) => each.getTransceivers().map(({ sender }) => sender.track));
    expect(sending.filter((track) => track === next)).toHaveLength(2);
    expect(sending).not.toContain(camera);
    expect(stream.getTracks()).toEqual([next]);
    await expect(ann.call.replaceTrack('camera', fakeTrack('audio'))).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
    await expect(ann.call.replaceTrack('screen', next)).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
  });

  it('cannot be published twice from one source, before joining, or by a viewer', async () => {
    const ann = await joinPage('ann', fakeStream(fakeTrack('video')));
    await expect(ann.call.publish(fakeTrack('video'))).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
    await expect(openPage().call.publish(fakeTrack('video'))).rejects.toMatchObject({ code: 'NOT_IN_ROOM' });
    const viewer = await joinPage('vic:viewer', fakeStream(fakeTrack('video')));
    expect(viewer.of('error')).toMatchObject([{ code: 'FORBIDDEN', fatal: false }]);
    await expect(viewer.call.publish(fakeTrack('video'))).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(ann.of('track-added')).toEqual([]);
  });
});

describe('a shared screen', () => {
  const share = () => {
    const stream = fakeStream(fakeTrack('video'), fakeTrack('audio'));
    const getDisplayMedia = vi.fn(async () => stream);
    vi.stubGlobal('navigator', { mediaDevices: { getDisplayMedia } });
    return stream;
  };

  it('reaches the others beside the camera, as what it is', async () => {
    const ann = await joinPage('ann', fakeStream(fakeTrack('audio'), fakeTrack('video')));
    const ben = await joinPage('ben');
    share();
    const shared = await ann.call.shareScreen();
    await settle();
    expect(ben.of('track-added').map(({ source }) => source)).toEqual([
      'microphone',
      'camera',
      'screen',
      'screen-audio',
    ]);
    expect(ben.of('data')).toEqual([]);
    await shared.stop();
    await settle();
    expect(ben.of('track-removed').map(({ source }) => source)).toEqual(['screen', 'screen-audio']);
    expect(shared.stream.getTracks().every(({ readyState }) => readyState === 'ended')).toBe(true);
  });

  it('is known as one to somebody who comes later', async () => {
    const ann = await joinPage('ann', fakeStream(fakeTrack('video')));
    share();
    await ann.call.shareScreen();
    const ben = await joinPage('ben');
    expect(
      ben
        .of('track-added')
        .map(({ source }) => source)
        .sort(),
    ).toEqual(['camera', 'screen', 'screen-audio']);
  });

  it("ends with the browser's own button, and with the call", async () => {
    const ann = await joinPage('ann');
    const [picture] = share().getTracks();
    const shared = await ann.call.shareScreen();
    await expect(ann.call.shareScreen()).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
    (picture as ReturnType<typeof fakeTrack>).end();
    await shared.ended;
    expect(ann.call.publications).toEqual([]);
    const again = share();
    const second = await ann.call.shareScreen();
    ann.call.leave();
    await second.ended;
    expect(again.getTracks().every(({ readyState }) => readyState === 'ended')).toBe(true);
  });
});

describe('muting', () => {
  it('silences the track and tells the others', async () => {
    const microphone = fakeTrack('audio');
    const ann = await joinPage('ann', fakeStream(microphone));
    const ben = await joinPage('ben');
    ann.call.setMuted('audio', true);
    ann.call.setMuted('audio', true);
    await settle();
    expect(microphone.enabled).toBe(false);
    expect(ben.of('muted')).toEqual([{ userId: 'ann', kind: 'audio', muted: true, local: false }]);
    expect(ben.call.users[0]?.muted).toEqual({ audio: true, video: false });
    ann.call.setMuted('audio', false);
    await settle();
    expect(microphone.enabled).toBe(true);
    expect(ben.call.users[0]?.muted.audio).toBe(false);
  });

  it('is known to somebody who comes later, and holds from before the join', async () => {
    const ann = openPage();
    const camera = fakeTrack('video');
    ann.call.setMuted('video', true);
    const joined = ann.call.join({ roomId: 'room', token: 'ann', stream: fakeStream(camera) });
    await settle();
    await joined;
    expect(camera.enabled).toBe(false);
    const ben = await joinPage('ben');
    expect(ben.call.users[0]?.muted).toEqual({ audio: false, video: true });
    expect(ben.of('data')).toEqual([]);
  });

  it('by a host silences the track here and is told to the page', async () => {
    const microphone = fakeTrack('audio');
    const ann = await joinPage('ann', fakeStream(microphone));
    const hal = await joinPage('hal:host');
    hal.call.muteUser('ann', 'audio', true);
    await settle();
    expect(microphone.enabled).toBe(false);
    expect(ann.of('muted')).toEqual([{ userId: 'ann', kind: 'audio', muted: true, local: true }]);
    expect(hal.call.users[0]?.muted.audio).toBe(true);
    hal.call.muteUser('ann', 'audio', false);
    await settle();
    expect(microphone.enabled).toBe(true);
  });

  it('by the user is not lifted by a host, who is told so', async () => {
    const microphone = fakeTrack('audio');
    const ann = await joinPage('ann', fakeStream(microphone));
    const hal = await joinPage('hal:host');
    ann.call.setMuted('audio', true);
    await settle();
    hal.call.muteUser('ann', 'audio', false);
    await settle();
    expect(microphone.enabled).toBe(false);
    expect(hal.call.users[0]?.muted.audio).toBe(true);
    expect(ann.of('muted')).toEqual([]);
  });

  it('and removing others is for hosts', async () => {
    const ann = await joinPage('ann');
    const hal = await joinPage('hal:host');
    expect(() => ann.call.muteUser('hal', 'audio', true)).toThrow(expect.objectContaining({ code: 'FORBIDDEN' }));
    expect(() => ann.call.kick('hal')).toThrow(expect.objectContaining({ code: 'FORBIDDEN' }));
    expect(() => hal.call.kick('nobody')).toThrow(expect.objectContaining({ code: 'PEER_NOT_FOUND' }));
    hal.call.kick('ann', { ban: true });
    await settle();
    expect(server.taken.at(-1)?.message).toMatchObject({ type: 'kick', userId: 'ann', ban: true });
  });
});

describe('data', () => {
  it('goes to everybody or to one, and never comes back', async () => {
    const [ann, ben, cem] = [await joinPage('ann'), await joinPage('ben'), await joinPage('cem')];
    ann.call.send({ text: 'all' });
    ann.call.send('only cem', { to: 'cem' });
    await settle();
    expect(ann.of('data')).toEqual([]);
    expect(ben.of('data')).toEqual([{ userId: 'ann', data: { text: 'all' } }]);
    expect(cem.of('data')).toEqual([
      { userId: 'ann', data: { text: 'all' } },
      { userId: 'ann', data: 'only cem' },
    ]);
  });

  it('that cannot be sent is refused at once', async () => {
    expect(() => openPage().call.send('x')).toThrow(expect.objectContaining({ code: 'NOT_IN_ROOM' }));
    const { call } = await joinPage('ann');
    expect(() => call.send('x', { to: 'nobody' })).toThrow(expect.objectContaining({ code: 'PEER_NOT_FOUND' }));
    expect(() => call.send('x'.repeat(16_384))).toThrow(expect.objectContaining({ code: 'PAYLOAD_TOO_LARGE' }));
    expect(() => call.send(undefined)).toThrow(expect.objectContaining({ code: 'INVALID_CONFIG' }));
    expect(() => call.send({ $rtc: {} })).toThrow(expect.objectContaining({ code: 'INVALID_CONFIG' }));
  });
});

describe('listening', () => {
  it('ends by the returned function, by off, and after once', async () => {
    const { call } = openPage();
    const heard: string[] = [];
    const listener = () => heard.push('off');
    const remove = call.on('connection-state', () => heard.push('on'));
    call.on('connection-state', listener);
    call.once('connection-state', ({ state }) => heard.push(`once ${state}`));
    const joined = call.join({ roomId: 'room', token: 'ann' });
    remove();
    call.off('connection-state', listener);
    await settle();
    await joined;
    expect(heard).toEqual(['on', 'off', 'once connecting']);
  });
});
