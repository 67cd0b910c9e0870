/** The four routes of the backend. The contract is in ../README.md. */
import { createRoom, createToken, getRoom, type Platform } from './platform';
import { Problem, invalid, notFound } from './problem';
import { SESSION_S, Sessions, newUserId, type User } from './session';

export type Ask = {
  method: string;
  path: string;
  authorization?: string | undefined;
  cookie?: string | undefined;
  secure: boolean;
  body: unknown;
};
export type Answer = { status: number; body: object; headers?: Record<string, string> };

export function routes(platform: Platform): (ask: Ask) => Promise<Answer> {
  const sessions = new Sessions(platform.appSecret);

  return async (ask) => {
    if (ask.path === '/demo/api/login') {
      only('POST', ask);
      const user = { id: newUserId(), name: text(ask.body, 'name', 60) };
      const session = sessions.issue(user, Date.now());
      const cookie = `demo_session=${session}; HttpOnly; SameSite=Lax; Path=/demo; Max-Age=${SESSION_S}`;
      const headers = { 'set-cookie': ask.secure ? `${cookie}; Secure` : cookie };
      return { status: 200, body: { session, user }, headers };
    }
    if (ask.path === '/demo/api/meetings') {
      only('POST', ask);
      const host = whoAsks(sessions, ask);
      const room = await createRoom(platform, text(ask.body, 'name', 120), seats(ask.body), host.id);
      const { id, name, maxParticipants } = room;
      return { status: 201, body: { id, name, link: `/demo/m/${id}`, maxParticipants } };
    }
    const [, id, action] = /^\/demo\/api\/meetings\/([\w-]+)(\/token)?$/.exec(ask.path) ?? [];
    if (id === undefined) throw notFound('address');
    if (action === undefined) {
      only('GET', ask);
      const { name, participants, maxParticipants } = await getRoom(platform, id);
      return { status: 200, body: { id, name, participants, maxParticipants } };
    }
    only('POST', ask);
    const user = whoAsks(sessions, ask);
    const room = await getRoom(platform, id);
    const role = room.metadata?.hostId === user.id ? 'host' : 'participant';
    const { token, url, roomId, userId, expiresAt } = await createToken(platform, id, user, role);
    return { status: 201, body: { token, url, appId: platform.appId, roomId, userId, role, expiresAt } };
  };
}

function only(method: string, ask: Ask): void {
  if (ask.method === method) return;
  throw new Problem(405, 'METHOD_NOT_ALLOWED', `Only ${method} is accepted here.`, { allow: method });
}

function whoAsks(sessions: Sessions, { authorization, cookie }: Ask): User {
  const session = authorization?.replace(/^Bearer /i, '') ?? /(?:^|; *)demo_session=([^;]*)/.exec(cookie ?? '')?.[1];
  const user = session === undefined ? null : sessions.read(session, Date.now());
  if (user === null) throw new Problem(401, 'UNAUTHORIZED', 'Log in first.');
  return user;
}

function text(body: unknown, field: string, max: number): string {
  const value = (body as Record<string, unknown> | null)?.[field];
  const trimmed = typeof value === 'string' ? value.trim() : '';
  const length = [...trimmed].length;
  if (length < 1 || length > max || /\p{Cc}/u.test(trimmed)) {
    throw invalid(`${field} must be 1 to ${max} characters long, without control characters.`);
  }
  return trimmed;
}

function seats(body: unknown): number {
  const value = (body as Record<string, unknown> | null)?.maxParticipants ?? 4;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 2 && value <= 16) return value;
  throw invalid('maxParticipants must be a whole number from 2 to 16.');
}
