/** A signaling line that breaks: when the SDK tries again, what it resumes and repeats, and when it gives up. */
import { describe, expect, it, vi } from 'vitest';
import { backoffMs } from '../src/backoff.js';
import { connections, joinPage, server, settle, type Page } from './harness.js';

const received = (page: Page) => page.of('data').map(({ data }) => data);
const states = (page: Page) => page.of('connection-state').map(({ state }) => state);

describe('waiting before an attempt', () => {
  it('doubles from 400 ms to 5 s, less up to a half by chance', () => {
    expect([0, 1, 2, 3, 4, 5, 50].map((attempt) => backoffMs(attempt, 0))).toEqual([
      400, 800, 1_600, 3_200, 5_000, 5_000, 5_000,
    ]);
    expect([0, 1, 50].map((attempt) => backoffMs(attempt, 1))).toEqual([200, 400, 2_500]);
  });
});

describe('a dropped connection', () => {
  it.each([1006, 1012, 4008, 4029])('is made anew after close code %i, and the seat is resumed', async (code) => {
    const ann = await joinPage('ann');
    const ben = await joinPage('ben');
    server.cut('ann', code);
    expect(ann.call.state).toBe('reconnecting');
    expect(ann.of('error')).toMatchObject([{ code: 'CONNECTION_LOST', fatal: false }]);
    await settle(500);
    expect(states(ann)).toEqual(['connecting', 'connected', 'reconnecting', 'connected']);
    const seat = server.seatOf('ann');
    expect(server.socket.sent[0]).toEqual({
      type: 'join',
      roomId: 'room',
      resumeToken: seat.resumeToken,
      lastSeq: seat.seq,
    });
    expect(ben.of('user-left')).toEqual([]);
    expect(connections()).toHaveLength(2);
  });

  it('loses nothing that others sent meanwhile, and repeats nothing', async () => {
    const ann = await joinPage('ann');
    const ben = await joinPage('ben');
    ben.call.send('before');
    await settle();
    server.cut('ann');
    for (const text of ['one', 'two', 'three']) ben.call.send(text);
    const cem = joinPage('cem');
    await settle(1_000);
    await cem;
    ben.call.send('after');
    await settle();
    expect(received(ann)).toEqual(['before', 'one', 'two', 'three', 'after']);
    expect(ann.of('user-joined')).toMatchObject([{ userId: 'ben' }, { userId: 'cem' }]);
  });

  it('drops frames that it has seen already', async () => {
    const ann = await joinPage('ann');
    const ben = await joinPage('ben');
    ben.call.send('once');
    await settle();
    const seat = server.seatOf('ann');
    for (const frame of seat.log) seat.socket?.receive(frame);
    expect(received(ann)).toEqual(['once']);
    expect(ann.of('user-joined')).toHaveLength(1);
  });

  it('keeps what the page sends meanwhile, and sends again what may have been lost, each once', async () => {
    const ann = await joinPage('ann');
    const ben = await joinPage('ben');
    ann.call.send('arrived');
    await settle();
    server.deaf = true;
    ann.call.send('lost on the way');
    await settle();
    server.deaf = false;
    server.cut('ann');
    ann.call.send('while away');
    await settle(1_000);
    ann.call.send('back');
    await settle();
    expect(received(ben)).toEqual(['arrived', 'lost on the way', 'while away', 'back']);
    expect(server.socket.sent.filter(({ type }) => type === 'data')).toHaveLength(4);
  });

  it('refuses more messages than it keeps, in words', async () => {
    const ann = await joinPage('ann');
    const ben = await joinPage('ben');
    server.reachable = false;
    server.cut('ann');
    for (let index = 0; index < 128; index++) ann.call.send(index);
    expect(() => ann.call.send('too much')).toThrow(expect.objectContaining({ code: 'CONNECTION_LOST' }));
    server.reachable = true;
    await settle(10_000);
    expect(received(ben)).toEqual([...Array(128).keys()]);
  });

  it('paces what the page sends below the rate of the server', async () => {
    const ann = await joinPage('ann');
    const ben = await joinPage('ben');
    for (let index = 0; index < 300; index++) ann.call.send(index);
    await settle(500);
    expect(received(ben).length).toBeLessThan(256);
    await settle(5_000);
    expect(received(ben)).toEqual([...Array(300).keys()]);
  });

  it('tries at growing intervals, then gives up with RECONNECT_FAILED', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const ann = await joinPage('ann');
    server.reachable = false;
    server.cut('ann');
    const attempts: number[] = [];
    const start = Date.now();
    for (let before = server.sockets.length; ann.call.state === 'reconnecting';) {
      await settle(1);
      if (server.sockets.length > before) attempts.push(Date.now() - start);
      before = server.sockets.length;
    }
    expect(attempts.slice(0, 4)).toEqual([400, 1_201, 2_802, 6_003]);
    expect(Date.now() - start).toBeGreaterThan(20_000);
    expect(Date.now() - start).toBeLessThanOrEqual(50_000);
    expect(ann.call.state).toBe('failed');
    expect(ann.of('error').at(-1)).toMatchObject({ code: 'RECONNECT_FAILED', fatal: true });
  });

  it('ends with RECONNECT_FAILED where the seat is gone, and can join anew', async () => {
    const ann = await joinPage('ann');
    server.resumable = false;
    server.cut('ann');
    await settle(1_000);
    expect(ann.call.state).toBe('failed');
    expect(ann.of('error').at(-1)).toMatchObject({
      code: 'RECONNECT_FAILED',
      fatal: true,
      cause: { code: 'INVALID_TOKEN' },
    });
    expect(ann.call.users).toEqual([]);
    const again = ann.call.join({ roomId: 'room', token: 'ann-again' });
    await settle();
    await again;
    expect(ann.call.state).toBe('connected');
  });

  it('ends an attempt that hangs and makes another', async () => {
    const ann = await joinPage('ann');
    server.deaf = true;
    server.cut('ann');
    await settle(9_000);
    server.deaf = false;
    await settle(3_000);
    expect(ann.call.state).toBe('connected');
  });
});

describe('an end that somebody decided', () => {
  it.each([
    [4001, 'REPLACED'],
    [4002, 'KICKED'],
    [4003, 'ROOM_CLOSED'],
    [4004, 'INVALID_TOKEN'],
  ])('close code %i is final: %s', async (closeCode, code) => {
    const ann = await joinPage('ann');
    await joinPage('ben');
    server.cut('ann', closeCode);
    await settle(60_000);
    expect(states(ann)).toEqual(['connecting', 'connected', 'disconnected']);
    expect(ann.of('error')).toMatchObject([{ code, fatal: true }]);
    expect(server.sockets).toHaveLength(2);
    expect(connections()[0]?.closed).toBe(true);
  });

  it('says what the server said, once', async () => {
    const ann = await joinPage('ann');
    const { socket } = server;
    server.pushError(server.seatOf('ann'), 'KICKED', true);
    socket.closeFromServer(4002);
    await settle(60_000);
    expect(ann.of('error')).toMatchObject([{ code: 'KICKED', message: 'KICKED: as the server says', fatal: true }]);
    expect(ann.call.state).toBe('disconnected');
    expect(server.sockets).toHaveLength(1);
  });

  it('holds where the server says it at a resume', async () => {
    const ann = await joinPage('ann');
    server.cut('ann');
    vi.spyOn(server, 'handle').mockImplementation((socket) => {
      socket.receive({ type: 'error', code: 'KICKED', message: 'removed', fatal: true, seq: 0 });
    });
    await settle(1_000);
    expect(ann.call.state).toBe('disconnected');
    expect(ann.of('error').at(-1)).toMatchObject({ code: 'KICKED', fatal: true });
  });
});

describe('a refused message', () => {
  it('is an error that the call survives, and is not sent again', async () => {
    const ann = await joinPage('ann:host');
    await joinPage('ben');
    ann.call.send('x');
    await settle();
    const id = server.seatOf('ann').socket?.sent.at(-1)?.id;
    server.pushError(server.seatOf('ann'), 'FORBIDDEN', false, id);
    expect(ann.of('error')).toMatchObject([{ code: 'FORBIDDEN', fatal: false }]);
    server.cut('ann');
    await settle(1_000);
    expect(server.socket.sent.some((each) => each.id === id)).toBe(false);
    expect(ann.call.state).toBe('connected');
  });

  it('to somebody who is just leaving is no error', async () => {
    const ann = await joinPage('ann');
    server.pushError(server.seatOf('ann'), 'PEER_NOT_FOUND', false);
    expect(ann.of('error')).toEqual([]);
  });
});
