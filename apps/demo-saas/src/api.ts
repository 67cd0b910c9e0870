/** The product's own backend, which holds the app secret. Contract: ../README.md. */
import type { Login } from './session';

export type Meeting = { id: string; name: string; participants: number; maxParticipants: number };
export type NewMeeting = { id: string; name: string; link: string; maxParticipants: number };
export type Ticket = { token: string; url: string; appId: string; roomId: string; userId: string; role: string };

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export const login = (name: string): Promise<Login> => ask('POST', '/login', { name });

export const createMeeting = (session: string, name: string, maxParticipants: number): Promise<NewMeeting> =>
  ask('POST', '/meetings', { name, maxParticipants }, session);

export const getMeeting = (id: string): Promise<Meeting> => ask('GET', `/meetings/${id}`);

export const getTicket = (session: string, id: string): Promise<Ticket> =>
  ask('POST', `/meetings/${id}/token`, {}, session);

async function ask<T>(method: string, path: string, body?: object, session?: string): Promise<T> {
  const headers: Record<string, string> = {};
  if (body) headers['content-type'] = 'application/json';
  if (session !== undefined) headers.authorization = `Bearer ${session}`;
  const request: RequestInit = { method, headers };
  if (body) request.body = JSON.stringify(body);
  const response = await fetch(`/demo/api${path}`, request).catch(() => {
    throw new ApiError(0, 'OFFLINE', 'Meetwell cannot be reached. Check your internet connection and try again.');
  });
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok) return answer as T;
  const { code = 'UNKNOWN', message = 'Something went wrong here. Try again.' } =
    (answer as { error?: { code?: string; message?: string } } | null)?.error ?? {};
  throw new ApiError(response.status, code, message);
}
