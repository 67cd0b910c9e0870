/** Typed events. */

/** Called with the data of an event. */
export type Listener<T> = (data: T) => void;

/**
 * Keeps listeners and calls them in the order in which they were added. A listener that throws neither stops
 * the others nor the emitting part: its error is reported like any uncaught one.
 */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>();

  /** Adds a listener and returns the function that removes it. */
  on<K extends keyof Events>(event: K, listener: Listener<Events[K]>): () => void {
    let listeners = this.#listeners.get(event);
    if (!listeners) this.#listeners.set(event, (listeners = new Set()));
    listeners.add(listener);
    return () => this.off(event, listener);
  }

  /** Adds a listener for the next such event alone and returns the function that removes it. */
  once<K extends keyof Events>(event: K, listener: Listener<Events[K]>): () => void {
    const remove = this.on(event, (data) => {
      remove();
      listener(data);
    });
    return remove;
  }

  /** Removes a listener. */
  off<K extends keyof Events>(event: K, listener: Listener<Events[K]>): void {
    this.#listeners.get(event)?.delete(listener);
  }

  /** Whether anybody listens. */
  protected has(event: keyof Events): boolean {
    return !!this.#listeners.get(event)?.size;
  }

  /** Calls the listeners of an event. */
  protected emit<K extends keyof Events>(event: K, data: Events[K]): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) {
      try {
        (listener as Listener<Events[K]>)(data);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
