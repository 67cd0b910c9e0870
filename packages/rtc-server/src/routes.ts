/** The routes under `/rtc`, apart from how a framework hands requests over: http.ts has that. */
import { RtcError } from './error.ts';
import type { RtcServer } from './server.ts';
import type { StreamReader } from './stream.ts';
import type { ConnectRequest, PeerRequest, SignalRequest } from './types.ts';

/** The largest body, in bytes; the same as the platform's. */
export const BODY_BYTES_MAX = 256 * 1024;

/** A request, as far as the routes look at it. */
export interface RouteRequest {
  method: string;
  /** Below the prefix, such as `/connect`. */
  path: string;
  query: URLSearchParams;
  header(name: string): string | null | undefined;
  /** The parsed body of a POST; throws RtcError where it is none. */
  body(): Promise<unknown>;
}

/** An answer's body as an object, or a stream of events. */
export type RouteAnswer = { json: unknown } | { stream: StreamReader };

type Route = (server: RtcServer, request: RouteRequest) => Promise<RouteAnswer> | RouteAnswer;

const POST: Record<string, (server: RtcServer, body: unknown) => unknown> = {
  '/connect': (server, body) => server.connectPeer(body as ConnectRequest),
  '/heartbeat': (server, body) => server.heartbeat(body as PeerRequest),
  '/signal': (server, body) => server.relay(body as SignalRequest),
  '/disconnect': (server, body) => server.disconnectPeer(body as PeerRequest),
};

/** The route of a path and its method; none: the path is not one of these. */
function find(path: string): { method: string; run: Route } | undefined {
  const call = POST[path];
  if (call) return { method: 'POST', run: async (server, request) => ({ json: call(server, await body(request)) }) };
  if (path === '/events') return { method: 'GET', run: events };
  if (!/^\/rooms\/[^/]+$/.test(path)) return undefined;
  return { method: 'GET', run: (server) => ({ json: server.getRoomSnapshot(decoded(path.slice('/rooms/'.length))) }) };
}

/** Whether a path is one of the routes. */
export function isRoute(path: string): boolean {
  return find(path) !== undefined;
}

/** @throws RtcError */
export async function answer(server: RtcServer, request: RouteRequest): Promise<RouteAnswer> {
  const route = find(request.path);
  if (!route) throw new RtcError('NOT_FOUND', 'there is no such route');
  const { method } = request;
  if (method !== route.method) {
    throw new RtcError('METHOD_NOT_ALLOWED', 'the route exists, but not with this method');
  }
  return route.run(server, request);
}

/** A body of bytes that was read, as JSON. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RtcError('VALIDATION_ERROR', 'the body is not valid JSON');
  }
}

export function tooLarge(): RtcError {
  return new RtcError('PAYLOAD_TOO_LARGE', `the body must be at most ${BODY_BYTES_MAX} bytes`);
}

async function body(request: RouteRequest): Promise<object> {
  const type = request.header('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type !== 'application/json' && !type.endsWith('+json')) {
    throw new RtcError('UNSUPPORTED_MEDIA_TYPE', 'the content-type must be application/json');
  }
  const value = await request.body();
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RtcError('VALIDATION_ERROR', 'the body must be an object');
  }
  return value;
}

function events(server: RtcServer, { query, header }: RouteRequest): RouteAnswer {
  const given = (name: string): string => {
    const value = query.get(name);
    if (value === null) throw RtcError.invalid(name, 'is missing');
    return value;
  };
  const peer = { roomId: given('roomId'), peerId: given('peerId') };
  const last = header('last-event-id') || query.get('lastEventId');
  if (!last) return { stream: server.openStream(peer) };
  if (!/^\d{1,15}$/.test(last)) throw RtcError.invalid('last-event-id', 'must be the id of an event');
  return { stream: server.openStream({ ...peer, lastEventId: Number(last) }) };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw RtcError.invalid('roomId', 'must be percent-encoded UTF-8');
  }
}
