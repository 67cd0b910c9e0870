/**
 * The platform's livestreams, as /api/v1 serves them. In development callers without credentials act as the tenant
 * `dev`; a product of your own asks its backend instead, which holds the app's secret.
 */
export type StreamStatus = 'SCHEDULED' | 'LIVE' | 'ENDED' | 'ERROR';

export type Livestream = {
  id: string;
  roomName: string;
  title: string;
  description: string | null;
  status: StreamStatus;
  createdBy: string;
  startedAt: string | null;
  endedAt: string | null;
};

export type Role = 'HOST' | 'VIEWER';
export type Ticket = { token: string; url: string };

export type StreamState = {
  status: 'LIVE' | 'ENDED';
  viewerCount: number;
  totalViewers: number;
  peakViewerCount: number;
  hostInfo: { userId: string; displayName: string } | null;
};

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

const BASE = '/api/v1/livestreams';

export const listLive = (): Promise<Livestream[]> => ask('GET', '?status=LIVE&limit=50');

export const getStream = (id: string): Promise<Livestream> => ask('GET', `/${id}`);

export const getState = (id: string): Promise<StreamState> => ask('GET', `/${id}/state`);

export const createStream = (title: string, description: string, createdBy: string): Promise<Livestream> =>
  ask('POST', '', { title, createdBy, roomName: roomNameFor(title), ...(description && { description }) });

/** Takes a place in the stream. A place that this user left behind, by a crash or a reload, is given up first. */
export async function joinStream(id: string, userId: string, displayName: string, role: Role): Promise<Ticket> {
  const join = (): Promise<Ticket> => ask('POST', `/${id}/join`, { userId, displayName, role });
  try {
    return await join();
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'CONFLICT') throw error;
    await leaveStream(id, userId);
    return join();
  }
}

export const leaveStream = (id: string, userId: string): Promise<unknown> => ask('POST', `/${id}/leave`, { userId });

export const endStream = (id: string, requestingUserId: string): Promise<unknown> =>
  ask('DELETE', `/${id}`, { requestingUserId });

export const eventsUrl = (id: string): string => `${BASE}/${id}/events`;

/** A name for the media room: readable, safe for LiveKit, and new for each stream of the same title. */
export function roomNameFor(title: string, random: () => number = Math.random): string {
  const words = title
    .normalize('NFKD')
    .replace(/[^\w\s-]/g, '')
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, '-')
    .slice(0, 40);
  const suffix = Math.floor(random() * 36 ** 6)
    .toString(36)
    .padStart(6, '0');
  return `${words || 'stream'}-${suffix}`;
}

async function ask<T>(method: string, path: string, body?: object): Promise<T> {
  const request: RequestInit = { method, headers: {} };
  if (body) {
    request.headers = { 'content-type': 'application/json' };
    request.body = JSON.stringify(body);
    // A page that is closed still says that it leaves.
    request.keepalive = path.endsWith('/leave');
  }
  const response = await fetch(BASE + path, request).catch(() => {
    throw new ApiError(0, 'OFFLINE', 'Onwell cannot be reached. Check your internet connection and try again.');
  });
  const answer = (await response.json().catch(() => null)) as { data?: T; error?: { code?: string; message?: string } } | null;
  if (response.ok && answer) return answer.data as T;
  const { code = 'UNKNOWN', message = 'Something went wrong here. Try again.' } = answer?.error ?? {};
  throw new ApiError(response.status, code, message);
}
