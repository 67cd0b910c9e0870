/**
 * The /rtc routes in Elysia, on Bun or Node. `bun main.ts 3000 30000` or `tsx main.ts 3000 30000`: the port, and the
 * heartbeat's interval in milliseconds. Under Bun no adapter is needed.
 */
import { node } from '@elysiajs/node';
import { createRtcServer, fetchHandler } from '@rtc-platform/rtc-server';
import { Elysia } from 'elysia';

const [port = 3000, heartbeatIntervalMs = 30_000] = process.argv.slice(2).map(Number);
const rtc = createRtcServer({ heartbeatIntervalMs });
rtc.on('peer:disconnected', ({ roomId, peerId, reason }) => console.log(`${peerId} left ${roomId}: ${reason}`));
const handle = fetchHandler(rtc);

new Elysia('bun' in process.versions ? {} : { adapter: node() })
  .all('/rtc/*', ({ request }) => handle(request), { parse: 'none' })
  .get('/rooms', () => rtc.rooms())
  .listen({ port, hostname: '127.0.0.1' }, ({ port }) => console.log(`listening on http://127.0.0.1:${port}`));
