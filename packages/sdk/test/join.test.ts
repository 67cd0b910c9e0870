/** From `init` and `join` to a connected call, each way in which that is refused, and leaving. */
import { describe, expect, it, vi } from 'vitest';
import { CallError, CallSDK, createCall } from '../src/index.js';
import { joinPage, openPage, server, settle } from './harness.js';

const room = { roomId: 'room', token: 'ann' };

describe('joining', () => {
  it('connects, sends the token and becomes connected', async () => {
    const { call, of } = await joinPage('ann:host');
    expect(server.socket.url).toBe('ws://signaling.test/ws');
    expect(server.socket.sent).toEqual([{ type: 'join', ...room, token: 'ann:host' }]);
    expect(of('connection-state')).toEqual([
      { state: 'connecting', previousState: 'idle' },
      { state: 'connected', previousState: 'connecting' },
    ]);
    expect(call.me).toEqual({ userId: 'ann', role: 'host', muted: { audio: false, video: false }, quality: 'good' });
  });

  it('shows who is there already, and tells them', async () => {
    const ann = await joinPage('ann');
    const ben = await joinPage('ben:viewer');
    expect(ben.call.users).toMatchObject([{ userId: 'ann', role: 'participant', tracks: [], quality: 'good' }]);
    expect(ann.of('user-joined')).toEqual([{ userId: 'ben', role: 'viewer' }]);
  });

  it.each([
    ['INVALID_TOKEN', true],
    ['TOKEN_EXPIRED', true],
    ['ROOM_FULL', false],
    ['ROOM_NOT_FOUND', true],
    ['KICKED', true],
    ['ROOM_CLOSED', true],
    ['FORBIDDEN', true],
    ['RATE_LIMIT_EXCEEDED', true],
    ['INVALID_MESSAGE', false],
    ['ALREADY_IN_ROOM', false],
  ])('rejects with %s where the server refuses, and emits the same error', async (code, fatal) => {
    server.refusals.set('ann', { code, fatal, closeWith: 1008 });
    const page = openPage();
    const rejection = page.call.join(room).catch((error: unknown) => error);
    await settle();
    const error = await rejection;
    expect(error).toBeInstanceOf(CallError);
    expect(error).toMatchObject({ code, fatal: true, message: `${code}: refused` });
    expect(page.of('error')).toEqual([error]);
    expect(page.call.state).toBe('failed');
  });

  it('rejects with CONNECTION_FAILED after three attempts to reach the server', async () => {
    server.reachable = false;
    const page = openPage();
    const rejection = page.call.join(room).catch((error: unknown) => error);
    await settle(5_000);
    expect(await rejection).toMatchObject({ code: 'CONNECTION_FAILED', fatal: true });
    expect(server.sockets).toHaveLength(3);
    expect(page.call.state).toBe('failed');
  });

  it('does not present a token again where the answer to the join was lost', async () => {
    server.deaf = true;
    const page = openPage();
    const rejection = page.call.join(room).catch((error: unknown) => error);
    await settle(30_000);
    expect(await rejection).toMatchObject({ code: 'CONNECTION_FAILED' });
    expect(server.sockets).toHaveLength(1);
  });

  it('can join again after a refusal', async () => {
    server.refusals.set('ann', { code: 'ROOM_FULL', fatal: false });
    const page = openPage();
    const refused = page.call.join(room).catch(() => 'refused');
    await settle();
    expect(await refused).toBe('refused');
    server.refusals.clear();
    const joined = page.call.join(room);
    await settle();
    await joined;
    expect(page.call.state).toBe('connected');
  });

  it('rejects a second join with ALREADY_IN_ROOM and keeps the call', async () => {
    const page = await joinPage('ann');
    await expect(page.call.join(room)).rejects.toMatchObject({ code: 'ALREADY_IN_ROOM', fatal: false });
    expect(page.call.state).toBe('connected');
  });

  it('rejects where the browser has no WebRTC', async () => {
    vi.stubGlobal('RTCPeerConnection', undefined);
    await expect(openPage().call.join(room)).rejects.toMatchObject({ code: 'WEBRTC_NOT_SUPPORTED' });
  });

  it.each([
    { roomId: '', token: 'ann' },
    { roomId: 'room', token: '' },
  ])('rejects %o with INVALID_CONFIG', async (options) => {
    await expect(openPage().call.join(options)).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
  });
});

describe('the ready-made call', () => {
  it('needs init once, with a valid configuration', async () => {
    const errors: CallError[] = [];
    const off = CallSDK.on('error', (error) => errors.push(error));
    await expect(CallSDK.join(room)).rejects.toMatchObject({ code: 'NOT_INITIALIZED' });
    expect(errors).toMatchObject([{ code: 'NOT_INITIALIZED' }]);
    off();
    for (const config of [
      { appId: '' },
      { appId: 'app', signalingUrl: 'ftp://x' },
      { appId: 'app', signalingUrl: 'nonsense' },
    ]) {
      expect(() => CallSDK.init(config)).toThrow(expect.objectContaining({ code: 'INVALID_CONFIG' }));
    }
    CallSDK.init({ appId: 'app', signalingUrl: 'https://rtc.test' });
    expect(() => CallSDK.init({ appId: 'app' })).toThrow(expect.objectContaining({ code: 'ALREADY_INITIALIZED' }));
    const joined = CallSDK.join(room);
    await settle();
    await joined;
    expect(server.socket.url).toBe('wss://rtc.test/ws');
    const second = CallSDK.createCall();
    const alsoJoined = second.join({ ...room, token: 'ann-too' });
    await settle();
    await alsoJoined;
    expect(CallSDK.users.map(({ userId }) => userId)).toEqual(['ann-too']);
    second.leave();
    CallSDK.leave();
    expect(CallSDK.state).toBe('disconnected');
  });

  it.each([
    ['wss://rtc.test', 'wss://rtc.test/ws'],
    ['http://rtc.test:3000/', 'ws://rtc.test:3000/ws'],
    ['wss://rtc.test/calls/ws', 'wss://rtc.test/calls/ws'],
    [undefined, 'wss://page.test/ws'],
  ])('connects for signalingUrl %s to %s', async (signalingUrl, url) => {
    vi.stubGlobal('location', { origin: 'https://page.test' });
    const call = createCall({ appId: 'app', signalingUrl });
    const joined = call.join(room);
    await settle();
    await joined;
    expect(server.socket.url).toBe(url);
  });
});

describe('leaving', () => {
  it('says so and closes with 1000, and the others see it at once', async () => {
    const ann = await joinPage('ann');
    const ben = await joinPage('ben');
    ben.call.leave();
    await settle();
    expect(server.socket.sent.at(-1)).toEqual({ type: 'leave' });
    expect(server.socket.closedWith).toBe(1000);
    expect(ann.of('user-left')).toEqual([{ userId: 'ben', reason: 'left' }]);
    expect(ann.call.users).toEqual([]);
    expect(ben.call.state).toBe('disconnected');
    expect(ben.of('error')).toEqual([]);
    expect(ben.call.me).toBeNull();
  });

  it('rejects a join that is under way', async () => {
    const page = openPage();
    const rejection = page.call.join(room).catch((error: unknown) => error);
    page.call.leave();
    expect(await rejection).toMatchObject({ code: 'NOT_IN_ROOM' });
    await settle(60_000);
    expect(server.sockets).toHaveLength(1);
  });

  it('happens by itself when the page goes away', async () => {
    const page = new EventTarget();
    vi.stubGlobal('window', page);
    vi.stubGlobal('navigator', {});
    const ann = await joinPage('ann');
    page.dispatchEvent(new Event('pagehide'));
    expect(server.socket.closedWith).toBe(1000);
    expect(ann.call.state).toBe('disconnected');
  });
});
