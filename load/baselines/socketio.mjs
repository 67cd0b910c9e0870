// The peer-to-peer relay of surface B on Node's `socket.io`: the same events, the same checks.
// A target's socket is emitted to directly, which is faster than a lookup through the adapter's rooms.
import { timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { Server } from 'socket.io';

const APP_ID = process.env.APP_ID ?? '';
const APP_SECRET = Buffer.from(process.env.APP_SECRET ?? '');
const FRAME_BYTES_MAX = 128 * 1024;

/** roomId → Map of socketId → `{ socket, userId }`. */
const rooms = new Map();

const http = createServer((_request, response) => response.writeHead(404).end());
const io = new Server(http, { maxHttpBufferSize: FRAME_BYTES_MAX });

io.use((socket, next) => {
  const { appId, appSecret } = socket.handshake.auth;
  const given = Buffer.from(String(appSecret));
  const known = appId === APP_ID && given.length === APP_SECRET.length && timingSafeEqual(given, APP_SECRET);
  next(known ? undefined : new Error('UNAUTHORIZED'));
});

function refuse(socket, ack, code, message) {
  const reply = { success: false, error: { code, message } };
  if (typeof ack === 'function') ack(reply);
  else socket.emit('error', reply.error);
}

function leave(socket, roomId) {
  const room = rooms.get(roomId);
  const member = room?.get(socket.id);
  if (!member) return;
  room.delete(socket.id);
  if (room.size === 0) rooms.delete(roomId);
  const gone = { userId: member.userId, socketId: socket.id, roomId };
  for (const other of room.values()) other.socket.emit('user-left', gone);
}

/** The member that a socketId or a userId names. */
function find(room, targetId) {
  const direct = room.get(targetId);
  if (direct) return direct;
  for (const member of room.values()) if (member.userId === targetId) return member;
  return undefined;
}

function relay(socket, event, field) {
  socket.on(event, (payload, ack) => {
    const signal = payload?.[field];
    if (typeof payload?.roomId !== 'string' || typeof payload.targetId !== 'string' || signal === undefined) {
      return refuse(socket, ack, 'VALIDATION_ERROR', `roomId, targetId and ${field} are needed`);
    }
    const room = rooms.get(payload.roomId);
    const sender = room?.get(socket.id);
    if (!sender) return refuse(socket, ack, 'NOT_IN_ROOM', 'join the room first');
    const target = find(room, payload.targetId);
    if (!target) return refuse(socket, ack, 'PEER_NOT_FOUND', 'there is no such peer in the room');
    target.socket.emit(event, { ...payload, fromId: socket.id, fromUserId: sender.userId });
    if (typeof ack === 'function') ack({ success: true });
  });
}

io.on('connection', (socket) => {
  const joined = new Set();
  socket.on('join-room', (payload, ack) => {
    const { roomId, userId } = payload ?? {};
    if (typeof roomId !== 'string' || typeof userId !== 'string') {
      return refuse(socket, ack, 'VALIDATION_ERROR', 'roomId and userId are needed');
    }
    let room = rooms.get(roomId);
    if (!room) rooms.set(roomId, (room = new Map()));
    const users = [...room].map(([socketId, member]) => ({ userId: member.userId, socketId }));
    for (const other of room.values()) other.socket.emit('user-joined', { userId, socketId: socket.id, roomId });
    room.set(socket.id, { socket, userId });
    joined.add(roomId);
    socket.emit('room-users', { roomId, users });
    if (typeof ack === 'function') ack({ success: true });
  });
  socket.on('leave-room', (payload) => {
    leave(socket, payload?.roomId);
    joined.delete(payload?.roomId);
  });
  relay(socket, 'offer', 'offer');
  relay(socket, 'answer', 'answer');
  relay(socket, 'ice-candidate', 'candidate');
  socket.on('disconnect', () => { for (const roomId of joined) leave(socket, roomId); });
});

http.listen(Number(process.env.PORT ?? 0), '127.0.0.1', 4096, () => console.log(`listening ${http.address().port}`));
