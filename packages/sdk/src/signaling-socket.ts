/**
 * The connection to the signaling server: joins, comes back after a drop and resumes its seat, and hands on each
 * message of the room exactly once and in order.
 *
 * Its life: `connect` → (`joined` → messages → `dropped`)* → `ended`.
 */
import { CloseCode, Limits, type ClientMessage, type JoinedMessage, type ServerFrame } from '@rtc-platform/shared';
import { backoffMs } from './backoff.js';
import { Emitter } from './emitter.js';
import { CallError, endingOf } from './errors.js';
import { encode, Outbox } from './outbox.js';

/** How long an attempt may take from the first packet to `joined`. */
const ATTEMPT_TIMEOUT_MS = 10_000;
/** Attempts to reach the server for the first join. */
const JOIN_ATTEMPTS_MAX = 3;
/** Closes a connection without giving the seat up (anything but 1000, 1001 and 1005). */
const CLOSE_KEEPING_SEAT = 4_000;
const CLOSE_LEAVING = 1_000;

/** Codes of errors that end the session whatever the close code says. */
const ENDING_CODES: ReadonlySet<string> = new Set(['KICKED', 'REPLACED', 'ROOM_CLOSED']);
/** Codes of errors at a resume that pass. */
const PASSING_CODES: ReadonlySet<string> = new Set(['RATE_LIMIT_EXCEEDED', 'UNAVAILABLE', 'INTERNAL_ERROR']);

type Frame<T extends ServerFrame['type']> = Extract<ServerFrame, { type: T }>;
/** What the media server says: outside the seat's sequence, never replayed. */
export type MediaMessage =
  | Extract<ServerFrame, { target: string }>
  | Frame<'tracks' | 'layers' | 'active-speaker' | 'network-quality'>;
/** A message of the room: what counts in the seat's sequence. */
export type RoomMessage = Exclude<ServerFrame, { type: 'joined' | 'error' } | MediaMessage>;
/** A message refused, or a warning. */
export type ErrorMessage = Frame<'error'>;

export interface SignalingEvents {
  /** The seat is taken, or (`resumed`) taken again. With `overflowed`, own messages were lost meanwhile. */
  joined: JoinedMessage & { overflowed: boolean };
  message: RoomMessage;
  media: MediaMessage;
  refused: ErrorMessage;
  /** The connection is gone and is being made anew. */
  dropped: undefined;
  /** It will not come back. Null: left on purpose. */
  ended: CallError | null;
}

export interface Seat {
  url: string;
  roomId: string;
  token: string;
}

const MEDIA_TYPES: ReadonlySet<string> = new Set(['tracks', 'layers', 'active-speaker', 'network-quality']);

function isMedia(frame: ServerFrame): frame is MediaMessage {
  return 'target' in frame || MEDIA_TYPES.has(frame.type);
}

/** See the module. One object serves one session. */
export class SignalingSocket extends Emitter<SignalingEvents> {
  readonly #seat: Seat;
  readonly #outbox: Outbox;
  #socket: WebSocket | undefined;
  #session: JoinedMessage | undefined;
  #lastSeq = 0;
  #attempt = 0;
  #joinSent = false;
  #droppedAt: number | undefined;
  #lastError: ErrorMessage | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ended = false;

  constructor(seat: Seat) {
    super();
    this.#seat = seat;
    const prefix = Math.random().toString(36).slice(2, 12);
    this.#outbox = new Outbox(prefix, (text) => this.#socket?.send(text));
  }

  /** Begins. */
  connect(): void {
    this.#open();
  }

  /**
   * Sends a message, now or once the connection is back.
   *
   * @throws CallError `PAYLOAD_TOO_LARGE` where the server would not take it.
   */
  send(message: ClientMessage): void {
    if (this.#ended) return;
    if (encode(message).bytes > Limits.signalingMessageBytesMax - 128) {
      throw new CallError('PAYLOAD_TOO_LARGE', 'The message is larger than the server accepts.');
    }
    this.#outbox.push(message);
  }

  /** Whether more messages wait than are kept. */
  get congested(): boolean {
    return this.#outbox.full;
  }

  /** Gives the seat up: the others see it at once. `reason`: why, where it was not the page's wish. */
  leave(reason: CallError | null = null): void {
    if (this.#socket?.readyState === 1) this.#socket.send(JSON.stringify({ type: 'leave' } satisfies ClientMessage));
    this.#end(reason);
  }

  /** The network changed: the connection is not to be trusted, or an attempt is due. */
  handleNetworkChange(): void {
    if (this.#ended || !this.#session) return;
    if (this.#droppedAt === undefined) this.#drop();
    this.#open();
  }

  #open(): void {
    this.#discard();
    this.#joinSent = false;
    this.#lastError = undefined;
    let socket: WebSocket;
    try {
      socket = new WebSocket(this.#seat.url);
    } catch (cause) {
      return this.#end(new CallError('CONNECTION_FAILED', 'The signaling URL cannot be opened.', true, cause));
    }
    this.#socket = socket;
    this.#timer = setTimeout(() => this.#handleClose(CloseCode.Unresponsive), ATTEMPT_TIMEOUT_MS);
    socket.onopen = () => this.#sendJoin(socket);
    socket.onmessage = ({ data }) => this.#handleText(data);
    socket.onclose = ({ code }) => this.#handleClose(code);
  }

  #sendJoin(socket: WebSocket): void {
    const { roomId, token } = this.#seat;
    const join: ClientMessage = this.#session
      ? { type: 'join', roomId, resumeToken: this.#session.resumeToken, lastSeq: this.#lastSeq }
      : { type: 'join', roomId, token };
    this.#joinSent = true;
    socket.send(JSON.stringify(join));
  }

  #handleText(data: unknown): void {
    let frame: ServerFrame;
    try {
      frame = JSON.parse(String(data)) as ServerFrame;
    } catch {
      return;
    }
    if (frame.type === 'joined') this.#handleJoined(frame);
    else if (frame.type === 'error') this.#handleError(frame);
    else if (isMedia(frame)) this.emit('media', frame);
    else if (frame.seq > this.#lastSeq) {
      this.#lastSeq = frame.seq;
      this.emit('message', frame);
    }
  }

  #handleJoined(frame: Frame<'joined'>): void {
    clearTimeout(this.#timer);
    if (!frame.resumed) this.#lastSeq = frame.seq;
    this.#session = frame;
    this.#attempt = 0;
    this.#droppedAt = undefined;
    const { overflowed } = this.#outbox;
    this.#outbox.overflowed = false;
    this.emit('joined', { ...frame, overflowed });
    if (!this.#ended) this.#outbox.open();
  }

  #handleError(frame: ErrorMessage): void {
    this.#lastError = frame;
    if (frame.id !== undefined) this.#outbox.handleRefused(frame.id);
    const joined = this.#session !== undefined && this.#droppedAt === undefined;
    if (ENDING_CODES.has(frame.code) && frame.fatal) this.#end(new CallError(frame.code, frame.message, true));
    else if (!joined) this.#handleJoinRefused(frame);
    else if (!frame.fatal) this.emit('refused', frame);
  }

  #handleJoinRefused(frame: ErrorMessage): void {
    const refusal = new CallError(frame.code, frame.message, true);
    if (!this.#session) this.#end(refusal);
    else if (PASSING_CODES.has(frame.code)) this.#handleClose(CloseCode.ServiceRestart);
    else this.#end(new CallError('RECONNECT_FAILED', 'The call could not be resumed.', true, refusal));
  }

  #handleClose(code: number): void {
    this.#discard();
    const ending = endingOf(code);
    if (ending) {
      const said = this.#lastError?.fatal ? this.#lastError.message : undefined;
      return this.#end(said ? new CallError(ending.code, said, true) : ending);
    }
    if (!this.#session) return this.#retryJoin(code);
    if (this.#droppedAt === undefined) this.#drop();
    if (!this.#ended) this.#retryResume(this.#session);
  }

  /** A token admits one session, so a join that may have arrived is not sent again. */
  #retryJoin(code: number): void {
    if (this.#joinSent || this.#attempt + 1 >= JOIN_ATTEMPTS_MAX) {
      const reason = this.#joinSent ? `closed the connection (${code})` : 'cannot be reached';
      return this.#end(new CallError('CONNECTION_FAILED', `The signaling server ${reason}.`, true));
    }
    this.#timer = setTimeout(() => this.#open(), backoffMs(this.#attempt++, Math.random()));
  }

  /**
   * The server keeps the seat for the resume window from when it notices the drop, which may be two heartbeats
   * after the client did.
   */
  #retryResume({ resumeWindowMs, heartbeatIntervalMs }: JoinedMessage): void {
    const deadline = (this.#droppedAt ?? 0) + resumeWindowMs + 2 * heartbeatIntervalMs;
    const delay = backoffMs(this.#attempt++, Math.random());
    if (Date.now() + delay > deadline) {
      return this.#end(new CallError('RECONNECT_FAILED', 'The signaling server did not come back in time.', true));
    }
    this.#timer = setTimeout(() => this.#open(), delay);
  }

  #drop(): void {
    this.#droppedAt = Date.now();
    this.#outbox.close();
    this.emit('dropped', undefined);
  }

  #end(error: CallError | null): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#outbox.close();
    this.#discard(CLOSE_LEAVING);
    this.emit('ended', error);
  }

  /** Forgets the socket: nothing that it still says is heard. */
  #discard(code = CLOSE_KEEPING_SEAT): void {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = undefined;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    if (socket.readyState < 2) socket.close(code);
  }
}
