/** The calls to the platform, against one that answers as it is told. */
import { afterEach, expect, it, vi } from 'vitest';
import { ApiError, createStream, joinStream, listLive, roomNameFor } from './api';

type Call = { method: string; path: string; body: unknown };
type Reply = { status: number; body: unknown };

/** A platform of two lines: it keeps what it was asked and gives the replies in order. */
function platform(...replies: Reply[]): Call[] {
  const calls: Call[] = [];
  vi.stubGlobal('fetch', (path: string, { method = 'GET', body }: RequestInit) => {
    calls.push({ method, path, body: body === undefined ? null : JSON.parse(body as string) });
    const reply = replies.shift();
    if (!reply) return Promise.reject(new TypeError('failed to fetch'));
    return Promise.resolve(new Response(JSON.stringify(reply.body), { status: reply.status }));
  });
  return calls;
}

const refusal = (status: number, code: string): Reply => ({
  status,
  body: { success: false, error: { code, message: `said ${code}` } },
});

afterEach(() => vi.unstubAllGlobals());

it('the data of an answer is taken out of its envelope', async () => {
  const calls = platform({ status: 200, body: { success: true, data: [{ id: 's1' }], count: 1 } });
  expect(await listLive()).toEqual([{ id: 's1' }]);
  expect(calls[0]).toEqual({ method: 'GET', path: '/api/v1/livestreams?status=LIVE&limit=50', body: null });
});

it('a new stream has a room name made of its title, and no empty description', async () => {
  const calls = platform({ status: 201, body: { success: true, data: { id: 's1' } } });
  await createStream('Café am Morgen!', '', 'u_1');
  expect(calls[0]?.body).toMatchObject({ title: 'Café am Morgen!', createdBy: 'u_1' });
  expect(calls[0]?.body).not.toHaveProperty('description');
  expect((calls[0]?.body as { roomName: string }).roomName).toMatch(/^cafe-am-morgen-[a-z0-9]{6}$/);
});

it('a room name is safe whatever the title', () => {
  expect(roomNameFor('日本', () => 0)).toBe('stream-000000');
  expect(roomNameFor('--- a_b  c ---', () => 0.5)).toMatch(/^-?a-b-c-?-[a-z0-9]{6}$/);
});

it('a place that was left behind is given up before it is taken again', async () => {
  const ticket = { token: 't', url: 'ws://x' };
  const calls = platform(
    refusal(409, 'CONFLICT'),
    { status: 200, body: { success: true, message: 'left' } },
    { status: 200, body: { success: true, data: ticket } },
  );
  expect(await joinStream('s1', 'u_1', 'Ana', 'VIEWER')).toEqual(ticket);
  expect(calls.map(({ path }) => path.split('/').pop())).toEqual(['join', 'leave', 'join']);
});

it('a stream that is full stays full', async () => {
  const calls = platform(refusal(409, 'ROOM_FULL'));
  const error = await joinStream('s1', 'u_1', 'Ana', 'VIEWER').catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ApiError);
  expect((error as ApiError).code).toBe('ROOM_FULL');
  expect(calls).toHaveLength(1);
});

it('a server that cannot be reached is told apart from one that refuses', async () => {
  platform();
  await expect(listLive()).rejects.toMatchObject({ status: 0, code: 'OFFLINE' });
  platform({ status: 502, body: 'not an envelope' });
  await expect(listLive()).rejects.toMatchObject({ status: 502, code: 'UNKNOWN' });
});
