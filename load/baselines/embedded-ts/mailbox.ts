/** What one peer was sent and may not have seen, and the stream that reads it. */
import type { SignalEvent } from '@rtc-platform/shared';

/** A signal as it was sent, once for all who get it. */
export type Sent = { roomId: string; fromPeerId: string; type: string; payload: string };
type Item = { seq: number; sent: Sent; bytes: number };
export type StreamItem = { type: 'signal'; id: number; event: SignalEvent } | { type: 'lagged' };

const ITEMS_MAX = 1024;
const BYTES_MAX = 1024 * 1024;
const WAITING_MAX = 512;

/** The latest signals for a peer, numbered from 1. */
export class Mailbox {
  stream: SignalStream | undefined;
  #seq = 0;
  #bytes = 0;
  readonly #items: Item[] = [];

  push(sent: Sent, bytes: number): void {
    const item = { seq: (this.#seq += 1), sent, bytes };
    this.#items.push(item);
    this.#bytes += bytes;
    while (this.#items.length > ITEMS_MAX || this.#bytes > BYTES_MAX) this.#forgetFirst();
    this.stream?.push(item);
  }

  /** Goes on after `last`, which acknowledges what came before; missing: from the oldest that is kept. */
  open(last: number | undefined, closed: () => void): SignalStream {
    const forgotten = this.#seq - this.#items.length;
    const isGap = last !== undefined && (last > this.#seq || last < forgotten);
    if (last !== undefined && !isGap) while (this.#items.length > 0 && this.#seq - this.#items.length < last) this.#forgetFirst();
    this.stream?.end();
    const stream = new SignalStream(closed);
    this.stream = stream;
    if (isGap) stream.lag();
    for (const item of this.#items) stream.push(item);
    return stream;
  }

  #forgetFirst(): void {
    this.#bytes -= this.#items.shift()?.bytes ?? 0;
  }
}

/** What waits for a reader; ends where too much does. */
export class SignalStream implements AsyncIterableIterator<StreamItem> {
  readonly #waiting: (Item | undefined)[] = [];
  #isOver = false;
  #wake: (() => void) | undefined;
  readonly #closed: () => void;

  constructor(closed: () => void) {
    this.#closed = closed;
  }

  push(item: Item): void {
    if (this.#waiting.length >= WAITING_MAX) this.#isOver = true;
    if (!this.#isOver) this.#waiting.push(item);
    this.#wake?.();
  }

  lag(): void {
    this.#waiting.push(undefined);
  }

  end(): void {
    this.#isOver = true;
    this.#wake?.();
  }

  async next(): Promise<IteratorResult<StreamItem>> {
    for (;;) {
      if (this.#waiting.length > 0) {
        const item = this.#waiting.shift();
        if (!item) return { done: false, value: { type: 'lagged' } };
        return { done: false, value: { type: 'signal', id: item.seq, event: eventOf(item.sent) } };
      }
      if (this.#isOver) return { done: true, value: undefined };
      await new Promise<void>((wake) => (this.#wake = wake));
    }
  }

  async return(): Promise<IteratorResult<StreamItem>> {
    this.close();
    return { done: true, value: undefined };
  }

  close(): void {
    this.#waiting.length = 0;
    this.end();
    this.#closed();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

function eventOf({ roomId, fromPeerId, type, payload }: Sent): SignalEvent {
  return { roomId, fromPeerId, signal: { type, payload: JSON.parse(payload) as unknown } };
}
