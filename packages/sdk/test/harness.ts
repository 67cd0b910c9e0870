/** Pages in one process: calls over a fake server and fake peer connections, on virtual time. */
import { afterEach, beforeEach, vi } from 'vitest';
import { createCall, type Call, type CallEvents } from '../src/index.js';
import { FakeStream } from './fake-media.js';
import { FakePeerConnection } from './fake-peer-connection.js';
import { FakeServer, FakeSocket } from './fake-server.js';

const EVENTS: readonly (keyof CallEvents)[] = [
  'user-joined',
  'user-left',
  'track-added',
  'track-removed',
  'connection-state',
  'error',
  'data',
  'muted',
];

export let server: FakeServer;

/** A call with all that it has told its page. */
export interface Page {
  call: Call;
  events: [keyof CallEvents, CallEvents[keyof CallEvents]][];
  /** The data of all events of a name. */
  of<K extends keyof CallEvents>(name: K): CallEvents[K][];
}

export function openPage(): Page {
  const call = createCall({ appId: 'app', signalingUrl: 'ws://signaling.test/ws' });
  const events: Page['events'] = [];
  for (const name of EVENTS) call.on(name, (data) => events.push([name, data]));
  const of: Page['of'] = (name) => events.filter(([each]) => each === name).map(([, data]) => data) as never;
  return { call, events, of };
}

/** Opens a page and joins; `token` is the user's name, with `:role` where it matters. */
export async function joinPage(token: string, stream?: MediaStream): Promise<Page> {
  const page = openPage();
  const joined = page.call.join({ roomId: 'room', token, stream });
  await settle();
  await joined;
  await settle();
  return page;
}

/** Lets everything happen that is due within 50 ms. */
export async function settle(ms = 50): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}

/** The peer connections made since the test began, in order. */
export function connections(): FakePeerConnection[] {
  return FakePeerConnection.all;
}

beforeEach(() => {
  vi.useFakeTimers();
  server = new FakeServer();
  FakeSocket.server = server;
  FakePeerConnection.all = [];
  vi.stubGlobal('WebSocket', FakeSocket);
  vi.stubGlobal('RTCPeerConnection', FakePeerConnection);
  vi.stubGlobal('MediaStream', FakeStream);
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});
