/** The `/rtc` routes as calls. */
import type {
  ConnectInfo,
  ConnectRequest,
  DisconnectAnswer,
  HeartbeatAnswer,
  PeerRequest,
  RoomSnapshot,
  SignalAnswer,
  SignalEvent,
  SignalRequest,
} from '@rtc-platform/shared';
import { RtcClientError } from './errors.ts';
import { delayMs, isWorthRetrying, pause } from './retry.ts';
import { serverSentEvents } from './sse.ts';

/** What an `RtcClient` is made with. */
export interface RtcClientOptions {
  /** The server's address, without `/rtc`; missing: the page's own. */
  baseUrl?: string;
  /** A call token, or where to get one; sent as `Authorization: Bearer`. */
  token?: string | (() => string | Promise<string>);
  /** Further headers of every request. */
  headers?: Record<string, string>;
  /** How often a call is tried again at most; missing: 3. A stream is opened again without end. */
  retries?: number;
  /** How long one try of a call may take, in milliseconds; missing: 10,000. */
  timeoutMs?: number;
  /** Missing: the platform's own. */
  fetch?: typeof fetch;
}

/** Options of a call. */
export interface CallOptions {
  /** Ends the call; it rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** Options of a stream. */
export interface SubscribeOptions extends CallOptions {
  /** Called where signals were lost: the peer was away for too long. */
  onLagged?: () => void;
  /** Called each time that the stream is open. */
  onOpen?: () => void;
}

/** Which peer's stream to open. */
export interface SubscribeRequest extends PeerRequest {
  /** The last id that was seen before; missing: from the oldest signal that is kept. */
  lastEventId?: string;
}

type Call = { method: string; path: string; body?: unknown; repeatable: boolean };

/**
 * A client of the `/rtc` routes, for pages and Node.
 *
 * A call that may be carried out twice without harm is tried again where no answer came; `connect` and `signal` only
 * where the server said that it did not carry them out.
 */
export class RtcClient {
  readonly #options: RtcClientOptions;
  readonly #base: string;

  constructor(options: RtcClientOptions = {}) {
    this.#options = options;
    this.#base = (options.baseUrl ?? '').replace(/\/+$/, '');
  }

  /**
   * Takes a seat; the room is made if there is none.
   * @throws RtcClientError `ROOM_FULL`, `ALREADY_IN_ROOM`: a live peer has this id; and what every call may throw
   */
  connect(request: ConnectRequest, options?: CallOptions): Promise<ConnectInfo> {
    return this.#call({ method: 'POST', path: '/connect', body: request, repeatable: false }, options);
  }

  /**
   * Says that a peer is alive. Not needed while its stream is open.
   * @throws RtcClientError `ROOM_NOT_FOUND`, `PEER_NOT_FOUND`: it was dropped, connect again
   */
  heartbeat(peer: PeerRequest, options?: CallOptions): Promise<HeartbeatAnswer> {
    return this.#call({ method: 'POST', path: '/heartbeat', body: peer, repeatable: true }, options);
  }

  /**
   * Sends to one peer or, without `toPeerId`, to all others.
   * @throws RtcClientError `NOT_IN_ROOM`, `ROOM_NOT_FOUND`, `PEER_NOT_FOUND`: the target is gone; `PAYLOAD_TOO_LARGE`
   */
  signal(request: SignalRequest, options?: CallOptions): Promise<SignalAnswer> {
    return this.#call({ method: 'POST', path: '/signal', body: request, repeatable: false }, options);
  }

  /**
   * Gives a seat up.
   * @throws RtcClientError `ROOM_NOT_FOUND`, `PEER_NOT_FOUND`: it has none
   */
  disconnect(peer: PeerRequest, options?: CallOptions): Promise<DisconnectAnswer> {
    return this.#call({ method: 'POST', path: '/disconnect', body: peer, repeatable: true }, options);
  }

  /**
   * A room as it is.
   * @throws RtcClientError `ROOM_NOT_FOUND`
   */
  room(roomId: string, options?: CallOptions): Promise<RoomSnapshot> {
    return this.#call({ method: 'GET', path: `/rooms/${encodeURIComponent(roomId)}`, repeatable: true }, options);
  }

  /**
   * What other peers send to a peer, each signal once and in order. A stream that breaks is opened again from where
   * it was. A peer has one stream: a second one ends the first. Leaving the loop closes it.
   * @throws RtcClientError `ROOM_NOT_FOUND`, `PEER_NOT_FOUND`: the peer was dropped, connect again
   */
  async *subscribe(request: SubscribeRequest, options: SubscribeOptions = {}): AsyncGenerator<SignalEvent, void, void> {
    const { signal, onLagged, onOpen } = options;
    let { lastEventId } = request;
    for (let failures = 0; ; failures += 1) {
      signal?.throwIfAborted();
      const aborting = new AbortController();
      const abort = (): void => aborting.abort(signal?.reason);
      signal?.addEventListener('abort', abort, { once: true });
      try {
        const body = await this.#open(request, lastEventId, aborting.signal);
        onOpen?.();
        for await (const event of serverSentEvents(body, aborting.signal)) {
          failures = 0;
          if (event.name === 'lagged') onLagged?.();
          if (event.name !== 'signal') continue;
          lastEventId = event.id;
          yield JSON.parse(event.data) as SignalEvent;
        }
      } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof RtcClientError && !isWorthRetrying(error.status, true)) throw error;
      } finally {
        signal?.removeEventListener('abort', abort);
        aborting.abort();
      }
      await pause(delayMs(failures), signal);
    }
  }

  async #open(peer: PeerRequest, lastEventId: string | undefined, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const query = new URLSearchParams({ roomId: peer.roomId, peerId: peer.peerId });
    const headers = { accept: 'text/event-stream', ...(lastEventId !== undefined && { 'last-event-id': lastEventId }) };
    const response = await this.#ask(`/events?${query}`, { headers, signal, cache: 'no-store' });
    if (!response.body) throw new RtcClientError('BAD_RESPONSE', 'the stream has no body', { status: response.status });
    return response.body;
  }

  async #call<T>({ method, path, body, repeatable }: Call, { signal }: CallOptions = {}): Promise<T> {
    const init: RequestInit = { method };
    if (body !== undefined) {
      init.headers = { 'content-type': 'application/json' };
      init.body = JSON.stringify(body);
    }
    const { retries = 3, timeoutMs = 10_000 } = this.#options;
    for (let retry = 0; ; retry += 1) {
      signal?.throwIfAborted();
      const timeout = AbortSignal.timeout(timeoutMs);
      try {
        init.signal = signal ? AbortSignal.any([signal, timeout]) : timeout;
        const response = await this.#ask(path, init);
        return (await response.json()) as T;
      } catch (error) {
        signal?.throwIfAborted();
        const failed = error instanceof RtcClientError ? error : unanswered(error);
        if (retry >= retries || !isWorthRetrying(failed.status, repeatable)) throw failed;
      }
      await pause(delayMs(retry), signal);
    }
  }

  /** @throws RtcClientError */
  async #ask(path: string, init: RequestInit): Promise<Response> {
    const { token, headers, fetch: ask = fetch } = this.#options;
    const bearer = typeof token === 'function' ? await token() : token;
    const all = { ...headers, ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }), ...init.headers };
    let response: Response;
    try {
      response = await ask(`${this.#base}/rtc${path}`, { ...init, headers: all });
    } catch (error) {
      throw unanswered(error);
    }
    if (!response.ok) throw await RtcClientError.of(response);
    return response;
  }
}

function unanswered(cause: unknown): RtcClientError {
  const timedOut = cause instanceof DOMException && cause.name === 'TimeoutError';
  return new RtcClientError('NETWORK_ERROR', timedOut ? 'no answer came in time' : 'no answer came', { cause });
}
