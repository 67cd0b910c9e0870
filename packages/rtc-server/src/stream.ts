/** What other peers sent to one peer, for a `for await` loop. */
import type { SignalEvent } from '@rtc-platform/shared';
import type { StreamItem } from './types.ts';

/** @internal The addon's side of a stream. */
export interface StreamReader {
  /** All that waits, as `[over, ([id, event] | null)[]]`. */
  read(): string;
  /** All that waits as server-sent events; a `!` at the end: nothing follows. */
  readText(): string;
  /** Calls when there is something to read, or the stream is over. */
  whenReady(ready: () => void): void;
  close(): void;
}

/** What other peers send to one peer. */
export class SignalStream implements AsyncIterableIterator<StreamItem> {
  readonly #reader: StreamReader;
  #waiting: StreamItem[] = [];
  #isOver = false;
  #wake: (() => void) | undefined;

  /** @internal See `RtcServer.subscribe`. */
  constructor(reader: StreamReader) {
    this.#reader = reader;
    reader.whenReady(() => this.#wake?.());
    this.#read();
  }

  /** The next item. */
  async next(): Promise<IteratorResult<StreamItem>> {
    for (;;) {
      const value = this.#waiting.shift();
      if (value) return { done: false, value };
      if (this.#isOver) return { done: true, value: undefined };
      this.#read();
      if (this.#waiting.length > 0 || this.#isOver) continue;
      await new Promise<void>((wake) => (this.#wake = wake));
    }
  }

  /** Closes the stream. */
  async return(): Promise<IteratorResult<StreamItem>> {
    this.close();
    return { done: true, value: undefined };
  }

  /** Closes the stream; what waits is forgotten. */
  close(): void {
    this.#isOver = true;
    this.#waiting = [];
    this.#reader.close();
    this.#wake?.();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #read(): void {
    const [isOver, items] = JSON.parse(this.#reader.read()) as [boolean, ([number, SignalEvent] | null)[]];
    for (const item of items) {
      this.#waiting.push(item ? { type: 'signal', id: item[0], event: item[1] } : { type: 'lagged' });
    }
    if (!isOver) return;
    this.#isOver = true;
    this.#reader.close();
  }
}
