/** A room as a React hook. */
import type { ConnectInfo, ConnectRequest, PeerRequest, SignalAnswer, SignalEvent, SignalRequest } from '@rtc-platform/shared';
import { useCallback, useEffect, useRef, useState } from 'react';

/** What the hook needs of an `RtcClient`. */
export interface RtcRoomClient {
  connect(request: ConnectRequest, options?: { signal?: AbortSignal }): Promise<ConnectInfo>;
  signal(request: SignalRequest): Promise<SignalAnswer>;
  disconnect(peer: PeerRequest): Promise<unknown>;
  subscribe(peer: PeerRequest, options?: { signal?: AbortSignal; onOpen?: () => void }): AsyncIterable<SignalEvent>;
}

/** What the hook takes. */
export interface RtcRoomOptions {
  /** The same object from one render to the next. */
  client: RtcRoomClient;
  /** The room; another one means: leave, and connect to that. */
  roomId: string;
  /** The own id in the room. */
  peerId: string;
  /** What the room's snapshot shows with the peer. Read once, when it connects. */
  metadata?: Record<string, unknown>;
  /** Hears what others send; the handler of the last render is called. */
  onSignal?: (event: SignalEvent) => void;
}

/** What the hook gives. */
export interface RtcRoom {
  /** `failed`: see `error`; `reconnect` tries again. */
  status: 'connecting' | 'connected' | 'failed';
  /** Once connected: ICE servers, and who was there first. */
  info: ConnectInfo | undefined;
  /** Why it failed: an `RtcClientError`. */
  error: unknown;
  /** Sends to one peer or, without `toPeerId`, to all others. */
  send: (type: string, payload?: unknown, toPeerId?: string) => Promise<SignalAnswer>;
  /** Takes a new seat, after the old one was lost. */
  reconnect: () => void;
}

type State = Pick<RtcRoom, 'status' | 'info' | 'error'>;
const CONNECTING: State = { status: 'connecting', info: undefined, error: undefined };

/** Holds a seat in a room while the component is mounted, with its stream open, and gives it up afterwards. */
export function useRtcRoom({ client, roomId, peerId, metadata, onSignal }: RtcRoomOptions): RtcRoom {
  const [state, setState] = useState(CONNECTING);
  const [attempt, setAttempt] = useState(0);
  const latest = useRef({ metadata, onSignal });
  latest.current = { metadata, onSignal };
  /** The seat before this one is given up first: it may have the same name. */
  const leaving = useRef(Promise.resolve());

  useEffect(() => {
    const peer = { roomId, peerId };
    const aborting = new AbortController();
    const { signal } = aborting;
    let isSeated = false;
    setState(CONNECTING);

    const stay = async (): Promise<void> => {
      await leaving.current;
      signal.throwIfAborted();
      const { metadata } = latest.current;
      // Not aborted half-way: a seat that was given has to be given up again.
      const info = await client.connect({ ...peer, ...(metadata && { metadata }) });
      isSeated = true;
      signal.throwIfAborted();
      const onOpen = (): void => setState({ status: 'connected', info, error: undefined });
      for await (const event of client.subscribe(peer, { signal, onOpen })) latest.current.onSignal?.(event);
    };
    const staying = stay().catch((error: unknown) => {
      if (!signal.aborted) setState({ status: 'failed', info: undefined, error });
    });
    return () => {
      aborting.abort();
      leaving.current = staying.then(async () => {
        if (isSeated) await client.disconnect(peer).catch(() => undefined);
      });
    };
  }, [client, roomId, peerId, attempt]);

  const send = useCallback<RtcRoom['send']>(
    (type, payload = null, toPeerId) =>
      client.signal({ roomId, fromPeerId: peerId, signal: { type, payload }, ...(toPeerId !== undefined && { toPeerId }) }),
    [client, roomId, peerId],
  );
  const reconnect = useCallback(() => setAttempt((attempt) => attempt + 1), []);
  return { ...state, send, reconnect };
}
