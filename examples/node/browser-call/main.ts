/**
 * Two pages hold a call over nothing but the /rtc routes. `tsx main.ts 3000 30000`: the port, and the heartbeat's
 * interval in milliseconds. Then open http://127.0.0.1:3000/?room=lobby in two tabs.
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createRtcServer, nodeHandler } from '@rtc-platform/rtc-server';

const [port = 3000, heartbeatIntervalMs = 30_000] = process.argv.slice(2).map(Number);
// Both pages are on this machine: no STUN server is asked.
const rtc = createRtcServer({ heartbeatIntervalMs, iceServers: [] });
const routes = nodeHandler(rtc);

const files = new Map([
  ['/', { type: 'text/html; charset=utf-8', url: new URL('index.html', import.meta.url) }],
  ['/rtc-client.js', { type: 'text/javascript', url: new URL(import.meta.resolve('@rtc-platform/rtc-client')) }],
]);

const server = createServer((request, response) =>
  routes(request, response, () => {
    const file = files.get(new URL(request.url ?? '/', 'http://localhost').pathname);
    if (!file) return void response.writeHead(404).end();
    void readFile(fileURLToPath(file.url)).then((bytes) => response.writeHead(200, { 'content-type': file.type }).end(bytes));
  }),
);
server.listen(port, '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
