/** When to try again: exponential backoff with jitter, so that clients of a restarted node do not return at once. */

/** The longest wait before an attempt, by how many have failed, in milliseconds. */
const FIRST_DELAY_MS = 400;
const LONGEST_DELAY_MS = 5_000;

/**
 * The wait before attempt `attempt` (from 0), in milliseconds: doubles from 400 ms to 5 s, of which `random`
 * (0 to 1) takes off up to a half.
 */
export function backoffMs(attempt: number, random: number): number {
  const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt);
  return Math.round(ceiling * (1 - random / 2));
}
