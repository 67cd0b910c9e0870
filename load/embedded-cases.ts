/** What `load/embedded.ts` measures: for each case a server as it would be, and a call to make over and over. */

type Peer = { roomId: string; peerId: string };
type Signal = { type: string; payload: unknown };

/** What both servers have in common. */
export type Server = {
  connectPeer(request: Peer & { metadata?: Record<string, unknown> }): unknown;
  heartbeat(request: Peer): unknown;
  relay(request: { roomId: string; fromPeerId: string; signal: Signal; toPeerId?: string }): unknown;
  disconnectPeer(request: Peer): unknown;
};

export type Case = {
  name: string;
  /** The least that the binding should reach beside plain TypeScript. */
  expected: 1 | 3;
  /** How many peers a room admits. */
  peers: number;
  /** Whether a handler hears the signals. */
  listens?: boolean;
  /** Calls until the server is as it stays: each peer's queue of signals as full as it gets. */
  fill?: number;
  prepare: (server: Server) => (index: number) => void;
};

const ROOMS = 500;
/** Rooms whose peers' queues are full: 50 × 4 × 1 MiB at most. */
const FULL_ROOMS = 50;
/** Signals that a queue holds. */
const QUEUE = 1024;
const OFFER = { type: 'offer', payload: { type: 'offer', sdp: 'a=candidate:1 1 udp 2130706431 10.0.0.1 50000 typ host\r\n'.repeat(30) } };
const ANSWER = { type: 'answer', payload: { type: 'answer', sdp: OFFER.payload.sdp } };
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
    filled(server, FULL_ROOMS, 4);
    return (index) => {
      // Each sender of a room in its turn, and each room in its turn.
      const from = Math.floor(index / FULL_ROOMS);
      const to = { fromPeerId: at(four, from), toPeerId: at(four, from + 1) };
      server.relay({ roomId: at(rooms, index % FULL_ROOMS), ...to, signal });
    };
  };
}

/** Two people meet, agree and part, as the SDKs have it: 30 calls. */
function callOfTwo(server: Server): (index: number) => void {
  return (index) => {
    const roomId = at(rooms, index);
    const [ann, ben] = [at(names, index), at(names, index + 1)];
    server.connectPeer({ roomId, peerId: ann, metadata: { name: 'Ann' } });
    server.connectPeer({ roomId, peerId: ben, metadata: { name: 'Ben' } });
    server.relay({ roomId, fromPeerId: ann, toPeerId: ben, signal: OFFER });
    server.relay({ roomId, fromPeerId: ben, toPeerId: ann, signal: ANSWER });
    for (let count = 0; count < 8; count += 1) {
      server.relay({ roomId, fromPeerId: ann, toPeerId: ben, signal: CANDIDATE });
      server.relay({ roomId, fromPeerId: ben, toPeerId: ann, signal: CANDIDATE });
    }
    for (let count = 0; count < 4; count += 1) {
      server.heartbeat({ roomId, peerId: ann });
      server.heartbeat({ roomId, peerId: ben });
    }
    server.disconnectPeer({ roomId, peerId: ann });
    server.disconnectPeer({ roomId, peerId: ben });
  };
}

export const CASES: Case[] = [
  {
    name: 'connect and disconnect, a room of its own',
    expected: 1,
    peers: 1,
    prepare: (server) => (index) => {
      const [roomId, peerId] = [at(rooms, index), at(names, index)];
      server.connectPeer({ roomId, peerId, metadata: { name: 'Ann' } });
      server.disconnectPeer({ roomId, peerId });
    },
  },
  {
    name: 'connect and disconnect, the fourth in one of 500 rooms',
    expected: 1,
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
    name: 'connect and disconnect, beside 999 others',
    expected: 1,
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
    name: 'heartbeat, 500 rooms of 4',
    expected: 1,
    peers: 8,
    prepare: (server) => {
      filled(server, ROOMS, 4);
      return (index) => void server.heartbeat({ roomId: at(rooms, index), peerId: at(four, index) });
    },
  },
  {
    name: 'heartbeat, one room of 1,000',
    expected: 1,
    peers: 1000,
    prepare: (server) => {
      filled(server, 1, 1000);
      return (index) => void server.heartbeat({ roomId: 'room-0', peerId: at(names, index * 7) });
    },
  },
  { name: 'a call of two, 30 calls of the server', expected: 1, peers: 8, prepare: callOfTwo },
  {
    name: 'relay of a candidate to one peer, 50 rooms of 4',
    expected: 1,
    peers: 8,
    fill: FULL_ROOMS * 4 * QUEUE,
    prepare: relayToOne(CANDIDATE),
  },
  {
    name: 'relay of an offer to one peer, 50 rooms of 4',
    expected: 1,
    peers: 8,
    // 1 MiB holds less of them.
    fill: (FULL_ROOMS * 4 * QUEUE) / 1.7,
    prepare: relayToOne(OFFER),
  },
  ...[100, 1000].flatMap((peers) =>
    [false, true].map((listens): Case => ({
      name: `relay to everybody, one room of ${peers.toLocaleString('en')}${listens ? ', with a listener' : ''}`,
      expected: 3,
      peers,
      listens,
      fill: 2 * QUEUE,
      prepare: (server) => {
        filled(server, 1, peers);
        const all = names.slice(0, peers);
        return (index) => void server.relay({ roomId: 'room-0', fromPeerId: at(all, index), signal: CANDIDATE });
      },
    })),
  ),
];
