/** The /rtc routes in Hono. `tsx main.ts 3000 30000`: the port, and the heartbeat's interval in milliseconds. */
import { serve } from '@hono/node-server';
import { createRtcServer, fetchHandler } from '@rtc-platform/rtc-server';
import { Hono } from 'hono';

const [port = 3000, heartbeatIntervalMs = 30_000] = process.argv.slice(2).map(Number);
const rtc = createRtcServer({ heartbeatIntervalMs });
rtc.on('peer:disconnected', ({ roomId, peerId, reason }) => console.log(`${peerId} left ${roomId}: ${reason}`));
const handle = fetchHandler(rtc);

const app = new Hono();
app.all('/rtc/*', (context) => handle(context.req.raw));
app.get('/rooms', (context) => context.json(rtc.rooms()));

serve({ fetch: app.fetch, port, hostname: '127.0.0.1' }, ({ port }) => {
  console.log(`listening on http://127.0.0.1:${port}`);
});
