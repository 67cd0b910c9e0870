/** The client against a server that answers as it should, and against lines that do not. */
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { createRtcServer, nodeHandler, type RtcServer } from '@rtc-platform/rtc-server';
import { RtcClient, RtcClientError, type SignalEvent } from '../src/index.ts';

type Handler = (request: IncomingMessage, response: ServerResponse, nth: number) => void;
type Host = { url: string; seen: string[]; drop(): void };

/** `handle` gets each request with its number, from 0. */
async function host(context: TestContext, handle: Handler): Promise<Host> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    handle(request, response, seen.length - 1);
  }).listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, seen, drop: () => server.closeAllConnections() };
}

function rtcHost(context: TestContext): { rtc: RtcServer; handle: Handler } {
  const rtc = createRtcServer({ sweepIntervalMs: 0, iceServers: [] });
  context.after(() => rtc.close());
  const routes = nodeHandler(rtc);
  return { rtc, handle: (request, response) => routes(request, response) };
}

const ann = { roomId: 'a room/ä', peerId: 'ann' };
const ben = { roomId: 'a room/ä', peerId: 'ben' };
const say = (payload: unknown) => ({ roomId: ann.roomId, fromPeerId: 'ann', signal: { type: 'n', payload } });
const refuse = (response: ServerResponse, status: number, code?: string): void => {
  const body = code ? { error: { code, message: 'no' }, requestId: 'q1' } : 'a proxy speaks';
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

test('every call arrives, and refusals are typed', async (context) => {
  const { handle } = rtcHost(context);
  const { url } = await host(context, handle);
  const client = new RtcClient({ baseUrl: `${url}/` });
  assert.deepEqual(await client.connect({ ...ann, metadata: { a: 1 } }), {
    ...ann,
    iceServers: [],
    heartbeatIntervalMs: 30_000,
    peers: [],
  });
  await client.connect(ben);
  assert.equal(typeof (await client.heartbeat(ann)).lastSeen, 'number');
  assert.deepEqual(await client.signal(say(1)), { listenersNotified: 0, recipients: 1 });
  assert.deepEqual((await client.room(ann.roomId)).peers.map(({ peerId }) => peerId), ['ann', 'ben']);
  assert.deepEqual(await client.disconnect(ann), { ...ann, roomClosed: false });
  await assert.rejects(client.heartbeat(ann), (error) => {
    assert.ok(error instanceof RtcClientError);
    assert.deepEqual([error.code, error.status, error.details], ['PEER_NOT_FOUND', 404, []]);
    assert.match(error.requestId ?? '', /^rtc-/);
    return true;
  });
  await assert.rejects(client.connect({ ...ann, peerId: '' }), {
    code: 'VALIDATION_ERROR',
    details: [{ path: 'peerId', message: 'must not be empty' }],
  });
});

test('a call that may be repeated is tried again where no answer came', async (context) => {
  const { rtc, handle } = rtcHost(context);
  rtc.connectPeer(ann);
  const { url, seen } = await host(context, (request, response, nth) => {
    if (nth === 0) request.socket.destroy();
    else if (nth === 1) refuse(response, 502);
    else handle(request, response, nth);
  });
  assert.equal(typeof (await new RtcClient({ baseUrl: url }).heartbeat(ann)).lastSeen, 'number');
  assert.equal(seen.length, 3);
});

test('a call that must not be repeated is tried again only where it was not carried out', async (context) => {
  const { handle } = rtcHost(context);
  const line = { isDead: false };
  const { url, seen } = await host(context, (request, response, nth) => {
    if (line.isDead) request.socket.destroy();
    else if (nth === 0) refuse(response, 503, 'UNAVAILABLE');
    else if (nth === 1) refuse(response, 429, 'RATE_LIMIT_EXCEEDED');
    else handle(request, response, nth);
  });
  const client = new RtcClient({ baseUrl: url });
  assert.equal((await client.connect(ann)).peerId, 'ann');
  assert.equal(seen.length, 3);
  line.isDead = true;
  await assert.rejects(client.signal(say(1)), { name: 'RtcClientError', code: 'NETWORK_ERROR', status: 0 });
  assert.equal(seen.length, 4);
});

test('a call gives up in the end', async (context) => {
  const { url, seen } = await host(context, (_request, response) => refuse(response, 503));
  const client = new RtcClient({ baseUrl: url, retries: 1 });
  await assert.rejects(client.room('r'), { code: 'BAD_RESPONSE', status: 503 });
  assert.equal(seen.length, 2);
});

test('a call that takes too long ends, and an aborted one at once', async (context) => {
  const { url } = await host(context, () => undefined);
  const impatient = new RtcClient({ baseUrl: url, retries: 0, timeoutMs: 30 });
  await assert.rejects(impatient.heartbeat(ann), { code: 'NETWORK_ERROR', message: 'no answer came in time' });
  const aborting = new AbortController();
  const call = new RtcClient({ baseUrl: url }).heartbeat(ann, { signal: aborting.signal });
  aborting.abort(new Error('the page is closed'));
  await assert.rejects(call, { message: 'the page is closed' });
  await assert.rejects(impatient.heartbeat(ann, { signal: AbortSignal.abort() }), { name: 'AbortError' });
});

test('tokens and headers go with every request', async (context) => {
  const got: unknown[] = [];
  const { url } = await host(context, (request, response) => {
    got.push([request.headers.authorization, request.headers['x-app-id']]);
    refuse(response, 401, 'UNAUTHORIZED');
  });
  const client = new RtcClient({ baseUrl: url, token: async () => 'secret', headers: { 'x-app-id': 'app' } });
  await assert.rejects(client.connect(ann), { code: 'UNAUTHORIZED' });
  await assert.rejects(client.subscribe(ann).next(), { code: 'UNAUTHORIZED' });
  assert.deepEqual(got, [['Bearer secret', 'app'], ['Bearer secret', 'app']]);
});

test('a stream goes on over broken lines, each signal once and in order', { timeout: 30_000 }, async (context) => {
  const { rtc, handle } = rtcHost(context);
  const { url, seen, drop } = await host(context, handle);
  rtc.connectPeer(ann);
  rtc.connectPeer(ben);
  const aborting = new AbortController();
  const opened: (() => void)[] = [];
  const onOpen = (): void => opened.shift()?.();
  const open = (): Promise<void> => new Promise((resolve) => opened.push(resolve));
  const heard: unknown[] = [];
  const wanted = 30;
  const first = open();
  const reading = (async () => {
    for await (const event of new RtcClient({ baseUrl: url }).subscribe(ben, { signal: aborting.signal, onOpen })) {
      heard.push(event.signal.payload);
      if (heard.length === wanted) return;
    }
  })();
  await first;
  for (let payload = 0; payload < wanted; payload += 1) {
    rtc.relay(say(payload));
    if (payload % 10 !== 5) continue;
    const again = open();
    drop();
    rtc.relay(say((payload += 1)));
    await again;
  }
  await reading;
  assert.deepEqual(heard, Array.from({ length: wanted }, (_, index) => index));
  assert.equal(seen.length, 4);
  while (rtc.getRoomSnapshot(ben.roomId).peers[1]?.streaming) await new Promise((later) => setTimeout(later, 5));
});

test('a stream ends with its peer, and an aborted one with the reason', { timeout: 30_000 }, async (context) => {
  const { rtc, handle } = rtcHost(context);
  const { url } = await host(context, handle);
  rtc.connectPeer(ann);
  rtc.connectPeer(ben);
  const client = new RtcClient({ baseUrl: url });
  const gone = client.subscribe(ben, { onOpen: () => rtc.disconnectPeer(ben) });
  await assert.rejects(gone.next(), { code: 'PEER_NOT_FOUND', status: 404 });
  const aborting = new AbortController();
  const stream = client.subscribe(ann, { signal: aborting.signal, onOpen: () => aborting.abort(new Error('enough')) });
  await assert.rejects(stream.next(), { message: 'enough' });
});

test('a stream that came too late says that signals are lost', async (context) => {
  const { rtc, handle } = rtcHost(context);
  const { url } = await host(context, handle);
  rtc.connectPeer(ann);
  rtc.connectPeer(ben);
  for (let payload = 0; payload < 1_100; payload += 1) rtc.relay(say(payload));
  let lagged = 0;
  const stream = new RtcClient({ baseUrl: url }).subscribe({ ...ben, lastEventId: '1' }, { onLagged: () => (lagged += 1) });
  // A server keeps 1,024 for a peer, and hands on half of it in one go.
  for (let payload = 1_100 - 1_024; payload < 1_100; payload += 1) {
    const { value } = (await stream.next()) as { value: SignalEvent };
    assert.equal(value.signal.payload, payload);
  }
  await stream.return();
  assert.equal(lagged, 1);
});

test('events arrive whole however the bytes are cut', async (context) => {
  const text = ': hi\r\n\r\nevent: signal\r\nid: 7\r\ndata: {"roomId":"r",\r\ndata: "signal":{"type":"é","payload":null}}\r\n\r\n';
  const bytes = Buffer.from(text);
  const { url } = await host(context, async (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const byte of bytes) {
      response.write(Buffer.of(byte));
      await new Promise((later) => setImmediate(later));
    }
  });
  const stream = new RtcClient({ baseUrl: url }).subscribe(ann);
  assert.deepEqual((await stream.next()).value, { roomId: 'r', signal: { type: 'é', payload: null } });
  await stream.return();
});
