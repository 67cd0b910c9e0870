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
  '/mediasoup.html': ['e2e/pages/mediasoup.html', 'text/html'],
  '/sdk/index.js': ['packages/sdk/dist/index.js', 'text/javascript'],
  '/socket.io.min.js': ['node_modules/socket.io-client/dist/socket.io.min.js', 'text/javascript'],
};

/** A page's script with the npm packages that it uses. */
async function bundle(page: string): Promise<string> {
  const entryPoints = [resolve(import.meta.dirname, '../pages', page)];
  const { outputFiles } = await build({ entryPoints, bundle: true, write: false, format: 'iife', logLevel: 'silent' });
  return outputFiles[0]?.text ?? '';
}

export class Customer {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(): Promise<Customer> {
    const server = createServer((request, response) => {
      const script = /^\/(mediasoup|livekit)\.js$/.exec(request.url ?? '')?.[1];
      if (script !== undefined) {
        return void bundle(`${script}.ts`).then(
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
