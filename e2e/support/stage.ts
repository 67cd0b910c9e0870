/** What most test files share: a server, a customer's pages, and Chromium, for as long as the file's tests run. */
import { after, before } from 'node:test';
import type { Browser } from 'playwright-core';
import { launch } from './browser.ts';
import { Customer } from './customer.ts';
import { Platform } from './platform.ts';

/** Its parts are there from the first test on. */
export class Stage {
  customer!: Customer;
  platform!: Platform;
  browser!: Browser;

  /** Opens before the file's tests, and closes after them. `host`: the addresses that the server listens on. */
  static set(host?: string): Stage {
    const stage = new Stage();
    before(async () => {
      stage.customer = await Customer.open();
      stage.platform = await Platform.start([stage.customer.origin], host);
      stage.browser = await launch();
    });
    after(async () => {
      await stage.browser?.close();
      await stage.platform?.stop();
      stage.customer?.close();
    });
    return stage;
  }
}
