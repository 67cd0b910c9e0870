/**
 * The table of crates/surface/rtc-server/tests/contract.json, run against the binding and both kinds of routes; and
 * against the plain TypeScript that `make bench` compares with, which has to do the same work.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { resolve } from 'node:path';
import type { AddressInfo } from 'node:net';
import {
  createRtcServer,
  fetchHandler,
  nodeHandler,
  RtcError,
  type EventName,
  type RtcServer,
  type RtcServerConfig,
  type RtcServerOptions,
  type SignalStream,
} from '@rtc-platform/rtc-server';
import { PlainRtcServer } from '../../../load/baselines/embedded-ts/server.ts';
import { readEvents, type EventReader } from './sse.ts';

type With = Record<string, unknown>;
type Step = {
  at?: number;
  call: string;
  with?: With;
  gives?: unknown;
  refuses?: { code: string; path?: string };
  events?: unknown[];
};
type Table = { config: RtcServerOptions; scenarios: { name: string; steps: Step[] }[] };
type Driver = { call(name: string, given: With, step: Step): unknown; close(): unknown };

const EVENTS: EventName[] = [
  'room:created',
  'room:closed',
  'peer:connected',
  'peer:disconnected',
  'peer:heartbeat',
  'signal',
];
const FILE = '../../../crates/surface/rtc-server/tests/contract.json';
const table = JSON.parse(readFileSync(resolve(import.meta.dirname, FILE), 'utf8')) as Table;

/** `"@bytes:n"` as a text of n characters, everywhere. */
function expanded(value: unknown): unknown {
  if (typeof value === 'string') return value.startsWith('@bytes:') ? 'x'.repeat(Number(value.slice(7))) : value;
  if (Array.isArray(value)) return value.map(expanded);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, value]) => [key, expanded(value)]));
}

const key = (given: With): string => JSON.stringify([given['roomId'], given['peerId']]);

/** The calls that have no route, too. */
function byHand(server: RtcServer, name: string, given: With): unknown {
  switch (name) {
    case 'createRoom':
      return server.createRoom(given as never);
    case 'closeRoom':
      return server.closeRoom(given['roomId'] as string);
    case 'sweep':
      return server.sweep();
    case 'rooms':
      return server.rooms().sort();
    default:
      throw new Error(`no call ${name}`);
  }
}

function binding(server: RtcServer): Driver {
  const streams = new Map<string, SignalStream>();
  const calls: Record<string, (given: never) => unknown> = {
    connect: (given) => server.connectPeer(given),
    heartbeat: (given) => server.heartbeat(given),
    signal: (given) => server.relay(given),
    disconnect: (given) => server.disconnectPeer(given),
    room: (given: { roomId: string }) => server.getRoomSnapshot(given.roomId),
    subscribe: (given) => void streams.set(key(given), server.subscribe(given)),
  };
  const read = async (given: With, expected: unknown[]): Promise<unknown[]> => {
    const items = [];
    for (const _ of expected) {
      const { done, value } = (await streams.get(key(given))?.next()) ?? { done: true };
      items.push(done ? 'end' : value.type === 'lagged' ? 'lagged' : value.event);
    }
    return items;
  };
  return {
    call: (name, given, step) => {
      if (name === 'read') return read(given, step.gives as unknown[]);
      return calls[name] ? calls[name](given as never) : byHand(server, name, given);
    },
    close: () => undefined,
  };
}

function routes(server: RtcServer, base: string, ask: typeof fetch, close: () => unknown): Driver {
  const streams = new Map<string, EventReader>();
  const json = async (response: Response): Promise<unknown> => {
    const body = (await response.json()) as { error?: { code: never; message: string; details?: never } };
    if (!response.ok) throw new RtcError(body.error?.code as never, body.error?.message ?? '', body.error?.details);
    return body;
  };
  const post = async (path: string, given: unknown): Promise<unknown> =>
    json(
      await ask(base + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(given),
      }),
    );
  const subscribe = async (given: With): Promise<void> => {
    const query = new URLSearchParams(Object.entries(given).map(([name, value]) => [name, String(value)]));
    const response = await ask(`${base}/rtc/events?${query}`);
    if (!response.ok) await json(response);
    assert.equal(response.headers.get('content-type'), 'text/event-stream');
    streams.set(key(given), readEvents(response));
  };
  const read = async (given: With, expected: unknown[]): Promise<unknown[]> => {
    const items = [];
    for (const _ of expected) {
      const event = await streams.get(key(given))?.next();
      items.push(!event ? 'end' : event.name === 'lagged' ? 'lagged' : JSON.parse(event.data));
    }
    return items;
  };
  return {
    call: async (name, given, step) => {
      if (['connect', 'heartbeat', 'signal', 'disconnect'].includes(name)) return post(`/rtc/${name}`, given);
      if (name === 'room') return json(await ask(`${base}/rtc/rooms/${encodeURIComponent(String(given['roomId']))}`));
      if (name === 'subscribe') return subscribe(given);
      if (name === 'read') return read(given, step.gives as unknown[]);
      return byHand(server, name, given);
    },
    close,
  };
}

async function overNode(server: RtcServer): Promise<Driver> {
  const http = createServer(nodeHandler(server)).listen(0, '127.0.0.1');
  await new Promise((listening) => http.once('listening', listening));
  const { port } = http.address() as AddressInfo;
  return routes(server, `http://127.0.0.1:${port}`, fetch, () => {
    http.closeAllConnections();
    http.close();
  });
}

function overFetch(server: RtcServer): Driver {
  const handle = fetchHandler(server);
  const ask = (url: string, init?: RequestInit): Promise<Response> => handle(new Request(url, init));
  return routes(server, 'http://localhost', ask as typeof fetch, () => undefined);
}

async function run(driver: Driver, step: Step, place: string): Promise<void> {
  const given = expanded(step.with ?? {}) as With;
  if (!step.refuses) {
    const answer = await driver.call(step.call, given, step);
    if (step.gives !== undefined) assert.deepEqual(answer, step.gives, place);
    return;
  }
  const { code, path } = step.refuses;
  await assert.rejects(
    async () => driver.call(step.call, given, step),
    (error: unknown) => {
      assert.ok(error instanceof Error && error.name === 'RtcError', `${place}: ${String(error)}`);
      const { code: given, details } = error as RtcError;
      assert.equal(given, code, place);
      if (path) assert.equal(details[0]?.path, path, place);
      return true;
    },
  );
}

const DRIVERS = { 'the binding': binding, "the routes on Node's http": overNode, 'the routes by fetch': overFetch };

const plain = (config: RtcServerConfig): RtcServer => new PlainRtcServer(config) as unknown as RtcServer;
const SERVERS = [
  ...Object.entries(DRIVERS).map(([name, open]) => ({ name, open, create: createRtcServer })),
  { name: 'plain TypeScript', open: binding, create: plain },
];

for (const { name, open, create } of SERVERS) {
  for (const scenario of table.scenarios) {
    test(`${name}: ${scenario.name}`, { timeout: 30_000 }, async () => {
      let now = 0;
      const server = create({ ...table.config, now: () => now, sweepIntervalMs: 0 });
      let heard: unknown[] = [];
      for (const event of EVENTS) server.on(event, (event) => heard.push(event));
      const driver = await open(server);
      for (const [index, step] of scenario.steps.entries()) {
        const place = `step ${index + 1} (${step.call})`;
        now = step.at ?? now;
        heard = [];
        await run(driver, step, place);
        if (step.events) assert.deepEqual(heard, step.events, place);
        if (step.refuses) assert.deepEqual(heard, [], `${place}: events of a call that was refused`);
      }
      server.close();
      await driver.close();
    });
  }
}
