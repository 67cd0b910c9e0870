/** A signaling server in memory: seats, sequence numbers, replay after a drop, each message id once. */
import type { ClientMessage, JoinedMessage, PeerSummary, Role, ServerMessage } from '@rtc-platform/shared';

type Received = ClientMessage & { id?: string };

interface Seat extends PeerSummary {
  seq: number;
  log: (ServerMessage & { seq: number })[];
  ids: Set<string>;
  socket: FakeSocket | undefined;
  resumeToken: string;
}

const isSignal = (message: Received) =>
  message.type === 'offer' || message.type === 'answer' || message.type === 'ice';

/** The browser's end of a connection. */
export class FakeSocket {
  static server: FakeServer;
  readyState = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  /** What this end closed it with. */
  closedWith: number | undefined;
  readonly sent: Received[] = [];

  constructor(readonly url: string) {
    const { server } = FakeSocket;
    server.sockets.push(this);
    setTimeout(() => {
      if (this.readyState !== 0) return;
      if (!server.reachable) return this.closeFromServer(1006);
      this.readyState = 1;
      this.onopen?.();
    }, 1);
  }

  send(text: string): void {
    const message = JSON.parse(text) as Received;
    this.sent.push(message);
    const { server } = FakeSocket;
    setTimeout(() => server.handle(this, message));
  }

  close(code = 1005): void {
    this.closedWith = code;
    this.readyState = 3;
    FakeSocket.server.handleClosed(this, code);
  }

  closeFromServer(code: number): void {
    this.readyState = 3;
    this.onclose?.({ code });
  }

  receive(frame: object): void {
    if (this.readyState === 1) this.onmessage?.({ data: JSON.stringify(frame) });
  }
}

export class FakeServer {
  readonly sockets: FakeSocket[] = [];
  readonly seats: Seat[] = [];
  /** All messages of seats that were taken, in order. */
  readonly taken: { from: string; message: Received }[] = [];
  reachable = true;
  /** Refuses joins, by token, with this. */
  readonly refusals = new Map<string, { code: string; fatal: boolean; closeWith?: number }>();
  /** Messages from clients are lost, as on a dead connection. */
  deaf = false;
  topology: 'p2p' | 'sfu' = 'p2p';
  resumable = true;
  #count = 0;

  /** The latest connection. */
  get socket(): FakeSocket {
    return this.sockets.at(-1) as FakeSocket;
  }

  seatOf(userId: string): Seat {
    return this.seats.find((seat) => seat.userId === userId) as Seat;
  }

  handle(socket: FakeSocket, message: Received): void {
    if (this.deaf || socket.readyState !== 1) return;
    if (message.type === 'join') return this.#join(socket, message);
    const seat = this.seats.find((each) => each.socket === socket);
    if (!seat || (message.id !== undefined && seat.ids.has(message.id))) return;
    if (message.id !== undefined) seat.ids.add(message.id);
    this.taken.push({ from: seat.userId, message });
    this.#relay(seat, message);
  }

  handleClosed(socket: FakeSocket, code: number): void {
    const seat = this.seats.find((each) => each.socket === socket);
    if (seat) seat.socket = undefined;
    if (seat && code === 1000) this.remove(seat, 'left');
  }

  /** Ends a connection as a failing network does. */
  cut(userId: string, code = 1006): void {
    const seat = this.seatOf(userId);
    const { socket } = seat;
    seat.socket = undefined;
    socket?.closeFromServer(code);
  }

  push(seat: Seat, message: ServerMessage): void {
    const frame = { ...message, seq: ++seat.seq };
    seat.log.push(frame);
    seat.socket?.receive(frame);
  }

  pushError(seat: Seat, code: string, fatal: boolean, id?: string): void {
    seat.socket?.receive({ type: 'error', code, message: `${code}: as the server says`, fatal, seq: seat.seq, id });
  }

  remove(seat: Seat, reason: 'left' | 'timeout'): void {
    this.seats.splice(this.seats.indexOf(seat), 1);
    for (const other of this.seats)
      this.push(other, { type: 'peer-left', socketId: seat.socketId, userId: seat.userId, reason });
  }

  #join(socket: FakeSocket, join: Extract<ClientMessage, { type: 'join' }>): void {
    if (join.resumeToken !== undefined) return this.#resume(socket, join.resumeToken, join.lastSeq ?? 0);
    const token = join.token ?? '';
    const refusal = this.refusals.get(token);
    if (refusal) {
      socket.receive({
        type: 'error',
        code: refusal.code,
        message: `${refusal.code}: refused`,
        fatal: refusal.fatal,
        seq: 0,
      });
      if (refusal.closeWith) socket.closeFromServer(refusal.closeWith);
      return;
    }
    const [userId, role] = token.split(':') as [string, Role | undefined];
    const peer: PeerSummary = { socketId: `s${++this.#count}`, userId, role: role ?? 'participant' };
    const seat: Seat = { ...peer, seq: 0, log: [], ids: new Set(), socket, resumeToken: `resume-${this.#count}` };
    for (const other of this.seats) this.push(other, { type: 'peer-joined', ...peer, isInitiator: true });
    socket.receive({ ...this.#joined(seat), resumed: false });
    this.seats.push(seat);
  }

  #resume(socket: FakeSocket, resumeToken: string, lastSeq: number): void {
    const seat = this.resumable ? this.seats.find((each) => each.resumeToken === resumeToken) : undefined;
    if (!seat)
      return socket.receive({ type: 'error', code: 'INVALID_TOKEN', message: 'no such seat', fatal: true, seq: 0 });
    const before = seat.socket;
    seat.socket = socket;
    before?.closeFromServer(4001);
    socket.receive({ ...this.#joined(seat), resumed: true });
    for (const frame of seat.log.filter(({ seq }) => seq > lastSeq)) socket.receive(frame);
  }

  #joined(seat: Seat): JoinedMessage & { type: 'joined'; seq: number } {
    const peers = this.seats.filter((each) => each !== seat);
    return {
      type: 'joined',
      seq: seat.seq,
      roomId: 'room',
      socketId: seat.socketId,
      userId: seat.userId,
      role: seat.role,
      topology: this.topology,
      peers: peers.map(({ socketId, userId, role }) => ({ socketId, userId, role })),
      iceServers: [{ urls: ['stun:127.0.0.1:3478'] }],
      resumeToken: seat.resumeToken,
      resumeWindowMs: 20_000,
      heartbeatIntervalMs: 15_000,
      resumed: false,
    };
  }

  #relay(from: Seat, message: Received): void {
    const others = this.seats.filter((each) => each !== from);
    const { userId, socketId } = from;
    if (message.type === 'leave') return this.remove(from, 'left');
    if (message.type === 'mute') {
      for (const other of others) {
        const { kind, muted } = message;
        this.push(other, { type: 'mute', kind, muted, userId: message.userId ?? userId, from: socketId });
      }
    } else if (message.type === 'data' || (isSignal(message) && !('target' in message))) {
      const { id: _, to, ...rest } = message;
      const targets = to === undefined ? others : others.filter((each) => each.socketId === to);
      if (targets.length === 0 && to !== undefined) this.pushError(from, 'PEER_NOT_FOUND', false, message.id);
      for (const other of targets) this.push(other, { ...rest, from: socketId, userId } as ServerMessage);
    }
  }
}
