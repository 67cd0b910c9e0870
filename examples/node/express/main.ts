/** The /rtc routes in Express. `tsx main.ts 3000 30000`: the port, and the heartbeat's interval in milliseconds. */
import type { AddressInfo } from 'node:net';
import { createRtcServer, nodeHandler } from '@rtc-platform/rtc-server';
import express from 'express';

const [port = 3000, heartbeatIntervalMs = 30_000] = process.argv.slice(2).map(Number);
const rtc = createRtcServer({ heartbeatIntervalMs });
rtc.on('peer:disconnected', ({ roomId, peerId, reason }) => console.log(`${peerId} left ${roomId}: ${reason}`));

const app = express();
app.use(nodeHandler(rtc));
app.get('/rooms', (_request, response) => void response.json(rtc.rooms()));

const server = app.listen(port, '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
