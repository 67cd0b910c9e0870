/**
 * One server and one case, in a process of its own: `node embedded-side.mjs <bound|plain> <case>`. It runs a round for
 * each message with a number of milliseconds, and answers with `Round`. Without a parent (a profiler's run) it makes
 * one round of the length that the third argument has.
 */
import { createRtcServer } from '@rtc-platform/rtc-server';
import { PlainRtcServer } from './baselines/embedded-ts/server.ts';
import { CASES, type Server } from './embedded-cases.ts';

/** What one round came to. `cpuSeconds`: of the process, garbage collection and compilers on other threads included. */
export type Round = { calls: number; cpuSeconds: number };

const [side, number, aloneMs] = process.argv.slice(2);
const { peers, listens, fill = 0, prepare } = CASES[Number(number)] ?? CASES[0]!;

function opened(): Server {
  const config = { maxPeersPerRoom: peers, sweepIntervalMs: 0 };
  const server = side === 'bound' ? createRtcServer(config) : new PlainRtcServer(config);
  if (listens) server.on('signal', () => undefined);
  return server;
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

const call = prepare(opened());
let next = 0;

function round(ms: number): Round {
  const from = next;
  const end = performance.now() + ms;
  const begin = cpuSeconds();
  do {
    for (let step = 0; step < 50; step += 1) call(next++);
  } while (performance.now() < end);
  return { calls: next - from, cpuSeconds: cpuSeconds() - begin };
}

while (next < fill) call(next++);
if (process.send) {
  process.on('message', (ms: number) => process.send?.(round(ms)));
  process.on('disconnect', () => process.exit());
  process.send('ready');
} else {
  round(500);
  const { calls, cpuSeconds } = round(Number(aloneMs ?? 3000));
  console.log(`${Math.round(calls / cpuSeconds)} calls a CPU-second, ${Math.round((cpuSeconds / calls) * 1e9)} ns each`);
  process.exit();
}
