/** Hands events to handlers: in order, one event at a time, and none can harm another or a room. */
import type { EventName, EventOf, Handler, ServerEvent } from './types.ts';

export class Listeners {
  readonly #handlers = new Map<EventName, Set<Handler<EventName>>>();
  readonly #waiting: ServerEvent[] = [];
  #isRunning = false;
  readonly #failed: (error: unknown, event: ServerEvent) => void;

  constructor(failed: (error: unknown, event: ServerEvent) => void) {
    this.#failed = failed;
  }

  /** How many handlers a kind of event has. */
  count(name: EventName): number {
    return this.#handlers.get(name)?.size ?? 0;
  }

  add(name: EventName, handler: Handler<EventName>): void {
    const handlers = this.#handlers.get(name) ?? new Set();
    this.#handlers.set(name, handlers.add(handler));
  }

  remove(name: EventName, handler: Handler<EventName>): void {
    const handlers = this.#handlers.get(name);
    handlers?.delete(handler);
    if (handlers?.size === 0) this.#handlers.delete(name);
  }

  clear(): void {
    this.#handlers.clear();
  }

  /** Where a handler calls the server, what that causes waits until every handler has heard this event. */
  dispatch(events: ServerEvent[]): void {
    for (const event of events) this.#waiting.push(event);
    this.run();
  }

  /** One event; see `dispatch`. */
  tell(event: ServerEvent): void {
    this.#waiting.push(event);
    this.run();
  }

  /** One event, of which handlers hear by the next `run`. */
  push(event: ServerEvent): void {
    this.#waiting.push(event);
  }

  /** Calls the handlers of what waits. */
  run(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    for (let index = 0; index < this.#waiting.length; index += 1) {
      const event = this.#waiting[index] as ServerEvent;
      for (const handler of [...(this.#handlers.get(event.type) ?? [])]) this.#call(handler, event);
    }
    this.#waiting.length = 0;
    this.#isRunning = false;
  }

  #call(handler: Handler<EventName>, event: EventOf<EventName>): void {
    try {
      const result: unknown = handler(event);
      if (result instanceof Promise) result.catch((error: unknown) => this.#failed(error, event));
    } catch (error) {
      this.#failed(error, event);
    }
  }
}
