/** The routes for frameworks: by the fetch API's Request and Response, and by Node's own. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { RtcError } from './error.ts';
import { answer, BODY_BYTES_MAX, isRoute, parsed, tooLarge, type RouteAnswer } from './routes.ts';
import type { RtcServer } from './server.ts';
import type { StreamReader } from './stream.ts';

/** A comment after this much silence, so that proxies keep a stream and a gone reader is noticed. */
const KEEP_ALIVE_MS = 15_000;
const JSON_HEADERS = { 'content-type': 'application/json' };
const STREAM_HEADERS = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' };

/** How the routes are served. */
export interface HandlerOptions {
  /** Before the routes; missing: `/rtc`. */
  prefix?: string;
}

/**
 * The routes for frameworks that speak the fetch API (Hono, Elysia, Bun, Deno). A path that is none of the routes is
 * answered with 404. Admits every caller: put your own check in front.
 */
export function fetchHandler(
  server: RtcServer,
  { prefix = '/rtc' }: HandlerOptions = {},
): (request: Request) => Promise<Response> {
  return async (request) => {
    const url = new URL(request.url);
    const requestId = idOf(request.headers.get('x-request-id'));
    try {
      const given = await answer(server, {
        method: request.method,
        path: below(prefix, url.pathname) ?? '',
        query: url.searchParams,
        header: (name) => request.headers.get(name),
        body: async () => parsed(await read((request.body ?? []) as AsyncIterable<Uint8Array> | [])),
      });
      const headers = { 'x-request-id': requestId };
      if ('json' in given) return Response.json(given.json, { headers });
      return new Response(streamOf(given.stream), { headers: { ...headers, ...STREAM_HEADERS } });
    } catch (error) {
      const { status, text } = refusal(error, requestId);
      return new Response(text, { status, headers: { ...JSON_HEADERS, 'x-request-id': requestId } });
    }
  };
}

type Next = (error?: unknown) => void;

/**
 * The routes for Node's own http server, and as middleware of Express, NestJS and others of that kind: a path that is
 * none of the routes goes to `next`, or is answered with 404 where there is none. A body that another middleware has
 * parsed already is taken from `request.body`. Admits every caller: put your own check in front.
 */
export function nodeHandler(
  server: RtcServer,
  { prefix = '/rtc' }: HandlerOptions = {},
): (request: IncomingMessage, response: ServerResponse, next?: Next) => void {
  return (request, response, next) => {
    // Express cuts a mount path off `url`, and keeps it whole in `originalUrl`.
    const { originalUrl = request.url ?? '/' } = request as { originalUrl?: string };
    const url = new URL(originalUrl, 'http://localhost');
    const path = below(prefix, url.pathname);
    if (next && (path === undefined || !isRoute(path))) return next();
    const requestId = idOf(request.headers['x-request-id']);
    response.setHeader('x-request-id', requestId);
    const given = answer(server, {
      method: request.method ?? 'GET',
      path: path ?? '',
      query: url.searchParams,
      header: (name) => request.headers[name] as string | undefined,
      body: async () => (request as { body?: unknown }).body ?? parsed(await read(request)),
    });
    given.then(
      (given) => send(response, given),
      (error: unknown) => {
        const { status, text } = refusal(error, requestId);
        response.writeHead(status, JSON_HEADERS).end(text);
      },
    );
  };
}

function send(response: ServerResponse, given: RouteAnswer): void {
  if ('json' in given) {
    response.writeHead(200, JSON_HEADERS).end(JSON.stringify(given.json));
    return;
  }
  const { stream } = given;
  const keepAlive = setInterval(() => response.write(': \n\n'), KEEP_ALIVE_MS);
  const pump = (): void => {
    // What is not taken waits in the server, which ends a stream that lags too far.
    if (response.writableNeedDrain || response.writableEnded) return;
    const text = stream.readText();
    const isOver = text.endsWith('!');
    const events = isOver ? text.slice(0, -1) : text;
    if (events !== '') response.write(events);
    if (isOver) response.end();
  };
  response.once('close', () => {
    clearInterval(keepAlive);
    stream.close();
  });
  response.writeHead(200, STREAM_HEADERS).flushHeaders();
  response.on('drain', pump);
  stream.whenReady(pump);
  pump();
  if (response.destroyed) stream.close();
}

function streamOf(stream: StreamReader): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let keepAlive: NodeJS.Timeout | undefined;
  let isClosed = false;
  const end = (): void => {
    isClosed = true;
    clearInterval(keepAlive);
    stream.close();
  };
  const pump = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
    // What is not taken waits in the server, which ends a stream that lags too far.
    if (isClosed || (controller.desiredSize ?? 0) <= 0) return;
    const text = stream.readText();
    const isOver = text.endsWith('!');
    const events = isOver ? text.slice(0, -1) : text;
    if (events !== '') controller.enqueue(encoder.encode(events));
    if (!isOver) return;
    end();
    controller.close();
  };
  return new ReadableStream({
    start(controller) {
      const silence = encoder.encode(': \n\n');
      keepAlive = setInterval(() => controller.enqueue(silence), KEEP_ALIVE_MS);
      // Some servers send the headers with the first bytes only.
      controller.enqueue(silence);
      stream.whenReady(() => pump(controller));
    },
    pull: pump,
    cancel: end,
  });
}

async function read(body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** Any error in the platform's one shape. */
function refusal(error: unknown, requestId: string): { status: number; text: string } {
  const known = error instanceof RtcError ? error : new RtcError('INTERNAL_ERROR', 'a fault of the server');
  const { code, message, details, status } = known;
  const info = { code, message, ...(details.length > 0 && { details }) };
  return { status, text: JSON.stringify({ error: info, requestId }) };
}

function below(prefix: string, path: string): string | undefined {
  return path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : undefined;
}

let requests = 0;

/** A given id where it is fit for one; else one that is unique in this process. */
function idOf(given: string | string[] | null | undefined): string {
  return typeof given === 'string' && given.length >= 1 && given.length <= 128 ? given : `rtc-${(requests += 1)}`;
}
