/**
 * Calls a CPU-second of the Node binding beside the same calls in plain TypeScript (baselines/embedded-ts), by turns in one
 * process. Figures that count are the ratios. `load/embedded.sh` builds what it needs and calls this.
 */
import { createRtcServer } from '@rtc-platform/rtc-server';
import { PlainRtcServer } from './baselines/embedded-ts/server.ts';

type Peer = { roomId: string; peerId: string };
type Signal = { type: string; payload: unknown };
type Server = {
  connectPeer(request: Peer & { metadata?: Record<string, unknown> }): unknown;
  heartbeat(request: Peer): unknown;
  relay(request: { roomId: string; fromPeerId: string; signal: Signal; toPeerId?: string }): unknown;
  disconnectPeer(request: Peer): unknown;
};
type Case = { name: string; peers: number; listens?: boolean; prepare: (server: Server) => (index: number) => void };

const quick = process.argv.includes('--quick');
/** `--only text`: the cases whose names have it. */
const only = process.argv.includes('--only') ? (process.argv[process.argv.indexOf('--only') + 1] ?? '') : '';
const ROUNDS = quick ? 3 : 7;
const ROUND_MS = quick ? 100 : 400;
const ROOMS = 500;
const OFFER = { type: 'offer', payload: { type: 'offer', sdp: 'a=candidate:1 1 udp 2130706431 10.0.0.1 50000 typ host\r\n'.repeat(30) } };
const CANDIDATE = { type: 'candidate', payload: { candidate: 'candidate:1 1 udp 2130706431 10.0.0.1 50000 typ host', sdpMid: '0' } };

const names = Array.from({ length: 1000 }, (_, index) => `peer-${index}`);
const rooms = Array.from({ length: ROOMS }, (_, index) => `room-${index}`);
const at = <T>(list: T[], index: number): T => list[index % list.length] as T;

function filled(server: Server, roomCount: number, peers: number): void {
  for (const roomId of rooms.slice(0, roomCount)) {
    for (const peerId of names.slice(0, peers)) server.connectPeer({ roomId, peerId });
  }
}

const four = names.slice(0, 4);

function relayToOne(signal: Signal): Case['prepare'] {
  return (server) => {
    filled(server, ROOMS, 4);
    return (index) => {
      const to = { fromPeerId: at(four, index), toPeerId: at(four, index + 1) };
      server.relay({ roomId: at(rooms, index), ...to, signal });
    };
  };
}

const CASES: Case[] = [
  {
    name: 'connect and disconnect, a room of its own',
    peers: 1,
    prepare: (server) => (index) => {
      const [roomId, peerId] = [at(rooms, index), at(names, index)];
      server.connectPeer({ roomId, peerId, metadata: { name: 'Ann' } });
      server.disconnectPeer({ roomId, peerId });
    },
  },
  {
    name: 'connect and disconnect, the fourth of 500 rooms',
    peers: 8,
    prepare: (server) => {
      filled(server, ROOMS, 3);
      return (index) => {
        const [roomId, peerId] = [at(rooms, index), 'late'];
        server.connectPeer({ roomId, peerId, metadata: { name: 'Ann' } });
        server.disconnectPeer({ roomId, peerId });
      };
    },
  },
  {
    name: 'heartbeat, 500 rooms of 4',
    peers: 8,
    prepare: (server) => {
      filled(server, ROOMS, 4);
      return (index) => void server.heartbeat({ roomId: at(rooms, index), peerId: at(four, index) });
    },
  },
  { name: 'relay of a candidate to one peer, 500 rooms of 4', peers: 8, prepare: relayToOne(CANDIDATE) },
  { name: 'relay of an offer to one peer, 500 rooms of 4', peers: 8, prepare: relayToOne(OFFER) },
  {
    name: 'connect and disconnect, beside 999 others',
    peers: 1000,
    prepare: (server) => {
      filled(server, 1, 999);
      const peer = { roomId: 'room-0', peerId: 'late' };
      return () => {
        server.connectPeer(peer);
        server.disconnectPeer(peer);
      };
    },
  },
  {
    name: 'heartbeat, one room of 1000',
    peers: 1000,
    prepare: (server) => {
      filled(server, 1, 1000);
      return (index) => void server.heartbeat({ roomId: 'room-0', peerId: at(names, index * 7) });
    },
  },
  ...[100, 1000].flatMap((peers) =>
    [false, true].map((listens) => ({
      name: `relay to everybody, one room of ${peers}${listens ? ', with a listener' : ''}`,
      peers,
      listens,
      prepare: (server: Server) => {
        filled(server, 1, peers);
        const all = names.slice(0, peers);
        return (index: number) =>
          void server.relay({ roomId: 'room-0', fromPeerId: at(all, index), signal: CANDIDATE });
      },
    })),
  ),
];

/** Seconds that this process has computed, garbage collection on other threads included. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Calls a CPU-second: what other programs do meanwhile counts less than it would by the clock. */
function round(call: (index: number) => void, from: number): { rate: number; next: number } {
  const end = performance.now() + ROUND_MS;
  const begin = cpuSeconds();
  let index = from;
  do {
    for (let step = 0; step < 50; step += 1) call(index++);
  } while (performance.now() < end);
  return { rate: (index - from) / (cpuSeconds() - begin), next: index };
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? 0;

function compare({ peers, listens, prepare }: Case): [number, number] {
  const bound = createRtcServer({ maxPeersPerRoom: peers, sweepIntervalMs: 0 });
  const plain = new PlainRtcServer({ maxPeersPerRoom: peers });
  if (listens) {
    bound.on('signal', () => undefined);
    plain.on('signal', () => undefined);
  }
  const sides = [bound, plain].map((server) => ({ call: prepare(server), next: 0, rates: [] as number[] }));
  for (let count = -1; count < ROUNDS; count += 1) {
    for (const side of sides) {
      const { rate, next } = round(side.call, side.next);
      side.next = next;
      // The first round warms up.
      if (count >= 0) side.rates.push(rate);
    }
  }
  bound.close();
  return sides.map(({ rates }) => median(rates)) as [number, number];
}

const whole = (value: number): string => Math.round(value).toLocaleString('en');
console.log('| calls a CPU-second | binding | plain TypeScript | ratio |\n|---|---|---|---|');
for (const each of CASES.filter(({ name }) => name.includes(only))) {
  const [bound, plain] = compare(each);
  console.log(`| ${each.name} | ${whole(bound)} | ${whole(plain)} | ${(bound / plain).toFixed(2)}× |`);
}
