/**
 * Long random runs: the binding, which keeps names and heartbeats beside the rooms of the addon, does at every step what
 * the same contract in plain TypeScript does.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRtcServer, type EventName, type RtcServer } from '@rtc-platform/rtc-server';
import { PlainRtcServer } from '../../../load/baselines/embedded-ts/server.ts';

const EVENTS: EventName[] = ['room:created', 'room:closed', 'peer:connected', 'peer:disconnected', 'peer:heartbeat', 'signal'];
const STEPS = 4_000;
const config = { maxPeersPerRoom: 11, heartbeatIntervalMs: 1000, sweepIntervalMs: 0 };

/** Numbers below `below`, the same for the same seed (mulberry32). */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

type Call = { name: string; run: (server: RtcServer) => unknown };

function someCall(pick: (below: number) => number, now: number): Call {
  const roomId = `room ${pick(4)}`;
  const peerId = ['', '李', 'a\nb', '\ud800'][pick(200)] ?? `peer ${pick(14)}`;
  const toPeerId = pick(2) === 0 ? `peer ${pick(14)}` : undefined;
  const metadata = pick(3) === 0 ? { of: peerId.length } : undefined;
  const signal = { type: ['offer', 'candidate', 'mine'][pick(3)] ?? 'ice', payload: { at: now, ä: 'ö', not: undefined } };
  const maxPeers = 1 + pick(3);
  switch (pick(12)) {
    case 0:
      return { name: 'disconnect', run: (server) => server.disconnectPeer({ roomId, peerId }) };
    case 1:
      return { name: 'snapshot', run: (server) => server.getRoomSnapshot(roomId) };
    case 2:
    case 3:
      return { name: 'heartbeat', run: (server) => server.heartbeat({ roomId, peerId }) };
    case 4:
    case 5:
      return {
        name: 'relay',
        run: (server) => server.relay({ roomId, fromPeerId: peerId, signal, ...(toPeerId && { toPeerId }) }),
      };
    case 6:
      return pick(5) > 0 ? { name: 'rooms', run: (server) => server.rooms().sort() } : { name: 'close', run: (server) => server.closeRoom(roomId) };
    case 7:
      return pick(5) > 0
        ? { name: 'sweep', run: (server) => [...server.sweep()].sort(order) }
        : { name: 'create', run: (server) => server.createRoom({ roomId, maxPeers, metadata: { a: 1 } }) };
    case 8:
      // Opened and left at once; the seat lives on by heartbeats.
      return { name: 'subscribe', run: (server) => void server.subscribe({ roomId, peerId }).close() };
    default:
      return { name: 'connect', run: (server) => server.connectPeer({ roomId, peerId, ...(metadata && { metadata }) }) };
  }
}

/** What a call gave, or the code of its refusal. */
function outcome(server: RtcServer, { run }: Call): unknown {
  try {
    return JSON.parse(JSON.stringify(run(server) ?? null));
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

const order = (one: { roomId: string }, other: { roomId: string }): number =>
  one.roomId < other.roomId ? -1 : one.roomId > other.roomId ? 1 : 0;

/** By room: in which order rooms are swept is nobody's business. */
function byRoom(events: { roomId: string }[]): unknown {
  return [...events].sort(order);
}

for (const seed of [1, 2, 3, 4, 5, 6]) {
  test(`seed ${seed}: ${STEPS} calls give, refuse and tell the same`, () => {
    const pick = numbers(seed);
    let now = 1_000;
    const options = { ...config, now: () => now };
    const servers = [createRtcServer(options), new PlainRtcServer(options) as unknown as RtcServer];
    const heard: { roomId: string }[][] = [[], []];
    servers.forEach((server, index) => {
      for (const name of EVENTS) server.on(name, (event) => heard[index]?.push(JSON.parse(JSON.stringify(event))));
    });
    for (let step = 0; step < STEPS; step += 1) {
      now += pick(60);
      const call = someCall(pick, now);
      const [bound, plain] = servers.map((server) => outcome(server, call));
      assert.deepEqual(bound, plain, `step ${step}: ${call.name}`);
      assert.deepEqual(byRoom(heard[0] ?? []), byRoom(heard[1] ?? []), `step ${step}: events of ${call.name}`);
      heard.forEach((events) => (events.length = 0));
    }
    servers.forEach((server) => server.close());
  });
}
