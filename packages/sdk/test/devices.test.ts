/** Cameras and microphones that are listed, picked, refused, plugged in and out; all of them made up. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { fakeStream, fakeTrack } from './fake-media.js';
import { joinPage, openPage } from './harness.js';

const kinds = ['audioinput', 'audiooutput', 'videoinput'];

class FakeMediaDevices extends EventTarget {
  devices = kinds.map((kind) => ({ kind, deviceId: kind }));
  readonly enumerateDevices = vi.fn(async () => this.devices);
  readonly getUserMedia = vi.fn(async (wanted: MediaStreamConstraints) =>
    fakeStream(fakeTrack(wanted.audio ? 'audio' : 'video')),
  );
}

let mediaDevices: FakeMediaDevices;

beforeEach(() => {
  mediaDevices = new FakeMediaDevices();
  vi.stubGlobal('navigator', { mediaDevices });
});

describe('devices', () => {
  it('are listed by kind', async () => {
    const { devices } = openPage().call;
    const listed = async (filter: object) => (await devices.list(filter)).map(({ kind }) => kind);
    expect(await listed({})).toEqual(kinds);
    expect(await listed({ audio: true })).toEqual(['audioinput', 'audiooutput']);
    expect(await listed({ video: true })).toEqual(['videoinput']);
    expect(await listed({ audio: true, video: true })).toEqual(kinds);
  });

  it('that are picked take the place of the published one, mute included', async () => {
    const microphone = fakeTrack('audio');
    const stream = fakeStream(microphone);
    const { call } = await joinPage('ann', stream);
    call.setMuted('audio', true);
    const picked = await call.devices.pick('audio', 'headset');
    expect(mediaDevices.getUserMedia).toHaveBeenCalledWith({ audio: { deviceId: { exact: 'headset' } } });
    expect(call.publications).toMatchObject([{ track: picked, source: 'microphone' }]);
    expect(stream.getTracks()).toEqual([picked]);
    expect([picked.enabled, microphone.readyState]).toEqual([false, 'ended']);
  });

  it('that cannot be open together are closed before the next is opened', async () => {
    const camera = fakeTrack('video');
    const { call } = await joinPage('ann', fakeStream(camera));
    mediaDevices.getUserMedia.mockRejectedValueOnce(Object.assign(new Error('busy'), { name: 'NotReadableError' }));
    const picked = await call.devices.pick('video', 'rear');
    expect(camera.readyState).toBe('ended');
    expect(call.publications).toMatchObject([{ track: picked }]);
  });

  it('that the user refuses leave everything as it is', async () => {
    const camera = fakeTrack('video');
    const { call } = await joinPage('ann', fakeStream(camera));
    mediaDevices.getUserMedia.mockRejectedValueOnce(Object.assign(new Error('no'), { name: 'NotAllowedError' }));
    await expect(call.devices.pick('video', 'rear')).rejects.toMatchObject({ name: 'NotAllowedError' });
    expect(call.publications).toMatchObject([{ track: camera }]);
    expect(camera.readyState).toBe('live');
  });

  it('that come and go are told while watched', async () => {
    const seen: number[] = [];
    const stop = openPage().call.devices.watch((devices) => seen.push(devices.length), { video: true });
    mediaDevices.devices.push({ kind: 'videoinput', deviceId: 'second' });
    mediaDevices.dispatchEvent(new Event('devicechange'));
    await vi.advanceTimersByTimeAsync(0);
    stop();
    mediaDevices.dispatchEvent(new Event('devicechange'));
    await vi.advanceTimersByTimeAsync(0);
    expect(seen).toEqual([2]);
  });
});
