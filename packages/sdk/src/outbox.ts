/**
 * What the client sends: each message with an id of its own, in order, at a pace that the server accepts.
 *
 * Nothing confirms a single message, so the latest ones stay at hand after they were sent: on a resumed seat they
 * are sent once more under the same ids, of which the server takes each once.
 */
import { Limits, type ClientMessage } from '@rtc-platform/shared';

/** Messages that wait for a connection or for their turn. */
const QUEUED_MAX = 128;
/** Sent messages that are kept to be sent again. */
const SENT_MAX = 128;
/** A connection that is dead is noticed within two missed pings; older messages have arrived. */
const SENT_AGE_MS_MAX = 60_000;
/** Leaves room below the server's burst for messages that are on their way. */
const BURST = Limits.signalingBurst - 32;
const RATE_PER_S = Limits.signalingRatePerS - 4;

interface Item {
  readonly id: string;
  readonly text: string;
  at: number;
}

/** The message as the frame's text, and its size there in bytes. */
export function encode(message: ClientMessage & { id?: string }): { text: string; bytes: number } {
  const text = JSON.stringify(message);
  return { text, bytes: new TextEncoder().encode(text).length };
}

/** See the module. `transmit` is only called between `open` and `close`. */
export class Outbox {
  readonly #prefix: string;
  readonly #transmit: (text: string) => void;
  #count = 0;
  #queue: Item[] = [];
  #sent: Item[] = [];
  #open = false;
  #tokens: number = BURST;
  #refilledAt = Date.now();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Whether a message was dropped because too many waited, since the last `open`. */
  overflowed = false;

  /** `prefix` tells this client's ids from any other's (at most 32 characters). */
  constructor(prefix: string, transmit: (text: string) => void) {
    this.#prefix = prefix;
    this.#transmit = transmit;
  }

  /** Whether another message would be taken. */
  get full(): boolean {
    return this.#queue.length >= QUEUED_MAX;
  }

  /** Sends a message now or when it can be sent. Where too many wait, the oldest is dropped. */
  push(message: ClientMessage): void {
    const id = `${this.#prefix}-${++this.#count}`;
    if (this.full) {
      this.#queue.shift();
      this.overflowed = true;
    }
    this.#queue.push({ id, text: encode({ ...message, id }).text, at: 0 });
    this.#flush();
  }

  /** The connection is there: what may not have arrived goes first, then what waited. */
  open(): void {
    const oldest = Date.now() - SENT_AGE_MS_MAX;
    this.#queue = [...this.#sent.filter((item) => item.at >= oldest), ...this.#queue];
    this.#sent = [];
    this.#tokens = BURST;
    this.#open = true;
    this.#flush();
  }

  /** The connection is gone. */
  close(): void {
    this.#open = false;
    clearTimeout(this.#timer);
  }

  /** The server refused a message: it is not sent again. */
  handleRefused(id: string): void {
    this.#sent = this.#sent.filter((item) => item.id !== id);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    const now = Date.now();
    this.#tokens = Math.min(BURST, this.#tokens + ((now - this.#refilledAt) * RATE_PER_S) / 1_000);
    this.#refilledAt = now;
    while (this.#open && this.#queue.length && this.#tokens >= 1) {
      const item = this.#queue.shift() as Item;
      this.#tokens -= 1;
      item.at = now;
      this.#sent.push(item);
      if (this.#sent.length > SENT_MAX) this.#sent.shift();
      this.#transmit(item.text);
    }
    if (this.#open && this.#queue.length) this.#timer = setTimeout(() => this.#flush(), 1_000 / RATE_PER_S);
  }
}
