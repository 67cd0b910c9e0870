/**
 * Calls a CPU-second of the Node binding beside the same calls in plain TypeScript (baselines/embedded-ts). Each case
 * runs in two processes, one a side, so that neither pays for the other's heap or for what the engine has learnt of
 * it; they take rounds by turns, one at a time. Rounds are short and many: what else the machine does changes how fast
 * it is within seconds, and then both sides of a pair see the same. A figure is the median of the rounds, a ratio the
 * median of the ratios of pairs, with the range of their middle half. Figures that count are the ratios. `load/embedded.sh` builds what it needs and calls this.
 *
 * `--quick`: a few seconds. `--only text`: the cases whose names have it.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { CASES, type Case } from './embedded-cases.ts';
import type { Round } from './embedded-side.ts';

const quick = process.argv.includes('--quick');
const only = process.argv.includes('--only') ? (process.argv[process.argv.indexOf('--only') + 1] ?? '') : '';
const SIDE = process.env['EMBEDDED_SIDE'] ?? '';
const ROUNDS = quick ? 9 : 61;
const ROUND_MS = quick ? 30 : 60;
/** Compilers and heaps have settled by then. */
const WARM_UP_MS = quick ? 300 : 1000;

async function opened(side: 'bound' | 'plain', each: Case): Promise<ChildProcess> {
  const child = fork(SIDE, [side, String(CASES.indexOf(each))], { execArgv: [] });
  child.once('exit', (code) => code && process.exit(1));
  await once(child, 'message');
  return child;
}

/** Calls a CPU-second: what other programs do meanwhile counts less than it would by the clock. */
async function round(child: ChildProcess, ms: number): Promise<number> {
  child.send(ms);
  const [{ calls, cpuSeconds }] = (await once(child, 'message')) as [Round];
  return calls / cpuSeconds;
}

const sorted = (values: number[]): number[] => [...values].sort((one, other) => one - other);
/** What a share of the values is at most. */
const quantile = (values: number[], share: number): number => sorted(values)[Math.floor((values.length - 1) * share)] ?? 0;
const median = (values: number[]): number => quantile(values, 0.5);

async function compare(each: Case): Promise<{ bound: number[]; plain: number[]; ratios: number[] }> {
  const sides = [await opened('bound', each), await opened('plain', each)] as const;
  for (const side of sides) await round(side, WARM_UP_MS);
  const [bound, plain]: [number[], number[]] = [[], []];
  for (let count = 0; count < ROUNDS; count += 1) {
    bound.push(await round(sides[0], ROUND_MS));
    plain.push(await round(sides[1], ROUND_MS));
  }
  for (const side of sides) side.disconnect();
  return { bound, plain, ratios: bound.map((rate, index) => rate / (plain[index] ?? 0)) };
}

const whole = (value: number): string => Math.round(value).toLocaleString('en');
console.log('| calls a CPU-second | binding | plain TypeScript | ratio | middle half | expected |\n|---|---|---|---|---|---|');
for (const each of CASES.filter(({ name }) => name.includes(only))) {
  const { bound, plain, ratios } = await compare(each);
  const ratio = median(ratios);
  const spread = `${quantile(ratios, 0.25).toFixed(2)}–${quantile(ratios, 0.75).toFixed(2)}`;
  const expected = `≥ ${each.expected}×${ratio < each.expected ? ': not met' : ''}`;
  console.log(`| ${each.name} | ${whole(median(bound))} | ${whole(median(plain))} | ${ratio.toFixed(2)}× | ${spread} | ${expected} |`);
}
