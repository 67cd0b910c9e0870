// The signaling relay of surface A on Node's `ws`: join with a call token, then relay to the room's other peer.
// It holds no replay buffer and no database: what a team writes first, and the faster for it.
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

const SECRET = process.env.JWT_SECRET ?? '';
const FRAME_BYTES_MAX = 128 * 1024;
const HEARTBEAT_MS = 15_000;
const PEERS_MAX = 2;

/** roomId → Map of socketId → peer `{ ws, socketId, userId, role, seq, room }`. */
const rooms = new Map();
const usedTokens = new Set();

class Refused extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** Checks an HS256 call token and returns its claims. */
function verify(token, roomId) {
  const [header, body, signature] = String(token).split('.');
  if (!signature) throw new Refused('INVALID_TOKEN', 'the token has not three parts');
  const expected = createHmac('sha256', SECRET).update(`${header}.${body}`).digest();
  const given = Buffer.from(signature, 'base64url');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new Refused('INVALID_TOKEN', 'the signature is wrong');
  }
  if (JSON.parse(Buffer.from(header, 'base64url')).alg !== 'HS256') {
    throw new Refused('INVALID_TOKEN', 'the algorithm is not HS256');
  }
  const claims = JSON.parse(Buffer.from(body, 'base64url'));
  if (claims.exp * 1000 < Date.now()) throw new Refused('TOKEN_EXPIRED', 'the token has expired');
  if (claims.roomId !== roomId) throw new Refused('INVALID_TOKEN', 'the token is for another room');
  if (usedTokens.has(claims.jti)) throw new Refused('INVALID_TOKEN', 'the token was used');
  return claims;
}

function send(peer, message) {
  message.seq = ++peer.seq;
  peer.ws.send(JSON.stringify(message));
}

function join(ws, { roomId, token }) {
  const claims = verify(token, roomId);
  let room = rooms.get(roomId);
  if (!room) rooms.set(roomId, (room = new Map()));
  if (room.size >= PEERS_MAX) throw new Refused('ROOM_FULL', 'the room is full');
  usedTokens.add(claims.jti);
  const peer = { ws, socketId: randomUUID(), userId: claims.userId, role: claims.role, seq: 0, room, roomId };
  const others = [...room.values()];
  room.set(peer.socketId, peer);
  send(peer, {
    type: 'joined',
    roomId,
    socketId: peer.socketId,
    userId: peer.userId,
    role: peer.role,
    topology: 'p2p',
    peers: others.map(({ socketId, userId, role }) => ({ socketId, userId, role })),
    iceServers: [],
    heartbeatIntervalMs: HEARTBEAT_MS,
  });
  for (const other of others) {
    const { socketId, userId, role } = peer;
    send(other, { type: 'peer-joined', socketId, userId, role, isInitiator: true });
  }
  return peer;
}

/** The peer that `to` names, or the only other one. */
function target(peer, to) {
  if (to !== undefined) {
    const named = peer.room.get(to);
    if (named) return named;
  } else {
    for (const other of peer.room.values()) if (other !== peer) return other;
  }
  throw new Refused('PEER_NOT_FOUND', 'there is no such peer in the room');
}

function relay(peer, message) {
  if (!peer) throw new Refused('NOT_IN_ROOM', 'join a room first');
  const from = peer.socketId;
  const userId = peer.userId;
  switch (message.type) {
    case 'offer':
    case 'answer':
      return send(target(peer, message.to), { type: message.type, sdp: message.sdp, from, userId });
    case 'ice':
      if (typeof message.candidate !== 'object') {
        throw new Refused('INVALID_MESSAGE', 'candidate must be an object or null');
      }
      return send(target(peer, message.to), { type: 'ice', candidate: message.candidate, from, userId });
    default:
      throw new Refused('INVALID_MESSAGE', 'the type is not known');
  }
}

function leave(peer) {
  peer.room.delete(peer.socketId);
  if (peer.room.size === 0) rooms.delete(peer.roomId);
  const { socketId, userId } = peer;
  for (const other of peer.room.values()) send(other, { type: 'peer-left', socketId, userId, reason: 'left' });
}

const http = createServer((_request, response) => response.writeHead(404).end());
const server = new WebSocketServer({ server: http, maxPayload: FRAME_BYTES_MAX });

server.on('connection', (ws) => {
  let peer = null;
  ws.isAlive = true;
  ws.on('pong', () => { ws.isAlive = true; });
  ws.on('error', () => ws.terminate());
  ws.on('message', (data) => {
    try {
      const message = JSON.parse(data);
      if (message.type === 'join') peer = join(ws, message);
      else relay(peer, message);
    } catch (error) {
      const code = error instanceof Refused ? error.code : 'INVALID_MESSAGE';
      ws.send(JSON.stringify({ type: 'error', code, message: error.message, fatal: false }));
    }
  });
  ws.on('close', () => { if (peer) leave(peer); });
});

setInterval(() => {
  for (const ws of server.clients) {
    if (!ws.isAlive) ws.terminate();
    ws.isAlive = false;
    ws.ping();
  }
}, HEARTBEAT_MS).unref();

http.listen(Number(process.env.PORT ?? 0), '127.0.0.1', 4096, () => console.log(`listening ${http.address().port}`));
