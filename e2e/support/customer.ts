/** A customer's web server: pages that use the SDK or Socket.IO, on an origin of their own. */
import { build } from 'esbuild';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';

const FILES: Record<string, [path: string, type: string]> = {
  '/sdk.html': ['e2e/pages/sdk.html', 'text/html'],
  '/socketio.html': ['e2e/pages/socketio.html', 'text/html'],
  '/livekit.html': ['e2e/pages/livekit.html', 'text/html'],
  '/livekit-2025.html': ['e2e/pages/livekit-2025.html', 'text/html'],
  '/mediasoup.html': ['e2e/pages/mediasoup.html', 'text/html'],
  '/sdk/index.js': ['packages/sdk/dist/index.js', 'text/javascript'],
  '/socket.io.min.js': ['node_modules/socket.io-client/dist/socket.io.min.js', 'text/javascript'],
};

/** Scripts, each with the npm packages that it uses. */
const SCRIPTS: Record<string, { page: string; alias?: Record<string, string> }> = {
  '/mediasoup.js': { page: 'mediasoup.ts' },
  '/livekit.js': { page: 'livekit.ts' },
  // The same page with the package from before single peer connections.
  '/livekit-2025.js': { page: 'livekit.ts', alias: { 'livekit-client': 'livekit-client-2025' } },
};

async function bundle({ page, alias = {} }: { page: string; alias?: Record<string, string> }): Promise<string> {
  const entryPoints = [resolve(import.meta.dirname, '../pages', page)];
  const { outputFiles } = await build({ entryPoints, alias, bundle: true, write: false, format: 'iife', logLevel: 'silent' });
  return outputFiles[0]?.text ?? '';
}

export class Customer {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(): Promise<Customer> {
    const server = createServer((request, response) => {
      const script = SCRIPTS[request.url ?? ''];
      if (script !== undefined) {
        return void bundle(script).then(
          (content) => response.writeHead(200, { 'content-type': 'text/javascript; charset=utf-8' }).end(content),
          (error: Error) => response.writeHead(500).end(error.message),
        );
      }
      const [path, type] = FILES[request.url?.split('?')[0] ?? ''] ?? [];
      if (path === undefined || type === undefined) return void response.writeHead(404).end();
      readFile(resolve(import.meta.dirname, '../..', path)).then(
        (content) => response.writeHead(200, { 'content-type': `${type}; charset=utf-8` }).end(content),
        (error: Error) => response.writeHead(500).end(error.message),
      );
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    return new Customer(server);
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
