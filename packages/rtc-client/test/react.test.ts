/** The hook, in React with a document, against a real server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRtcServer, fetchHandler } from '@rtc-platform/rtc-server';
import { Window } from 'happy-dom';
import { RtcClient } from '../src/index.ts';

const window = new Window();
Object.assign(globalThis, { window, document: window.document, IS_REACT_ACT_ENVIRONMENT: true });
// Newer Nodes have a navigator of their own, which is not to be assigned.
if (!('navigator' in globalThis)) Object.assign(globalThis, { navigator: window.navigator });
const { act, createElement, StrictMode } = await import('react');
const { createRoot } = await import('react-dom/client');
const { useRtcRoom } = await import('../src/react.ts');
type RtcRoom = ReturnType<typeof useRtcRoom>;

async function until(is: () => boolean): Promise<void> {
  while (!is()) await act(() => new Promise((later) => setTimeout(later, 5)));
}

test('a component holds a seat while it is mounted, also in strict mode', { timeout: 20_000 }, async (context) => {
  const rtc = createRtcServer({ sweepIntervalMs: 0 });
  context.after(() => rtc.close());
  const handle = fetchHandler(rtc);
  const ask = (url: string | URL | Request, init?: RequestInit): Promise<Response> => handle(new Request(url, init));
  const client = new RtcClient({ baseUrl: 'http://localhost', fetch: ask, retries: 0 });
  rtc.connectPeer({ roomId: 'r', peerId: 'ben' });
  rtc.connectPeer({ roomId: 's', peerId: 'ben' });

  let room: RtcRoom | undefined;
  const heard: unknown[] = [];
  const status = (): string | undefined => room?.status;
  function Call({ roomId }: { roomId: string }): null {
    const onSignal = ({ signal }: { signal: { payload: unknown } }): unknown => heard.push(signal.payload);
    room = useRtcRoom({ client, roomId, peerId: 'ann', metadata: { in: roomId }, onSignal });
    return null;
  }
  const root = createRoot(window.document.createElement('div') as unknown as Element);
  const show = (roomId: string): Promise<void> =>
    act(async () => root.render(createElement(StrictMode, null, createElement(Call, { roomId }))));

  await show('r');
  await until(() => status() === 'connected');
  assert.deepEqual(room?.info?.peers, ['ben']);
  assert.deepEqual(rtc.getRoomSnapshot('r').peers[1]?.metadata, { in: 'r' });
  rtc.relay({ roomId: 'r', fromPeerId: 'ben', signal: { type: 'n', payload: 'hello' } });
  await until(() => heard.length > 0);
  assert.deepEqual(heard, ['hello']);
  assert.deepEqual(await room?.send('n', 1, 'ben'), { listenersNotified: 0, recipients: 1 });

  await show('s');
  await until(() => status() === 'connected' && room?.info?.roomId === 's');
  await until(() => rtc.getRoomSnapshot('r').peerCount === 1);
  assert.equal(rtc.getRoomSnapshot('s').peerCount, 2);

  rtc.disconnectPeer({ roomId: 's', peerId: 'ann' });
  await until(() => status() === 'failed');
  assert.equal((room?.error as { code: string }).code, 'PEER_NOT_FOUND');
  await act(async () => room?.reconnect());
  await until(() => status() === 'connected');

  await act(async () => root.unmount());
  await until(() => rtc.getRoomSnapshot('s').peerCount === 1);
});
