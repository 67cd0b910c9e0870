/**
 * The product's backend: serves the pages and the four routes. Configured by environment:
 * RTC_URL, RTC_APP_ID, RTC_APP_SECRET, and PORT (5174).
 */
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Problem, invalid } from './problem';
import { routes, type Answer } from './routes';

const BODY_BYTES_MAX = 16 * 1024;
const DIST = fileURLToPath(new URL('../dist', import.meta.url));
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
};
const CSP =
  "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; media-src 'self' blob: mediastream:; " +
  "style-src 'self' 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

function required(name: string): string {
  const value = process.env[name];
  if (value) return value;
  console.error(`${name} is not set. RTC_URL, RTC_APP_ID and RTC_APP_SECRET are needed.`);
  process.exit(78);
}

const answer = routes({
  url: required('RTC_URL').replace(/\/$/, ''),
  appId: required('RTC_APP_ID'),
  appSecret: required('RTC_APP_SECRET'),
});

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_BYTES_MAX) throw new Problem(413, 'PAYLOAD_TOO_LARGE', 'The body may hold 16 KiB at most.');
    chunks.push(chunk);
  }
  if (size === 0) return null;
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    throw new Problem(415, 'UNSUPPORTED_MEDIA_TYPE', 'Send the body as application/json.');
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString()) as unknown;
  } catch {
    throw invalid('The body is not valid JSON.');
  }
}

async function serveApi(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  let result: Answer;
  try {
    const { authorization, cookie } = request.headers;
    const secure = request.headers['x-forwarded-proto'] === 'https';
    const body = await readJson(request);
    result = await answer({ method: request.method ?? 'GET', path, authorization, cookie, secure, body });
  } catch (error) {
    if (!(error instanceof Problem)) console.error(error);
    const { status, code, message, headers } =
      error instanceof Problem ? error : new Problem(500, 'INTERNAL_ERROR', 'Something went wrong here. Try again.');
    result = { status, body: { error: { code, message } }, headers };
  }
  response.writeHead(result.status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...result.headers });
  response.end(JSON.stringify(result.body));
}

function servePage(path: string, response: ServerResponse): void {
  // normalize() of an absolute path cannot climb above its root, so a request cannot leave DIST.
  const wanted = join(DIST, normalize(`/${path.slice('/demo/'.length)}`));
  const isFile = existsSync(wanted) && statSync(wanted).isFile();
  // A missing script must not be answered with a page: it would be cached as the script.
  if (!isFile && path.startsWith('/demo/assets/')) return void response.writeHead(404).end();
  const file = isFile ? wanted : join(DIST, 'index.html');
  const cache = isFile && path.startsWith('/demo/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
  const stream = createReadStream(file);
  stream.once('open', () => {
    response.writeHead(200, {
      'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
      'cache-control': cache,
      'content-security-policy': CSP,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
    stream.pipe(response);
  });
  stream.once('error', () => response.writeHead(404).end('The pages are not built yet: npm run build'));
}

const server = createServer((request, response) => {
  const path = decodePath(request.url ?? '/');
  if (path.startsWith('/demo/api/')) void serveApi(path, request, response);
  else if (path.startsWith('/demo/')) servePage(path, response);
  else if (path === '/' || path === '/demo') response.writeHead(302, { location: '/demo/' }).end();
  else response.writeHead(404).end();
});

function decodePath(url: string): string {
  try {
    return decodeURIComponent(new URL(url, 'http://localhost').pathname);
  } catch {
    return '/';
  }
}

const port = Number(process.env.PORT ?? 5174);
server.once('error', (error) => {
  console.error(`Port ${port} cannot be opened: ${error.message}. PORT moves it.`);
  process.exit(1);
});
server.listen(port, () => console.log(`Meetwell on http://localhost:${port}/demo/`));
