// Server-sent events on node:http: the state first, then each change of the viewer count to everybody, throttled as
// rtc-platform throttles it, and a comment every 15 s. A reader that does not keep up is dropped.
import { createServer } from 'node:http';

const THROTTLE_MS = 5_000;
const COMMENT_MS = 15_000;
const BEHIND_BYTES_MAX = 64 * 1024;

const subscribers = new Set();
let viewers = 0;
let sent = 0;
let sentAt = 0;
let timer = null;
let lastId = 0;

const state = () => ({
  streamId: 'bench', status: 'LIVE', participants: [], startedAt: null, viewerCount: viewers, totalViewers: viewers,
  peakViewerCount: viewers, hostInfo: { userId: 'host', displayName: 'Host' },
});

const frame = (name, data) => `id: ${(lastId += 1)}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

function broadcast(text) {
  for (const response of subscribers) {
    if (response.writableLength > BEHIND_BYTES_MAX) response.destroy();
    else response.write(text);
  }
}

function countMoved() {
  const by = Math.abs(viewers - sent);
  if (timer !== null || by === 0) return;
  const isNotable = by >= 5 || by >= sent / 10;
  const wait = isNotable ? Math.max(0, sentAt + THROTTLE_MS - Date.now()) : THROTTLE_MS;
  timer = setTimeout(() => {
    timer = null;
    sent = viewers;
    sentAt = Date.now();
    broadcast(frame('viewer_count_update', { streamId: 'bench', viewerCount: viewers }));
  }, wait);
}

setInterval(() => broadcast(':\n\n'), COMMENT_MS);

const server = createServer((request, response) => {
  if (request.url === '/events') {
    request.socket.setNoDelay(true);
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write(frame('state', state()));
    subscribers.add(response);
    response.on('close', () => subscribers.delete(response));
  } else if (request.method === 'POST' && request.url === '/viewers') {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      viewers += Number(JSON.parse(body).by);
      countMoved();
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 2 }).end('{}');
    });
  } else {
    response.writeHead(404, { 'content-length': 0 }).end();
  }
});
server.listen({ port: Number(process.env.PORT ?? 0), host: process.env.HOST ?? '127.0.0.1', backlog: 8192 }, () => {
  console.log(`listening ${server.address().port}`);
});
