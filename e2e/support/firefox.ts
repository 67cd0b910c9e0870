/**
 * Firefox with a camera and a microphone that are made up, driven by WebDriver BiDi: Playwright knows only a Firefox
 * of its own build. Its pages offer what the shared helpers ask of a page, and no more.
 */
import { readFile } from 'node:fs/promises';
import puppeteer, { type Browser } from 'puppeteer-core';
import { PROBE, type Tab } from './browser.ts';

export const EXECUTABLE = process.env.FIREFOX ?? '/usr/bin/firefox-esr';
const PREFERENCES = {
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
  // Plain addresses instead of names that only multicast DNS resolves.
  'media.peerconnection.ice.obfuscate_host_addresses': false,
  'media.autoplay.default': 0,
  'media.autoplay.blocking_policy': 0,
  // Nothing outside of this machine is asked for.
  'app.update.auto': false,
  'media.gmp-manager.url': '',
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
};

export class Firefox {
  readonly #browser: Browser;
  readonly #probe: string;

  private constructor(browser: Browser, probe: string) {
    this.#browser = browser;
    this.#probe = probe;
  }

  static async launch(): Promise<Firefox> {
    const probe = await readFile(PROBE, 'utf8');
    const launched = puppeteer.launch({
      browser: 'firefox',
      executablePath: EXECUTABLE,
      headless: true,
      timeout: 90_000,
      extraPrefsFirefox: PREFERENCES,
    });
    return new Firefox(await launched, probe);
  }

  /** A page of a person of its own. */
  async open(url: string): Promise<Tab> {
    const context = await this.#browser.createBrowserContext();
    // A page in a tab behind another one is hidden, and the server sends it no pictures.
    const page = await context.newPage({ type: 'window' });
    await page.evaluateOnNewDocument(this.#probe);
    await page.goto(url);
    return {
      // Both libraries send the function's text and one argument, and give what it gives.
      evaluate: page.evaluate.bind(page) as Tab['evaluate'],
      close: () => context.close(),
    };
  }

  close(): Promise<void> {
    return this.#browser.close();
  }
}
