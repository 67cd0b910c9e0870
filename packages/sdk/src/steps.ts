/** Does what happens to a connection one thing after another, in the order of arrival. */
import { CallError } from './errors.js';

/** `failed` is told of a step that failed; after `stop` nothing is done and nothing is told. */
export class Steps {
  readonly #failed: (error: CallError) => void;
  #last: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(failed: (error: CallError) => void) {
    this.#failed = failed;
  }

  push(step: () => Promise<void>): void {
    this.#last = this.#last.then(async () => {
      if (this.#stopped) return;
      try {
        await step();
      } catch (cause) {
        if (this.#stopped) return;
        const reason = cause instanceof Error ? cause.message : String(cause);
        this.#failed(new CallError('NEGOTIATION_FAILED', `Media could not be agreed on: ${reason}`, false, cause));
      }
    });
  }

  stop(): void {
    this.#stopped = true;
  }
}
