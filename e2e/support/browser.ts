/** Chromium with a camera and a microphone that are made up. */
import { resolve } from 'node:path';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { until } from './until.ts';

export const PROBE = resolve(import.meta.dirname, '../pages/probe.js');
const PATIENCE_MS = 20_000;

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Nothing outside of this machine is asked for.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
  // Pages without a camera would hide their addresses behind names that only multicast DNS resolves.
  '--disable-features=WebRtcHideLocalIpsWithMdns',
  // A machine without a network has no other address than this.
  '--allow-loopback-in-peer-connection',
  '--use-fake-device-for-media-stream=fps=20',
  '--autoplay-policy=no-user-gesture-required',
];

/** `allow`: whether pages get camera and microphone without a question. */
export function launch({ allow = true } = {}): Promise<Browser> {
  const args = allow ? [...ARGS, '--use-fake-ui-for-media-stream', '--auto-accept-this-tab-capture'] : ARGS;
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, args });
}

/** A page of a person of its own: nothing is shared with the other pages. */
export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  await context.addInitScript({ path: PROBE });
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

/** What the helpers below need of a page, of whichever browser. */
export type Tab = Pick<Page, 'evaluate'> & { close(): Promise<void> };

export type Received = { frames: number; energy: number; state: string };

/** What each living peer connection of the page has received since it began. */
export function received(page: Tab): Promise<Received[]> {
  return page.evaluate(() => window.probe.received());
}

/** Waits until pictures are decoded and sound is heard over that many connections, from now on. */
export async function seesAndHears(page: Tab, connections = 1): Promise<void> {
  const grown = (now: Received, before: Received | undefined): boolean =>
    now.frames > (before?.frames ?? 0) + 10 && now.energy > (before?.energy ?? 0);
  let before: Received[] | null = null;
  let last: Received[] = [];
  await until('pictures and sound arrive', async () => {
    last = await received(page);
    if (last.length !== connections) return false;
    before ??= last;
    return last.every((now, index) => grown(now, before?.[index]));
  }).catch((error: Error) => {
    throw new Error(`${error.message}: ${JSON.stringify(last)}, ${connections} connections expected`);
  });
}

/** Frames decoded so far, of all connections. */
export async function frames(page: Tab): Promise<number> {
  return (await received(page)).reduce((sum, { frames }) => sum + frames, 0);
}

/** One track as it arrives, or one stream as it is sent. */
export type Stream = {
  kind: 'audio' | 'video';
  mid: string;
  rid: string;
  energy: number;
  frames: number;
  width: number;
  bytes: number;
};

/** Waits until pictures and sound of that many others arrive through the server, from now on. */
export async function receives(page: Tab, others: number): Promise<void> {
  const first = new Map<string, Stream>();
  let last: Stream[] = [];
  const grown = (now: Stream): boolean => {
    const before = first.get(now.mid + now.kind) ?? now;
    if (before === now) first.set(now.mid + now.kind, now);
    return now.kind === 'video' ? now.frames > before.frames + 5 : now.energy > before.energy;
  };
  await until(`pictures and sound of ${others} others`, async () => {
    last = await page.evaluate(() => window.probe.arriving());
    const live = last.filter(grown);
    return ['audio', 'video'].every((kind) => live.filter((one) => one.kind === kind).length >= others);
  }, 40_000).catch((error: Error) => {
    throw new Error(`${error.message}: ${JSON.stringify(last)}`);
  });
}
