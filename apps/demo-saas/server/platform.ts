/** The three calls to rtc-platform that a backend needs. The app's secret stays in here. */
import { Problem, notFound } from './problem';

export type Platform = { url: string; appId: string; appSecret: string };

export type Room = {
  id: string;
  name: string;
  participants: number;
  maxParticipants: number;
  metadata?: { demo?: boolean; hostId?: string } | null;
};

export type Token = {
  token: string;
  url: string;
  roomId: string;
  userId: string;
  role: string;
  expiresAt: string;
};

export function createRoom(platform: Platform, name: string, maxParticipants: number, hostId: string): Promise<Room> {
  const metadata = { demo: true, hostId };
  return call(platform, 'POST', '/rooms', { name, maxParticipants, topology: 'auto', metadata });
}

export async function getRoom(platform: Platform, roomId: string): Promise<Room> {
  const room = await call<Room>(platform, 'GET', `/rooms/${encodeURIComponent(roomId)}`);
  if (!room.metadata?.demo) throw notFound('meeting');
  return room;
}

export function createToken(
  platform: Platform,
  roomId: string,
  user: { id: string; name: string },
  role: 'host' | 'participant',
): Promise<Token> {
  const body = { userId: user.id, role, expiresIn: '5m', metadata: { name: user.name } };
  return call(platform, 'POST', `/rooms/${encodeURIComponent(roomId)}/token`, body);
}

async function call<T>({ url, appId, appSecret }: Platform, method: string, path: string, body?: object): Promise<T> {
  const request: RequestInit = {
    method,
    headers: { 'x-app-id': appId, 'x-app-secret': appSecret, 'content-type': 'application/json' },
    signal: AbortSignal.timeout(10_000),
  };
  if (body) request.body = JSON.stringify(body);
  const response = await fetch(url + path, request).catch(() => null);
  if (response?.ok) return (await response.json()) as T;
  if (response?.status === 404 && path !== '/rooms') throw notFound('meeting');
  if (response?.status === 429) {
    const retryAfter = response.headers.get('retry-after') ?? '1';
    throw new Problem(429, 'RATE_LIMIT_EXCEEDED', 'Too many requests. Wait a moment.', { 'retry-after': retryAfter });
  }
  console.error(`rtc-platform: ${method} ${path}: ${response ? await response.text() : 'not reachable'}`);
  throw new Problem(503, 'UNAVAILABLE', 'Calls are not available right now. Try again in a minute.');
}
