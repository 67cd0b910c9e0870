/** Waiting for a state. Every wait has an end, and says what it waited for when it comes to that. */
import { setTimeout as pause } from 'node:timers/promises';

const POLL_MS = 100;
const PATIENCE_MS = 20_000;

/** Asks until the answer is neither null, undefined nor false, and gives that answer. */
export async function until<T>(
  what: string,
  ask: () => Promise<T> | T,
  patienceMs = PATIENCE_MS,
): Promise<Exclude<NonNullable<T>, false>> {
  const end = Date.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null && answer !== undefined && answer !== false) return answer as Exclude<NonNullable<T>, false>;
    if (Date.now() > end) throw new Error(`waited ${patienceMs} ms in vain: ${what}`);
    await pause(POLL_MS);
  }
}
