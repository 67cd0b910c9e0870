// What every test here shares: where the servers are, clients that remember what they received, and waits
// that end with the event waited for.
import { after } from 'node:test';
import { io } from 'socket.io-client';

/** Set by the Rust test that starts the servers: `{ development, production, hasty, calls, apps, room, tokens }`. */
export const world = JSON.parse(process.env.RELAY_TESTS);

/** Longest wait for something that must happen; only a failing test waits so long. */
const PATIENCE_MS = 10_000;

const open = new Set();
after(() => open.forEach((socket) => socket.disconnect()));

let rooms = 0;
/** A room id that no other test uses. */
export const newRoom = () => `room-${process.pid}-${(rooms += 1)}`;

/** Settles as `promise` does, or fails when it takes too long. */
export function within(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not come`)), PATIENCE_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** A socket that is not yet connected; everything it receives is kept in `inbox` in order. */
export function client(url, auth, transports = ['websocket']) {
  const socket = io(url, { auth, transports, reconnection: false, forceNew: true });
  open.add(socket);
  socket.inbox = [];
  const waiting = [];
  socket.onAny((event, payload) => {
    const waiter = waiting.shift();
    if (waiter) waiter({ event, payload });
    else socket.inbox.push({ event, payload });
  });
  /** The next event, whichever it is. */
  socket.next = () => {
    const kept = socket.inbox.shift();
    return kept ? Promise.resolve(kept) : within(new Promise((resolve) => waiting.push(resolve)), 'an event');
  };
  /** Emits and gives the acknowledgement. */
  socket.ask = (event, ...args) => within(new Promise((resolve) => socket.emit(event, ...args, resolve)), `the acknowledgement of ${event}`);
  return socket;
}

/** A connected socket. */
export async function connected(url, auth, transports) {
  const socket = client(url, auth, transports);
  await within(new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('connect_error', reject);
  }), 'the connection');
  return socket;
}

/** The message with which a handshake is refused. */
export const refusal = (url, auth) => new Promise((resolve, reject) => {
  const socket = client(url, auth);
  socket.once('connect_error', (error) => resolve(error.message));
  socket.once('connect', () => reject(new Error('the handshake was accepted')));
});

/** Why a socket ends. */
export const ended = (socket) => within(new Promise((resolve) => socket.once('disconnect', resolve)), 'the end');

/** Joins; gives who was there already. */
export async function join(socket, roomId, userId) {
  const reply = await socket.ask('join-room', { roomId, userId });
  if (!reply.success) throw new Error(reply.error.code);
  const { event, payload } = await socket.next();
  if (event !== 'room-users') throw new Error(`${event} in place of room-users`);
  return payload.users;
}

/** Two users of the development server who are in one room and have seen each other. */
export async function pair(transports) {
  const roomId = newRoom();
  const [ana, ben] = await Promise.all([1, 2].map(() => connected(world.development, undefined, transports)));
  await join(ana, roomId, 'ana');
  await join(ben, roomId, 'ben');
  await ana.next();
  return { roomId, ana, ben };
}
