/** When to try again, and how long to wait before. */

/** Statuses that say: the request was not carried out, and another time it may be. */
const TRY_LATER = new Set([429, 503]);
/** Statuses of proxies that do not know whether it was. */
const UNKNOWN = new Set([0, 502, 504]);

/** `repeatable`: carrying it out twice is the same as once. */
export function isWorthRetrying(status: number, repeatable: boolean): boolean {
  return TRY_LATER.has(status) || (repeatable && UNKNOWN.has(status));
}

const FIRST_MS = 200;
const LONGEST_MS = 5_000;

/** How long to wait before the retry of that number, from 0: doubled each time, and up to a half by chance. */
export function delayMs(retry: number): number {
  const whole = Math.min(FIRST_MS * 2 ** retry, LONGEST_MS);
  return whole / 2 + (Math.random() * whole) / 2;
}

/** Rejects with the signal's reason where it is aborted meanwhile. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', aborted);
      resolve();
    }, ms);
    if (signal?.aborted) aborted();
    else signal?.addEventListener('abort', aborted, { once: true });
  });
}
